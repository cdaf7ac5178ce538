// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/device_errors.h"

#include <gtest/gtest.h>
#include <portaudio.h>

#include <cerrno>

namespace hiss {
namespace {

DeviceError errorOf(int code, int host_code, bool is_input, const char* host_text = "") {
  return {code, host_code, host_text, "USB Audio (hw:1,0)", is_input, 11025, 7};
}

void expectLine(const DeviceError& error, FailureKind kind, const std::string& line) {
  const Failure failure = deviceFailure(error);
  EXPECT_EQ(failure.kind(), kind) << line;
  EXPECT_EQ(std::string(failure.what()), "USB Audio (hw:1,0): expected " + line);
}

TEST(DeviceErrorsTest, EachSaysDeviceExpectationAndFinding) {
  expectLine(errorOf(paInvalidSampleRate, 0, true), FailureKind::kUsage,
             "an input rate that the device has (--rate), found 11025 Hz");
  expectLine(errorOf(paInvalidChannelCount, 0, false), FailureKind::kUsage,
             "a number of channels that the device has (--output-channels), found 7");
  expectLine(errorOf(paDeviceUnavailable, 0, false), FailureKind::kOutput,
             "an output device that is free, found one that another program uses, or that is gone");
  expectLine(errorOf(paUnanticipatedHostError, -EBUSY, true), FailureKind::kInput,
             "an input device that is free, found one that another program uses");
  expectLine(errorOf(paUnanticipatedHostError, -EACCES, true), FailureKind::kInput,
             "an input device that may be opened (group audio?), found Permission denied");
  expectLine(errorOf(paUnanticipatedHostError, -ENODEV, false), FailureKind::kOutput,
             "an output device that is there, found No such device");
  expectLine(errorOf(paUnanticipatedHostError, -ECONNREFUSED, false), FailureKind::kOutput,
             "an output device whose sound server runs, found Connection refused");
  expectLine(errorOf(paUnanticipatedHostError, -EINVAL, false, "no such\nthing"),
             FailureKind::kOutput, "an output device that can be used, found no such\\x0athing");
  expectLine(errorOf(paInsufficientMemory, 0, true), FailureKind::kInput,
             std::string("an input device that can be used, found ") +
                 Pa_GetErrorText(paInsufficientMemory));
}

}  // namespace
}  // namespace hiss
