// SPDX-License-Identifier: Apache-2.0
// What the fuzz target of messages looks for, without a fuzzer: a fixed number of damaged messages,
// the same in every run.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/message_check.h"

namespace hiss {
namespace {

constexpr int kMutations = 4000;  // of each seed

std::vector<std::string> seeds() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(HISS_MESSAGE_SEEDS)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  std::vector<std::string> texts;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return texts;
}

// One to four small changes at places drawn from `engine`.
void mutate(std::string& text, std::mt19937& engine) {
  static constexpr std::array<std::string_view, 28> kPieces = {
      ",",     ";", "\t",   "\"",   "\\\"", "\n",       "\r\n", "{",         "}", "[",
      "]",     ":", "=",    " ",    "\\ ",  "null",     "NaN",  "1e999",     "-", "\xff",
      "\\u00", "#", "true", "0.5i", "a=1",  "\"a\":1,", "time", "1700000000"};
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : engine() % n; };
  const std::size_t changes = 1 + below(4);
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t at = below(text.size() + 1);
    switch (below(4)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(at, below(16));
        break;
      case 2:
        text.insert(at, kPieces[below(kPieces.size())]);
        break;
      default:
        text.insert(at, text.substr(below(text.size() + 1), below(64)));
        break;
    }
  }
}

TEST(MessageMutation, NeverCrashesTheDecoders) {
  const std::vector<std::string> texts = seeds();
  ASSERT_GE(texts.size(), 8U);
  std::mt19937 engine(20261122);
  std::size_t rows = 0;
  for (const std::string& seed : texts) {
    EXPECT_GT(checkMessageBytes(seed, 3, 0), 0U) << seed;
    for (int i = 0; i < kMutations; ++i) {
      std::string text = seed;
      mutate(text, engine);
      const std::uint8_t choice = i % 2 == 0 ? 0 : static_cast<std::uint8_t>(engine());
      rows += checkMessageBytes(text, 1 + engine() % 40, choice);
    }
  }
  EXPECT_GT(rows, 20000U) << "most messages are no longer read";
}

}  // namespace
}  // namespace hiss
