// SPDX-License-Identifier: Apache-2.0
#include "app/engine/failure.h"

#include <fmt/format.h>

#include <system_error>

namespace hiss {

std::string oneLine(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      line += fmt::format("\\x{:02x}", byte);
    } else {
      line += c;
    }
  }
  return line;
}

std::string errnoText(int error_number) { return std::generic_category().message(error_number); }

Failure::Failure(FailureKind kind, std::string_view subject, std::string_view expected,
                 std::string_view found)
    : std::runtime_error(
          oneLine(fmt::format("{}: expected {}, found {}", subject, expected, found))),
      kind_(kind) {}

Failure::Failure(FailureKind kind, std::string_view text)
    : std::runtime_error(oneLine(text)), kind_(kind) {}

}  // namespace hiss
