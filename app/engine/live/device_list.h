// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/engine/live/audio_device.h"

namespace hiss {

// A sound device as the system lists it.
struct AudioDeviceInfo {
  int index = -1;  // in the system's list
  std::string name;
  std::string host;  // "ALSA", "JACK Audio Connection Kit", …
  int in_channels = 0;
  int out_channels = 0;
  int default_rate_hz = 0;
  bool is_default_input = false;
  bool is_default_output = false;
};

enum class AudioDirection { kInput, kOutput };

// The device that `wanted` names: its index, its name, "HOST: NAME", or a part of one name only,
// whatever the case of its letters; "" and "default" are the system's default. Throws
// Failure(kUsage) if there is none, with the names that come closest, or more than one.
const AudioDeviceInfo& findAudioDevice(const std::vector<AudioDeviceInfo>& devices,
                                       const std::string& wanted, AudioDirection direction);

// What the system lists now, through PortAudio. Throws Failure(kUsage) if Hiss was built without
// it, kInput if it cannot be asked.
std::vector<AudioDeviceInfo> listAudioDevices();

// Devices of the system. Throws Failure(kUsage) if Hiss was built without PortAudio.
std::unique_ptr<AudioDevice> makeSystemAudioDevice();

}  // namespace hiss
