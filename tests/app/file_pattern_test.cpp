// SPDX-License-Identifier: Apache-2.0
#include "app/engine/file_pattern.h"

#include <gtest/gtest.h>

#include <string>

namespace hiss {
namespace {

TEST(FilePatternTest, BaseIsWhatHasNoSpecialCharacter) {
  EXPECT_EQ(FilePattern("rec/2024/**/*.wav").base(), "rec/2024");
  EXPECT_EQ(FilePattern("/data/[ab]/x.wav").base(), "/data");
  EXPECT_EQ(FilePattern("*.wav").base(), ".");
  EXPECT_EQ(FilePattern("../a?/b").base(), "..");
}

TEST(FilePatternTest, MatchesWithinNames) {
  const FilePattern pattern("rec/[0-9]?-*.wav");
  EXPECT_TRUE(pattern.matches("01-a.wav"));
  EXPECT_TRUE(pattern.matches("12-.wav"));
  EXPECT_FALSE(pattern.matches("x1-a.wav"));
  EXPECT_FALSE(pattern.matches("01-a.flac"));
  EXPECT_FALSE(pattern.matches("01-a/b.wav"));
  EXPECT_FALSE(FilePattern("*").matches(".hidden"));
  EXPECT_TRUE(FilePattern("*/a").matches("b/a"));
}

TEST(FilePatternTest, TwoStarsAreAnyNumberOfFolders) {
  const FilePattern pattern("**/mic/**/*.wav");
  EXPECT_TRUE(pattern.matches("mic/a.wav"));
  EXPECT_TRUE(pattern.matches("x/y/mic/a.wav"));
  EXPECT_TRUE(pattern.matches("x/mic/y/mic/z/a.wav"));
  EXPECT_FALSE(pattern.matches("x/y/a.wav"));
  EXPECT_FALSE(pattern.matches("mic"));
  EXPECT_TRUE(FilePattern("a/**").matches("b/c.wav"));
}

TEST(FilePatternTest, ManyStarsTakeNoLongTime) {
  std::string pattern = "x";
  std::string path;
  for (int i = 0; i < 40; ++i) {
    pattern += "/**/**";
    path += "a/";
  }
  EXPECT_FALSE(FilePattern(pattern + "/b").matches(path + "c"));
}

}  // namespace
}  // namespace hiss
