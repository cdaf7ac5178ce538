// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <vector>

#include "app/engine/live/audio_device.h"

namespace hiss {

// A device whose calls the test makes.
class HandDevice final : public AudioDevice {
 public:
  explicit HandDevice(AudioStreamFormat format) : format_(std::move(format)) {}

  AudioStreamFormat open(const AudioStreamRequest& request, AudioCallback& callback) override {
    request_ = request;
    callback_ = &callback;
    return format_;
  }
  void start() override {}
  void close() noexcept override {}
  [[nodiscard]] bool isAlive() noexcept override { return true; }
  [[nodiscard]] double now() const noexcept HISS_NONBLOCKING override { return 0.0; }

  void callOutput(int n) {
    std::vector<float> out(static_cast<std::size_t>(n * format_.out_channels));
    AudioBlock block;
    block.out = out.data();
    block.samples = n;
    callback_->onAudio(block);
  }
  void callInput(const std::vector<float>& in) {
    AudioBlock block;
    block.in = in.data();
    block.samples = static_cast<int>(in.size()) / format_.in_channels;
    callback_->onAudio(block);
  }
  [[nodiscard]] const AudioStreamRequest& request() const { return request_; }

 private:
  AudioStreamFormat format_;
  AudioStreamRequest request_;
  AudioCallback* callback_ = nullptr;
};

// Keeps what it gets.
class KeepingCallback final : public AudioCallback {
 public:
  explicit KeepingCallback(int in_channels, int out_channels)
      : in_channels_(in_channels), out_channels_(out_channels) {}
  void onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING override {
    if (block.in != nullptr) in.insert(in.end(), block.in, block.in + block.samples * in_channels_);
    if (block.out != nullptr) out_values += block.samples * out_channels_;
    overflows += block.in_overflow ? 1 : 0;
  }
  std::vector<float> in;
  long out_values = 0;
  int overflows = 0;

 private:
  int in_channels_;
  int out_channels_;
};

}  // namespace hiss
