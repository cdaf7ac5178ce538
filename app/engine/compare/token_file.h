// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hiss {

// One sequence: what goes into a model step by step, and what it should answer.
struct TokenSequence {
  static constexpr std::int32_t kNoTarget = -1;

  std::vector<std::int32_t> tokens;
  std::vector<std::int32_t> targets;  // [tokens]; kNoTarget: anything will do
};

// Reads a text of whole numbers from 0 on with blanks between them, one sequence a line:
//
//   7 3 9 2 3:9
//
// N:M means that M is to be answered to N; if no line says that, each number is to be answered with
// the next one of its line. Empty lines and lines that begin with # are passed over. "-" is
// standard input. At least one sequence is returned, none of them empty. Throws Failure(kInput)
// with file, line, what was expected and what was found. [thread-safe]
[[nodiscard]] std::vector<TokenSequence> readTokenFile(const std::filesystem::path& path);

// The same of a text; `name` stands for the file in messages.
[[nodiscard]] std::vector<TokenSequence> parseTokens(const std::string& text,
                                                     const std::string& name);

}  // namespace hiss
