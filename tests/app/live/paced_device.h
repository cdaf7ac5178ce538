// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <pthread.h>
#include <sched.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <functional>
#include <thread>
#include <vector>

#include "app/engine/live/audio_device.h"

namespace hiss {

// A device in real time without hardware: a thread that calls like a sound card, a block each
// block's length, by absolute times of the monotonic clock and at real-time priority where that is
// allowed. Input and output are of one clock. It counts what a sound card would call an overrun:
// a call that ends when the next one is already due, so that a block is lost.
class PacedDevice final : public AudioDevice {
 public:
  struct Config {
    int rate_hz = 48000;
    int block = 128;
    int priority = 40;  // of SCHED_FIFO, above that of the worker; 0: none
    std::function<float(std::uint64_t index)> source = [](std::uint64_t) { return 0.0F; };
  };

  // Microseconds, in classes of one up to 10 ms.
  class Times {
   public:
    void add(double seconds) {
      const double us = 1e6 * seconds;
      ++counts_[static_cast<std::size_t>(std::clamp(us, 0.0, kClasses - 1.0))];
      ++total_;
      most_us_ = std::max(most_us_, us);
    }
    [[nodiscard]] double quantileUs(double q) const {
      std::uint64_t left = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total_)));
      for (std::size_t i = 0; i < counts_.size(); ++i) {
        if (counts_[i] >= left) return std::min(static_cast<double>(i + 1), most_us_);
        left -= counts_[i];
      }
      return most_us_;
    }
    [[nodiscard]] double mostUs() const { return most_us_; }
    [[nodiscard]] std::uint64_t total() const { return total_; }

   private:
    static constexpr double kClasses = 10001.0;
    std::vector<std::uint32_t> counts_ = std::vector<std::uint32_t>(10001);
    std::uint64_t total_ = 0;
    double most_us_ = 0.0;
  };

  // Of the calls so far; read them when the device is closed.
  struct Counts {
    Times call;                           // inside the callback
    Times lateness;                       // of the wake-up: what the machine adds
    std::uint64_t overruns = 0;           // calls that took longer than a block lasts
    std::uint64_t missed_by_machine = 0;  // blocks lost because the thread was woken too late
    int priority_error = 0;
  };

  explicit PacedDevice(Config config) : config_(std::move(config)) {}
  ~PacedDevice() override { PacedDevice::close(); }

  AudioStreamFormat open(const AudioStreamRequest&, AudioCallback& callback) override {
    callback_ = &callback;
    AudioStreamFormat format;
    format.input = format.output = "paced device";
    format.in_rate_hz = format.out_rate_hz = config_.rate_hz;
    format.in_channels = format.out_channels = 1;
    format.block = config_.block;
    format.one_clock = true;
    return format;
  }
  void start() override {
    run_.store(true);
    thread_ = std::thread([this] { run(); });
  }
  void close() noexcept override {
    run_.store(false);
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] bool isAlive() noexcept override { return run_.load(); }
  [[nodiscard]] double now() const noexcept HISS_NONBLOCKING override {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
  }
  [[nodiscard]] const Counts& counts() const { return counts_; }

 private:
  void run() {
    sched_param priority{};
    priority.sched_priority = config_.priority;
    if (config_.priority > 0) {
      counts_.priority_error = ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &priority);
    }
    const auto n = static_cast<std::size_t>(config_.block);
    const double block_s = static_cast<double>(config_.block) / config_.rate_hz;
    std::vector<float> in(n);
    std::vector<float> out(n);
    const double begin_s = now();
    for (std::uint64_t k = 1; run_.load(std::memory_order_relaxed); ++k) {
      const double due_s = begin_s + static_cast<double>(k) * block_s;
      timespec due{};
      due.tv_sec = static_cast<time_t>(due_s);
      due.tv_nsec = static_cast<long>(1e9 * (due_s - std::floor(due_s)));
      ::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr);
      const double woken_s = now();
      counts_.lateness.add(woken_s - due_s);
      AudioBlock block;
      if (woken_s - due_s > block_s) {
        // A card with two blocks has overwritten the older ones by now.
        const auto lost = static_cast<std::uint64_t>((woken_s - due_s) / block_s);
        counts_.missed_by_machine += lost;
        k += lost;
        block.in_overflow = block.out_underflow = true;
      }
      for (std::size_t i = 0; i < n; ++i) in[i] = config_.source(k * n + i);
      block.in = in.data();
      block.out = out.data();
      block.samples = config_.block;
      block.time_s = now();
      callback_->onAudio(block);
      const double took_s = now() - block.time_s;
      counts_.call.add(took_s);
      if (took_s > block_s) ++counts_.overruns;
    }
  }

  Config config_;
  AudioCallback* callback_ = nullptr;
  std::atomic<bool> run_{false};
  std::thread thread_;
  Counts counts_;
};

}  // namespace hiss
