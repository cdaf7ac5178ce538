// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/engine/live/audio_device.h"
#include "app/engine/monitor/source.h"

namespace hiss {

// mic:DEVICE?rate=16000&name=: the sound at a microphone as BandLevels, sixteen rows a second. The
// device's thread only fills a ring; another one makes rows of it and opens a device again that was
// lost or is not there yet. Throws Failure(kUsage) for bad options.
std::unique_ptr<Source> makeMicSource(const Endpoint& endpoint, MonitorLog& log,
                                      std::unique_ptr<AudioDevice> device);

}  // namespace hiss
