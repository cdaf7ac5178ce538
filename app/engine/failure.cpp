// SPDX-License-Identifier: Apache-2.0
#include "app/engine/failure.h"

#include <fmt/format.h>

#include <exception>
#include <new>
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

std::string_view nameOf(FailureKind kind) {
  switch (kind) {
    case FailureKind::kUsage:
      return "usage";
    case FailureKind::kInput:
      return "input";
    case FailureKind::kModel:
      return "model";
    case FailureKind::kOutput:
      return "output";
    case FailureKind::kCancelled:
      return "cancelled";
    case FailureKind::kInternal:
      break;
  }
  return "internal";
}

Failure currentFailure(std::string_view subject) {
  try {
    throw;
  } catch (const Failure& failure) {
    return failure;
  } catch (const std::bad_alloc&) {
    return {FailureKind::kInternal, subject, "enough memory", "too little"};
  } catch (const std::exception& error) {
    return {FailureKind::kInternal, subject, "no internal error", error.what()};
  }
}

}  // namespace hiss
