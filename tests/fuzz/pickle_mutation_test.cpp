// SPDX-License-Identifier: Apache-2.0
// What the fuzz target of published weights looks for, without a fuzzer: a fixed number of damaged
// pickles and archives, the same in every run.
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/pickle_check.h"
#include "tests/models/torch_file_maker.h"

namespace hiss {
namespace {

constexpr int kMutations = 20000;

// One to four small changes at places drawn from `engine`.
void mutate(std::string& bytes, std::mt19937& engine) {
  static constexpr std::array<std::string_view, 20> kPieces = {
      "q\x01", "h\x01", "]", "}",    ")",    "(",    "t", "u", "s", "e",
      "a",     "R",     "Q", "\x85", "\x87", "\x88", "N", "b", "0", "cos\nsystem\n"};
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : engine() % n; };
  const std::size_t changes = 1 + below(4);
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t at = below(bytes.size() + 1);
    switch (below(4)) {
      case 0:
        if (at < bytes.size()) bytes[at] = static_cast<char>(below(256));
        break;
      case 1:
        bytes.erase(at, 1 + below(8));
        break;
      case 2:
        bytes.insert(at, kPieces[below(kPieces.size())]);
        break;
      default:
        bytes.insert(at, bytes.substr(below(bytes.size() + 1), below(64)));
        break;
    }
  }
}

TEST(PickleMutation, NeverCrashesTheReader) {
  const std::string seed = seedPickle();
  ASSERT_TRUE(checkCheckpointBytes(archiveOfPickle(seed)));
  std::mt19937 engine(20261123);
  int taken = 0;
  for (int i = 0; i < kMutations; ++i) {
    std::string pickle = seed;
    mutate(pickle, engine);
    taken += checkCheckpointBytes(archiveOfPickle(pickle)) ? 1 : 0;
  }
  EXPECT_GT(taken, kMutations / 100) << "no damaged pickle is read any more";
  EXPECT_LT(taken, kMutations / 2) << "damage goes unnoticed";
}

TEST(PickleMutation, NeverCrashesTheArchive) {
  const std::vector<std::byte> seed = archiveOfPickle(seedPickle());
  std::mt19937 engine(20261124);
  int refused = 0;
  for (int i = 0; i < kMutations; ++i) {
    std::string bytes(reinterpret_cast<const char*>(seed.data()), seed.size());
    mutate(bytes, engine);
    const auto* const first = reinterpret_cast<const std::byte*>(bytes.data());
    refused += checkCheckpointBytes({first, bytes.size()}) ? 0 : 1;
  }
  EXPECT_GT(refused, kMutations / 2);
}

}  // namespace
}  // namespace hiss
