// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/engine/failure.h"

namespace hiss {

// What PortAudio says of a device that could not be opened or started.
struct DeviceError {
  int code = 0;       // a PaError
  int host_code = 0;  // of the system behind it, where PortAudio passes that on; of ALSA: -errno
  std::string host_text;  // alike
  std::string device;     // as it is listed
  bool is_input = false;
  int rate_hz = 0;
  int channels = 0;
};

// One line for it: device, what was expected (with the option to change), what was found. What the
// command line asked for and the device has not is kUsage, all else kInput or kOutput.
Failure deviceFailure(const DeviceError& error);

}  // namespace hiss
