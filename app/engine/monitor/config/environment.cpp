// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/config/environment.h"

#include <fmt/format.h>
#include <stdlib.h>

#include <algorithm>
#include <stdexcept>

namespace hiss {
namespace {

constexpr std::string_view kBegin = "${";

bool isName(std::string_view text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  };
  return !text.empty() && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

std::string valueOf(std::string_view name) {
  if (!isName(name)) {
    throw std::invalid_argument(
        "expected \"${NAME}\" of an environment variable (or \"$${\" for \"${\" itself), found "
        "another text after \"${\"");
  }
  const std::string variable(name);
  const char* const value = ::getenv(variable.c_str());  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr) {
    throw std::invalid_argument(
        fmt::format("expected the environment variable {}, found none of that name", name));
  }
  return value;
}

}  // namespace

std::string expandVariables(std::string_view text) {
  std::string result;
  while (true) {
    const std::size_t at = text.find(kBegin);
    result += text.substr(0, at);
    if (at == std::string_view::npos) return result;
    const bool is_escaped = at > 0 && text[at - 1] == '$';
    text.remove_prefix(at + kBegin.size());
    if (is_escaped) {
      result += '{';  // of "$${" the "$" is there already
      continue;
    }
    const std::size_t end = std::min(text.find('}'), text.size());
    result += valueOf(end == text.size() ? std::string_view() : text.substr(0, end));
    text.remove_prefix(end + 1);
  }
}

}  // namespace hiss
