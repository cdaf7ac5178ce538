// SPDX-License-Identifier: Apache-2.0
// libFuzzer target: any bytes are either a model that can be packed and run, or a ModelError.
//
// An input that starts with an even byte is the file. One that starts with an odd byte is a list of
// edits to a valid file, four bytes each, with optional parts if the byte's next bit is set, and of
// a forecaster if the one after it is as well, or of a model of sequences if all four are, whose
// kind the rest of the byte chooses: the fuzzer then need not find out first what JSON is, and does
// well without a corpus.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <vector>

#include "tests/fuzz/model_file_check.h"
#include "tests/models/model_maker.h"

namespace {

// A valid file with as many of the optional parts as there are.
hiss::DenoiserConfig wholeConfig() {
  hiss::DenoiserConfig config = hiss::smallFullbandConfig();
  config.high_band = hiss::smallHighBandConfig().high_band;
  return config;
}

std::vector<std::byte> edited(std::span<const std::byte> edits, std::vector<std::byte> bytes) {
  for (; edits.size() >= 4 && !bytes.empty(); edits = edits.subspan(4)) {
    const std::size_t at =
        (static_cast<std::size_t>(edits[0]) + 256 * static_cast<std::size_t>(edits[1])) %
        bytes.size();
    const auto where = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    const auto count = static_cast<std::ptrdiff_t>(
        std::min(static_cast<std::size_t>(edits[3]), bytes.size() - at));
    switch (static_cast<unsigned>(edits[2]) % 4) {
      case 0:
        *where = edits[3];
        break;
      case 1:
        bytes.insert(where, edits[3]);
        break;
      case 2:
        bytes.erase(where, where + count);
        break;
      default: {
        const std::vector<std::byte> piece(where, where + count);
        bytes.insert(where, piece.begin(), piece.end());
        break;
      }
    }
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::vector<std::byte> kPlain = hiss::randomModel(hiss::smallConfig()).bytes();
  static const std::vector<std::byte> kWhole = hiss::randomModel(wholeConfig()).bytes();
  const std::span<const std::byte> input(reinterpret_cast<const std::byte*>(data), size);
  if (size > 0 && data[0] % 2 == 1) {
    if (data[0] % 16 == 15) {
      const hiss::BlockKind kind = hiss::kBlockKinds[data[0] / 16 % std::size(hiss::kBlockKinds)];
      const auto config = hiss::smallSequenceConfig(kind, hiss::SequenceConfig::Input::kTokens);
      hiss::checkSequenceBytes(edited(input.subspan(1), hiss::randomSequenceModel(config).bytes()));
    } else if (data[0] % 8 == 7) {
      static const std::vector<std::byte> kForecaster = hiss::randomForecaster().bytes();
      hiss::checkForecasterBytes(edited(input.subspan(1), kForecaster));
    } else {
      hiss::checkModelBytes(edited(input.subspan(1), data[0] % 4 == 1 ? kPlain : kWhole));
    }
  } else {
    hiss::checkModelBytes(input);
    hiss::checkForecasterBytes(input);
    hiss::checkSequenceBytes(input);
  }
  return 0;
}
