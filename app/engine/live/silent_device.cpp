// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/silent_device.h"

#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <chrono>
#include <vector>

namespace hiss {
namespace {

constexpr int kUsualRate = 48000;
constexpr int kUsualChannels = 2;
constexpr int kCallsPerSecond = 100;
constexpr double kMostLate = 1.0;  // s
constexpr int kPriority = 40;      // above that of the worker, as a sound card's thread

}  // namespace

AudioStreamFormat SilentDevice::open(const AudioStreamRequest& request, AudioCallback& callback) {
  close();
  callback_ = &callback;
  has_input_ = !request.output_only;
  const int asked = request.out_rate_hz > 0 ? request.out_rate_hz : request.in_rate_hz;
  const int rate_hz = asked > 0 ? asked : kUsualRate;
  const auto channels = [](int wanted) { return wanted > 0 ? wanted : kUsualChannels; };
  format_ = AudioStreamFormat();
  format_.in_rate_hz = format_.out_rate_hz = rate_hz;
  format_.in_channels = channels(request.in_channels);
  format_.out_channels = channels(request.out_channels);
  format_.block = request.block > 0 ? request.block : std::max(1, rate_hz / kCallsPerSecond);
  format_.one_clock = true;
  return format_;
}

void SilentDevice::start() {
  run_.store(true);
  thread_ = std::thread([this] { run(); });
}

void SilentDevice::close() noexcept {
  run_.store(false);
  if (thread_.joinable()) thread_.join();
}

double SilentDevice::now() const noexcept HISS_NONBLOCKING {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void SilentDevice::run() noexcept {
  sched_param priority{};
  priority.sched_priority = kPriority;
  // Where that is not allowed it runs as it can.
  static_cast<void>(::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &priority));
  const auto block = static_cast<std::size_t>(format_.block);
  const std::vector<float> in(block * static_cast<std::size_t>(format_.in_channels), 0.0F);
  std::vector<float> out(block * static_cast<std::size_t>(format_.out_channels));
  const double block_s = static_cast<double>(format_.block) / format_.in_rate_hz;
  double due_s = now();
  while (run_.load(std::memory_order_relaxed)) {
    due_s += block_s;
    const double wait_s = due_s - now();
    if (wait_s > 0.0) std::this_thread::sleep_for(std::chrono::duration<double>(wait_s));
    AudioBlock call;
    call.in = has_input_ ? in.data() : nullptr;
    call.out = out.data();
    call.samples = format_.block;
    call.time_s = now();
    if (call.time_s - due_s > kMostLate) {
      due_s = call.time_s;
      call.in_overflow = call.out_underflow = true;
    }
    callback_->onAudio(call);
  }
}

}  // namespace hiss
