// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <thread>

#include "app/engine/live/audio_device.h"

namespace hiss {

// No hardware: brings silence and drops what it gets, in real time, so that a session runs on a
// machine without a sound system. A call that comes late is made up for; after more than a second,
// as when the machine slept, what was missed is lost.
class SilentDevice final : public AudioDevice {
 public:
  ~SilentDevice() override { SilentDevice::close(); }

  // Rates: 48 kHz, channels: 2, unless asked for.
  AudioStreamFormat open(const AudioStreamRequest& request, AudioCallback& callback) override;
  void start() override;
  void close() noexcept override;
  [[nodiscard]] bool isAlive() noexcept override { return run_.load(); }
  [[nodiscard]] double now() const noexcept HISS_NONBLOCKING override;

 private:
  void run() noexcept;

  AudioCallback* callback_ = nullptr;
  AudioStreamFormat format_;
  bool has_input_ = true;
  std::atomic<bool> run_{false};
  std::thread thread_;
};

}  // namespace hiss
