// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: what people and programs tell hiss monitor is understood or refused in one
// line. Begin with the seeds:
//
//   monitor_text_fuzz CORPUS tests/fuzz/monitor_text_seeds
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/fuzz/monitor_text_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  hiss::checkMonitorText({reinterpret_cast<const char*>(data), size});
  return 0;
}
