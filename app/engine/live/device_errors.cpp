// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/device_errors.h"

#include <fmt/format.h>
#include <portaudio.h>

#include <cerrno>

namespace hiss {

Failure deviceFailure(const DeviceError& error) {
  const char* const side = error.is_input ? "input" : "output";
  const FailureKind kind = error.is_input ? FailureKind::kInput : FailureKind::kOutput;
  const auto as = [&](FailureKind of, const std::string& expected, const std::string& found) {
    return Failure(of, error.device, expected, found);
  };
  switch (error.code) {
    case paInvalidSampleRate:
      return as(FailureKind::kUsage, fmt::format("an {} rate that the device has (--rate)", side),
                fmt::format("{} Hz", error.rate_hz));
    case paInvalidChannelCount:
      return as(FailureKind::kUsage,
                fmt::format("a number of channels that the device has (--{}-channels)", side),
                std::to_string(error.channels));
    case paDeviceUnavailable:
      return as(kind, fmt::format("an {} device that is free", side),
                "one that another program uses, or that is gone");
    case paUnanticipatedHostError:
      break;
    default:
      return as(kind, fmt::format("an {} device that can be used", side),
                Pa_GetErrorText(error.code));
  }
  switch (-error.host_code) {
    case EBUSY:
      return as(kind, fmt::format("an {} device that is free", side),
                "one that another program uses");
    case EACCES:
    case EPERM:
      return as(kind, fmt::format("an {} device that may be opened (group audio?)", side),
                errnoText(-error.host_code));
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return as(kind, fmt::format("an {} device that is there", side), errnoText(-error.host_code));
    case ECONNREFUSED:
      return as(kind, fmt::format("an {} device whose sound server runs", side),
                errnoText(ECONNREFUSED));
    default:
      return as(kind, fmt::format("an {} device that can be used", side),
                error.host_text.empty() ? Pa_GetErrorText(error.code) : error.host_text);
  }
}

}  // namespace hiss
