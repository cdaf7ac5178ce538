// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace hiss {

// A microphone that other programs can choose, made of a null sink and a source that is its
// monitor, on the user's sound server: PulseAudio, or PipeWire with its PulseAudio side. Both are
// told through their own tool, pactl. It is removed when the object goes; what a killed program
// left is removed by the next one. [main-thread]
class VirtualMic {
 public:
  // The name that pactl and scripts use; people see "Hiss microphone".
  static constexpr const char* kSource = "hiss_mic";
  static constexpr const char* kSink = "hiss_mic_sink";
  // The device to play to, with `PULSE_SINK` in the environment set to kSink.
  static constexpr const char* kDevice = "pulse";

  // Also sets PULSE_SINK, so that this program's sound goes there. Throws Failure(kOutput): no
  // pactl, no sound server, or another program that has the microphone.
  VirtualMic();
  ~VirtualMic();

  // Makes it anew if it is gone, as when the sound server was started again; false if that cannot
  // be done now.
  bool restore() noexcept;

  VirtualMic(const VirtualMic&) = delete;
  VirtualMic& operator=(const VirtualMic&) = delete;

 private:
  void make();

  std::string sink_module_;
  std::string source_module_;
};

}  // namespace hiss
