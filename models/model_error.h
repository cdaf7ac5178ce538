// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace hiss {

// Text of an untrusted file made fit for one line of an error message: control characters and bytes
// outside ASCII become \xNN, and anything past 80 characters is cut with "...".
[[nodiscard]] std::string printableText(std::string_view text);
// The same in quotation marks.
[[nodiscard]] std::string quotedText(std::string_view text);
// "[2, 3]".
[[nodiscard]] std::string shapeText(const std::vector<std::int64_t>& shape);

// What a model file is refused with. The text is one line:
//
//   PATH: FIELD: expected EXPECTED, found FOUND
//
// FIELD is a tensor's name or the place in the header. `field`, `expected` and `found` may hold
// text taken from the file if it went through printableText() first.
class ModelError : public std::runtime_error {
 public:
  ModelError(std::string path, std::string field, std::string expected, std::string found);

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const std::string& field() const { return field_; }
  [[nodiscard]] const std::string& expected() const { return expected_; }
  [[nodiscard]] const std::string& found() const { return found_; }

 private:
  std::string path_;
  std::string field_;
  std::string expected_;
  std::string found_;
};

}  // namespace hiss
