// SPDX-License-Identifier: Apache-2.0
// What the fuzz target of the monitor's texts looks for, without a fuzzer: a fixed number of
// damaged texts, the same in every run.
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

#include "tests/fuzz/monitor_text_check.h"

namespace hiss {
namespace {

constexpr int kMutations = 4000;  // of each seed

// One to four small changes at places after the first byte, drawn from `engine`.
void mutate(std::string& text, std::mt19937& engine) {
  static constexpr std::array<std::string_view, 22> kPieces = {
      "%", "%2", "%00", "@",  ":",   "//", "?", "&", "=",  "#",     "/#",
      "[", "]",  "\"",  "${", "$${", "}",  ",", "-", "*/", "1e999", "\n"};
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : engine() % n; };
  const std::size_t changes = 1 + below(4);
  for (std::size_t i = 0; i < changes; ++i) {
    const std::size_t at = 1 + below(text.size());
    switch (below(4)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(below(256));
        break;
      case 1:
        text.erase(std::min(at, text.size()), below(8));
        break;
      case 2:
        text.insert(at, kPieces[below(kPieces.size())]);
        break;
      default:
        text.insert(at, text.substr(below(text.size() + 1), below(32)));
        break;
    }
  }
}

TEST(MonitorTextMutation, IsUnderstoodOrRefusedInOneLine) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(HISS_MONITOR_TEXT_SEEDS)) {
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  ASSERT_GE(paths.size(), 10U);
  std::mt19937 engine(20261122);
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    const std::string seed{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    EXPECT_TRUE(checkMonitorText(seed)) << path;
    int understood = 0;
    for (int i = 0; i < kMutations; ++i) {
      std::string text = seed;
      mutate(text, engine);
      understood += checkMonitorText(text) ? 1 : 0;
    }
    EXPECT_GT(understood, kMutations / 200) << path << ": hardly any is understood";
    EXPECT_LT(understood, kMutations) << path << ": none is refused";
  }
}

}  // namespace
}  // namespace hiss
