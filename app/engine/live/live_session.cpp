// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/live_session.h"

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/live/rtkit.h"

namespace hiss {
namespace {

constexpr double kRingSeconds = 2.0;
constexpr double kWarmSeconds = 0.5;
constexpr double kSilentFor = 3.0;  // s without a call: the device is gone, whatever it says
constexpr double kFirstBackOff = 0.25;
constexpr double kMostBackOff = 5.0;
constexpr int kPriority = 20;  // below the threads of sound servers
constexpr std::chrono::microseconds kPoll{500};

// Runs silence through the processor: caches, page faults and lazy set-up are done with.
void warm(StreamProcessor& processor, const AudioStreamFormat& format, int channels) {
  std::vector<float> silence(static_cast<std::size_t>(LiveWorker::kMostBlock));
  std::vector<std::vector<float>> out(static_cast<std::size_t>(channels), silence);
  std::vector<const float*> in_rows(out.size(), silence.data());
  std::vector<float*> out_rows;
  out_rows.reserve(out.size());
  for (std::vector<float>& row : out) out_rows.push_back(row.data());
  for (int done = 0; done < kWarmSeconds * format.in_rate_hz; done += LiveWorker::kMostBlock) {
    processor.process(in_rows.data(), out_rows.data(), LiveWorker::kMostBlock);
  }
  processor.reset();
}

}  // namespace

LiveSession::LiveSession(AudioDevice& device, StreamProcessor& processor, const LiveConfig& config)
    : device_(device), processor_(processor), config_(config) {}

LiveSession::~LiveSession() { close(); }

const AudioStreamFormat& LiveSession::open() {
  format_ = device_.open(config_.request, callback_);
  const int channels = LiveWorker::processedChannels(format_);
  try {
    processor_.prepare({format_.in_rate_hz, channels, LiveWorker::kMostBlock});
  } catch (const std::invalid_argument& error) {
    device_.close();
    throw Failure(FailureKind::kUsage, format_.input, "a rate and channels that the model takes",
                  error.what());
  }
  warm(processor_, format_, channels);
  return format_;
}

void LiveSession::start(LiveTap* in_tap, LiveTap* out_tap) {
  config_.worker.in_tap = in_tap;
  config_.worker.out_tap = out_tap;
  // Whatever comes back after a loss must fit what was begun: recordings, for one.
  config_.request.in_rate_hz = format_.in_rate_hz;
  config_.request.out_rate_hz = format_.out_rate_hz;
  config_.request.in_channels = format_.in_channels;
  config_.request.out_channels = format_.out_channels;
  begin();
}

void LiveSession::begin() {
  callback_.prepare(format_, kRingSeconds);
  worker_.prepare(format_, config_.worker, callback_, processor_, device_);
  calls_seen_ = callback_.calls();
  calls_seen_at_s_ = device_.now();
  if (config_.own_thread) startThread();
  running_ = true;
  device_.start();
}

void LiveSession::close() noexcept {
  device_.close();
  stopThread();
  running_ = lost_ = false;
}

void LiveSession::startThread() {
  stop_.store(false);
  thread_id_.store(0);
  priority_judged_ = false;
  thread_ = std::thread([this] { runThread(); });
}

void LiveSession::stopThread() noexcept {
  stop_.store(true);
  if (thread_.joinable()) thread_.join();
}

void LiveSession::runThread() noexcept {
  sched_param priority{};
  priority.sched_priority = kPriority;
  refused_.store(::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &priority));
  thread_id_.store(static_cast<int>(::gettid()));
  while (!stop_.load(std::memory_order_relaxed)) {
    if (!worker_.work()) std::this_thread::sleep_for(kPoll);
  }
}

std::optional<std::string> LiveSession::supervise() {
  const double now_s = device_.now();
  if (lost_) {
    fillSilence();
    if (now_s < next_try_s_ || !tryAgain(now_s)) return std::nullopt;
    return fmt::format("{}: back after {:.1f} s", format_.input, now_s - lost_since_s_);
  }
  if (!running_) return std::nullopt;
  judgePriority();
  if (callback_.calls() != calls_seen_) {
    calls_seen_ = callback_.calls();
    calls_seen_at_s_ = now_s;
  }
  const bool silent = now_s - calls_seen_at_s_ > kSilentFor;
  if (device_.isAlive() && !silent) return std::nullopt;
  loseDevice(now_s);
  return fmt::format("{}: expected a device that runs, found {}; trying again", format_.input,
                     silent ? "one that brings no sound" : "none");
}

void LiveSession::loseDevice(double now_s) {
  device_.close();
  stopThread();
  running_ = false;
  lost_ = true;
  lost_since_s_ = now_s;
  silence_from_s_ = worker_.lastInputSeconds() < 0.0 ? now_s : worker_.lastInputSeconds();
  silence_given_ = 0;
  back_off_s_ = kFirstBackOff;
  next_try_s_ = now_s + back_off_s_;
}

void LiveSession::judgePriority() {
  const int thread_id = thread_id_.load();
  if (priority_judged_ || thread_id == 0) return;
  priority_judged_ = true;
  priority_error_ = refused_.load();
  if (priority_error_ != 0 && askRtkit(thread_id, kPriority) == 0) priority_error_ = 0;
}

void LiveSession::fillSilence() {
  const auto missed = static_cast<std::int64_t>(
      std::llround((device_.now() - silence_from_s_) * format_.in_rate_hz));
  if (missed <= silence_given_) return;
  for (LiveTap* tap : {config_.worker.in_tap, config_.worker.out_tap}) {
    if (tap != nullptr) tap->takeSilence(missed - silence_given_);
  }
  silence_given_ = missed;
}

void LiveSession::giveUpFor(double now_s) noexcept {
  device_.close();
  stopThread();
  running_ = false;
  back_off_s_ = std::min(2.0 * back_off_s_, kMostBackOff);
  next_try_s_ = now_s + back_off_s_;
}

bool LiveSession::tryAgain(double now_s) {
  try {
    format_ = device_.open(config_.request, callback_);
  } catch (const Failure&) {
    giveUpFor(now_s);
    return false;
  }
  processor_.reset();
  // To open a device may take seconds; from here on sound is taken.
  fillSilence();
  try {
    begin();
  } catch (const Failure&) {
    giveUpFor(now_s);
    return false;
  }
  lost_ = false;
  ++reconnections_;
  return true;
}

}  // namespace hiss
