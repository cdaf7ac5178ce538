// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <vector>

#include "app/engine/live/playback.h"

namespace hiss {

// A device that plays when the test says so; shared with it, for the player owns what it opens.
class HandCranked {
 public:
  // How a player sees it.
  class Device final : public AudioDevice {
   public:
    explicit Device(HandCranked& crank) : crank_(crank) {}
    AudioStreamFormat open(const AudioStreamRequest& request, AudioCallback& callback) override {
      EXPECT_TRUE(request.output_only);
      const std::lock_guard lock(crank_.mutex_);
      callback_ = &callback;
      AudioStreamFormat format;
      format.out_rate_hz = crank_.rate_hz > 0 ? crank_.rate_hz : request.in_rate_hz;
      format.out_channels = 2;
      return format;
    }
    void start() override {
      const std::lock_guard lock(crank_.mutex_);
      crank_.callback_ = callback_;
    }
    void close() noexcept override {
      const std::lock_guard lock(crank_.mutex_);
      crank_.callback_ = nullptr;
    }
    bool isAlive() noexcept override { return true; }
    double now() const noexcept HISS_NONBLOCKING override { return 0.0; }

   private:
    HandCranked& crank_;
    AudioCallback* callback_ = nullptr;
  };

  Playback::MakeDevice maker() {
    return [this] { return std::make_unique<Device>(*this); };
  }

  bool isStarted() {
    const std::lock_guard lock(mutex_);
    return callback_ != nullptr;
  }

  // The left channel of the next `n` samples.
  std::vector<float> turn(int n) {
    const std::lock_guard lock(mutex_);
    std::vector<float> out(static_cast<std::size_t>(2 * n));
    AudioBlock block;
    block.out = out.data();
    block.samples = n;
    if (callback_ != nullptr) callback_->onAudio(block);
    std::vector<float> left;
    for (std::size_t i = 0; i < out.size(); i += 2) left.push_back(out[i]);
    return left;
  }

  int rate_hz = 0;  // 0: that of the file

 private:
  std::mutex mutex_;
  AudioCallback* callback_ = nullptr;
};

}  // namespace hiss
