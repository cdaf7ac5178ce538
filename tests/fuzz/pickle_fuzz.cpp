// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes are either published weights or a ModelError.
//
// An input that starts with an even byte is the file. One that starts with an odd byte is the
// pickle of an archive whose checksums are right; if the byte's next bit is set, a valid pickle
// follows those bytes, so that the fuzzer need not find out first how a tensor is written.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "tests/fuzz/pickle_check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span<const std::byte> input(reinterpret_cast<const std::byte*>(data), size);
  if (size == 0 || data[0] % 2 == 0) {
    hiss::checkCheckpointBytes(input);
    return 0;
  }
  std::string pickle(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 4 == 3) pickle += hiss::seedPickle();
  hiss::checkCheckpointBytes(hiss::archiveOfPickle(pickle));
  return 0;
}
