// SPDX-License-Identifier: Apache-2.0
//
// In place of portaudio_device.cpp where Hiss is built without PortAudio.
#include "app/engine/failure.h"
#include "app/engine/live/device_list.h"

namespace hiss {
namespace {

[[noreturn]] void refuse() {
  throw Failure(FailureKind::kUsage, "sound devices", "a build with PortAudio",
                "one without it (HISS_WITH_PORTAUDIO=OFF)");
}

}  // namespace

std::vector<AudioDeviceInfo> listAudioDevices() { refuse(); }

std::unique_ptr<AudioDevice> makeSystemAudioDevice() { refuse(); }

}  // namespace hiss
