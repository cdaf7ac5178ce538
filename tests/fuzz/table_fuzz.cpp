// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes are either rows or a Failure of one line, and the same ones however
// the bytes are cut into pieces. The first byte says how long a piece is. Begin with the seeds:
//
//   table_fuzz CORPUS tests/fuzz/table_seeds
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tests/fuzz/table_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  hiss::checkTableBytes(bytes.substr(1), std::size_t{1} + data[0] % 64U);
  return 0;
}
