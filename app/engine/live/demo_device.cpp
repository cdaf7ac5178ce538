// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/demo_device.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr int kReadBlock = 4096;
constexpr int kPiece = 1024;
constexpr int kAheadSeconds = 4;
constexpr double kFade = 0.005;  // s
constexpr std::chrono::milliseconds kLook{50};

}  // namespace

DemoDevice::DemoDevice(std::filesystem::path recording, std::unique_ptr<AudioDevice> output)
    : recording_(std::move(recording)), output_(std::move(output)) {}

DemoDevice::~DemoDevice() { DemoDevice::close(); }

AudioStreamFormat DemoDevice::open(const AudioStreamRequest& request, AudioCallback& callback) {
  close();
  callback_ = &callback;
  openRecording();
  const SoundSpec spec = reader_->spec();
  const auto channels = static_cast<std::size_t>(spec.channels);
  planar_.resize(channels * kReadBlock);
  rows_.clear();
  for (std::size_t c = 0; c < channels; ++c) rows_.push_back(planar_.data() + c * kReadBlock);
  in_.resize(channels * kPiece);
  ring_.prepare(static_cast<std::size_t>(kAheadSeconds * spec.sample_rate_hz + 2 * kReadBlock) *
                channels);
  held_.clear();
  out_samples_ = in_samples_ = 0;
  AudioStreamRequest under = request;
  under.in_rate_hz = spec.sample_rate_hz;
  under.in_channels = spec.channels;
  under.output_only = true;
  format_ = output_->open(under, *this);
  format_.input = recording_.filename().string();
  format_.in_rate_hz = spec.sample_rate_hz;
  format_.in_channels = spec.channels;
  format_.one_clock = format_.in_rate_hz == format_.out_rate_hz;
  try {
    fill();
  } catch (const Failure&) {
    output_->close();
    throw;
  }
  failed_.store(false);
  stop_.store(false);
  thread_ = std::thread([this] { readAhead(); });
  return format_;
}

void DemoDevice::close() noexcept {
  output_->close();
  stop_.store(true);
  if (thread_.joinable()) thread_.join();
  reader_.reset();
}

void DemoDevice::openRecording() { reader_.emplace(recording_, true); }

// Reads the next block to next_, from the beginning again after the end; false for the end.
bool DemoDevice::readBlock() {
  const int n = reader_->read(rows_.data(), kReadBlock);
  const std::size_t channels = rows_.size();
  next_.resize(static_cast<std::size_t>(n) * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    for (int i = 0; i < n; ++i) next_[i * channels + c] = rows_[c][i];
  }
  return n > 0;
}

// Fades the beginning of next_ in, or the end of held_ out.
void DemoDevice::fade(bool in) {
  std::vector<float>& samples = in ? next_ : held_;
  const std::size_t channels = rows_.size();
  const std::size_t there = samples.size() / channels;
  const std::size_t n = std::min(there, static_cast<std::size_t>(kFade * format_.in_rate_hz));
  for (std::size_t i = 0; i < n; ++i) {
    const float gain = static_cast<float>(i) / static_cast<float>(n);
    float* const sample = samples.data() + (in ? i : there - 1 - i) * channels;
    for (std::size_t c = 0; c < channels; ++c) sample[c] *= gain;
  }
}

void DemoDevice::queueBlock() {
  ring_.push(held_);
  held_.swap(next_);
}

void DemoDevice::fill() {
  while (ring_.writable() >= 2 * kReadBlock * rows_.size()) {
    if (!readBlock()) {
      fade(false);
      openRecording();
      if (reader_->spec().channels != format_.in_channels ||
          reader_->spec().sample_rate_hz != format_.in_rate_hz || !readBlock()) {
        throw Failure(FailureKind::kInput, recording_.string(), "the same recording again",
                      "another one");
      }
      fade(true);
    }
    queueBlock();
  }
}

void DemoDevice::readAhead() noexcept {
  while (!stop_.load()) {
    try {
      fill();
    } catch (const std::exception&) {
      failed_.store(true);  // whoever opens it again is told why
      return;
    }
    std::this_thread::sleep_for(kLook);
  }
}

void DemoDevice::giveInput(const AudioBlock& call, int samples) noexcept HISS_NONBLOCKING {
  const std::size_t channels = rows_.size();
  while (samples > 0) {
    const int n = std::min(samples, kPiece);
    const std::size_t wanted = static_cast<std::size_t>(n) * channels;
    const std::size_t popped = ring_.pop({in_.data(), wanted});
    std::fill(in_.begin() + static_cast<std::ptrdiff_t>(popped),
              in_.begin() + static_cast<std::ptrdiff_t>(wanted), 0.0F);
    AudioBlock block;
    block.in = in_.data();
    block.samples = n;
    block.time_s = call.time_s;
    block.in_overflow = popped < wanted;
    callback_->onAudio(block);
    samples -= n;
  }
}

void DemoDevice::onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING {
  if (block.out == nullptr) return;
  out_samples_ += static_cast<std::uint64_t>(block.samples);
  const auto due = static_cast<std::uint64_t>(static_cast<double>(out_samples_) *
                                              format_.in_rate_hz / format_.out_rate_hz);
  giveInput(block, static_cast<int>(due - in_samples_));
  in_samples_ = due;
  AudioBlock output = block;
  output.in = nullptr;
  callback_->onAudio(output);
}

}  // namespace hiss
