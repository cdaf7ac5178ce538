// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/token_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <span>
#include <string_view>
#include <utility>

#include "app/engine/byte_file.h"
#include "app/engine/failure.h"
#include "models/model_error.h"

namespace hiss {
namespace {

constexpr std::string_view kBlanks = " \t\r";
constexpr std::int32_t kMostToken = 65535;
constexpr std::int64_t kMostBytes = std::int64_t{1} << 28;

class LineParser {
 public:
  LineParser(const std::string& name, std::size_t line) : name_(name), line_(line) {}

  TokenSequence parse(std::string_view text) const {
    TokenSequence sequence;
    for (;;) {
      const std::size_t begin = text.find_first_not_of(kBlanks);
      if (begin == std::string_view::npos) return sequence;
      text.remove_prefix(begin);
      const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
      text.remove_prefix(word.size());
      const std::size_t colon = word.find(':');
      sequence.tokens.push_back(number(word.substr(0, colon), word));
      sequence.targets.push_back(colon == std::string_view::npos
                                     ? TokenSequence::kNoTarget
                                     : number(word.substr(colon + 1), word));
    }
  }

 private:
  std::int32_t number(std::string_view digits, std::string_view word) const {
    std::int32_t value = -1;
    const char* const end = digits.data() + digits.size();
    const auto [at, error] = std::from_chars(digits.data(), end, value);
    if (error == std::errc() && at == end && value >= 0 && value <= kMostToken) return value;
    throw Failure(FailureKind::kInput, fmt::format("{}: line {}", name_, line_),
                  fmt::format("whole numbers from 0 to {}, or N:M of them", kMostToken),
                  quotedText(word));
  }

  const std::string& name_;
  std::size_t line_;
};

void expectTheNext(TokenSequence& sequence) {
  for (std::size_t i = 0; i + 1 < sequence.tokens.size(); ++i) {
    sequence.targets[i] = sequence.tokens[i + 1];
  }
}

}  // namespace

std::vector<TokenSequence> parseTokens(const std::string& text, const std::string& name) {
  std::vector<TokenSequence> sequences;
  bool has_targets = false;
  std::string_view rest = text;
  for (std::size_t line = 1; !rest.empty(); ++line) {
    const std::string_view whole = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(whole.size() + 1, rest.size()));
    if (whole.starts_with('#')) continue;
    TokenSequence sequence = LineParser(name, line).parse(whole);
    if (sequence.tokens.empty()) continue;
    has_targets =
        has_targets || std::any_of(sequence.targets.begin(), sequence.targets.end(),
                                   [](std::int32_t t) { return t != TokenSequence::kNoTarget; });
    sequences.push_back(std::move(sequence));
  }
  if (sequences.empty()) {
    throw Failure(FailureKind::kInput, name, "a line of whole numbers", "none");
  }
  if (!has_targets) {
    for (TokenSequence& sequence : sequences) expectTheNext(sequence);
  }
  return sequences;
}

std::vector<TokenSequence> readTokenFile(const std::filesystem::path& path) {
  const bool is_standard = path == "-";
  const std::string name = is_standard ? "standard input" : path.string();
  ByteFile file = is_standard ? ByteFile::openStandardInput() : ByteFile::openForReading(path);
  const std::int64_t size = file.size();
  if (size > kMostBytes) {
    throw Failure(FailureKind::kInput, name, fmt::format("at most {} bytes", kMostBytes),
                  fmt::format("{}", size));
  }
  std::string text(static_cast<std::size_t>(std::max<std::int64_t>(size, 0)), '\0');
  text.resize(file.read(std::as_writable_bytes(std::span(text))));
  if (file.lastError() != 0) {
    throw Failure(FailureKind::kInput, name, "a readable file", errnoText(file.lastError()));
  }
  return parseTokens(text, name);
}

}  // namespace hiss
