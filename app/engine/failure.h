// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace hiss {

// Which part of a job went wrong; the command line maps each kind to one exit code.
enum class FailureKind { kInternal, kUsage, kInput, kModel, kOutput, kCancelled };

// As reports for programs have it: "usage", "input", ... [thread-safe]
std::string_view nameOf(FailureKind kind);

// The one exception type of app/engine. Its text is a single line,
//   SUBJECT: expected EXPECTED, found FOUND
// with control characters of the parts written as \xNN, so that a file name cannot forge a
// second line. [thread-safe] once constructed.
class Failure : public std::runtime_error {
 public:
  Failure(FailureKind kind, std::string_view subject, std::string_view expected,
          std::string_view found);

  // Wraps a text of the form above that another layer made (ModelError, std::exception).
  Failure(FailureKind kind, std::string_view text);

  FailureKind kind() const noexcept { return kind_; }

 private:
  FailureKind kind_;
};

// The exception that is being handled, as a Failure: itself, or an internal one about `subject`.
// Only within a catch clause. [thread-safe]
Failure currentFailure(std::string_view subject);

// `text` with every control character written as \xNN.
std::string oneLine(std::string_view text);

// The system's words for an errno value ("No space left on device"). [thread-safe]
std::string errnoText(int error_number);

}  // namespace hiss
