// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes are either rows within their bounds or malformed with a reason. The
// first byte picks format and options, the second how long a piece is. Begin with the seeds:
//
//   message_fuzz CORPUS tests/fuzz/message_seeds
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/fuzz/message_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  hiss::checkMessageBytes(bytes.substr(2), std::size_t{1} + data[1] % 64U, data[0]);
  return 0;
}
