// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/token_file.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

constexpr std::int32_t kNone = TokenSequence::kNoTarget;
using Tokens = std::vector<std::int32_t>;

TEST(TokenFile, ExpectsTheNextNumberWhereNothingIsSaid) {
  const auto sequences = parseTokens("# a comment\n3 0\t 65535\r\n\n7", "t");
  ASSERT_EQ(sequences.size(), 2U);
  EXPECT_EQ(sequences[0].tokens, (Tokens{3, 0, 65535}));
  EXPECT_EQ(sequences[0].targets, (Tokens{0, 65535, kNone}));
  EXPECT_EQ(sequences[1].tokens, (Tokens{7}));
  EXPECT_EQ(sequences[1].targets, (Tokens{kNone}));
}

TEST(TokenFile, ExpectsOnlyWhatIsSaid) {
  const auto sequences = parseTokens("1 2:5 3\n4 4\n", "t");
  ASSERT_EQ(sequences.size(), 2U);
  EXPECT_EQ(sequences[0].tokens, (Tokens{1, 2, 3}));
  EXPECT_EQ(sequences[0].targets, (Tokens{kNone, 5, kNone}));
  EXPECT_EQ(sequences[1].targets, (Tokens{kNone, kNone}));
}

TEST(TokenFile, RefusesWhatIsNoNumber) {
  const auto refusal = [](const std::string& text) -> std::string {
    try {
      (void)parseTokens(text, "t");
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.kind(), FailureKind::kInput);
      return failure.what();
    }
    return {};
  };
  const std::string expected = "expected whole numbers from 0 to 65535, or N:M of them, found ";
  EXPECT_EQ(refusal("1 2\n1 x\n"), "t: line 2: " + expected + "\"x\"");
  for (const char* word :
       {"-1", "65536", "1.5", "1:", ":1", "1:2:3", "1,2", "+1", "99999999999999999999", "1:-1"}) {
    EXPECT_EQ(refusal(word), "t: line 1: " + expected + "\"" + word + "\"");
  }
  for (const char* text : {"", "\n\n", "# 1 2 3", " \t\r\n"}) {
    EXPECT_EQ(refusal(text), "t: expected a line of whole numbers, found none");
  }
  // A binary file makes one short line.
  const std::string found = refusal(std::string(1000, '\xf4'));
  EXPECT_LT(found.size(), 500U);
  EXPECT_NE(found.find("\\xf4"), std::string::npos) << found;
  EXPECT_EQ(found.find('\xf4'), std::string::npos);
}

class TokenFileTest : public TemporaryFolderTest {};

TEST_F(TokenFileTest, ReadsAFile) {
  EXPECT_EQ(readTokenFile(write("t.txt", "1 2\n")).front().tokens, (Tokens{1, 2}));
  EXPECT_THROW((void)readTokenFile(path("none.txt")), Failure);
  EXPECT_THROW((void)readTokenFile(path("")), Failure);
}

}  // namespace
}  // namespace hiss
