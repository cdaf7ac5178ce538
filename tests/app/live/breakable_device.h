// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/live/silent_device.h"

namespace hiss {

// What a test does to the devices that others made.
struct DeviceFate {
  std::atomic<bool> gone{false};
  std::atomic<bool> hangs{false};  // while it is opened
  std::atomic<int> opens{0};
  std::atomic<float> gain{1.0F};
};

// A device in real time whose microphone brings tones in noise, at 16 kHz with one channel.
class BreakableDevice final : public AudioDevice, private AudioCallback {
 public:
  static constexpr int kRate = 16000;

  explicit BreakableDevice(std::shared_ptr<DeviceFate> fate) : fate_(std::move(fate)) {}
  ~BreakableDevice() override { BreakableDevice::close(); }

  AudioStreamFormat open(const AudioStreamRequest& request, AudioCallback& callback) override {
    fate_->opens.fetch_add(1);
    while (fate_->hangs.load()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (fate_->gone.load()) {
      throw Failure(FailureKind::kInput, "test microphone", "an input device that is there",
                    "none");
    }
    callback_ = &callback;
    AudioStreamRequest under = request;
    under.in_rate_hz = under.out_rate_hz = kRate;
    under.in_channels = under.out_channels = 1;
    AudioStreamFormat format = silent_.open(under, *this);
    format.input = "test microphone";
    format.output = "test speaker";
    return format;
  }
  void start() override { silent_.start(); }
  void close() noexcept override { silent_.close(); }
  [[nodiscard]] bool isAlive() noexcept override {
    return !fate_->gone.load() && silent_.isAlive();
  }
  [[nodiscard]] double now() const noexcept HISS_NONBLOCKING override { return silent_.now(); }

 private:
  void onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING override {
    if (fate_->gone.load(std::memory_order_relaxed)) return;
    const float gain = fate_->gain.load(std::memory_order_relaxed);
    for (int i = 0; i < block.samples && i < kMost; ++i) {
      noise_ = noise_ * 1664525U + 1013904223U;
      const float noise = static_cast<float>(noise_ >> 8U) / 8388608.0F - 1.0F;
      const auto t = static_cast<float>(index_++ % kRate) / kRate;
      in_[static_cast<std::size_t>(i)] =
          gain *
          (0.05F * noise + 0.2F * std::sin(6.2831853F * 440.0F * t) * (t < 0.5F ? 1.0F : 0.0F));
    }
    AudioBlock own = block;
    own.in = in_.data();
    callback_->onAudio(own);
  }

  static constexpr int kMost = 4096;
  std::shared_ptr<DeviceFate> fate_;
  SilentDevice silent_;
  AudioCallback* callback_ = nullptr;
  std::vector<float> in_ = std::vector<float>(kMost);
  std::uint32_t noise_ = 1;
  std::uint64_t index_ = 0;
};

}  // namespace hiss
