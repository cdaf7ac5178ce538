// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <vector>

#include "app/engine/live/audio_device.h"

namespace hiss {

// A microphone whose sound is processed but heard nowhere: the output is dropped as fast as the
// clock of the input under it goes.
class NoOutputDevice final : public AudioDevice, private AudioCallback {
 public:
  // `input` is opened for input only.
  explicit NoOutputDevice(std::unique_ptr<AudioDevice> input) : input_(std::move(input)) {}
  ~NoOutputDevice() override { NoOutputDevice::close(); }

  // The output has the input's rate and channels, whatever was asked for.
  AudioStreamFormat open(const AudioStreamRequest& request, AudioCallback& callback) override;
  void start() override { input_->start(); }
  void close() noexcept override { input_->close(); }
  [[nodiscard]] bool isAlive() noexcept override { return input_->isAlive(); }
  [[nodiscard]] double now() const noexcept HISS_NONBLOCKING override { return input_->now(); }

 private:
  void onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING override;

  std::unique_ptr<AudioDevice> input_;
  AudioCallback* callback_ = nullptr;
  std::size_t channels_ = 1;
  std::vector<float> dropped_;  // [kPiece][channels]
};

}  // namespace hiss
