// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace hiss {

// A pattern of file names as shells know it: * ? [abc] within a name, ** for any folders between.
//
//   FilePattern("rec/**/*.wav")   base() "rec", matches "a.wav" and "x/y/a.wav"
class FilePattern {
 public:
  // True if `text` has one of the characters * ? [ in it.
  static bool isPattern(const std::string& text);

  explicit FilePattern(const std::string& text);

  // The folders before the first name with such a character; "." if there are none.
  const std::filesystem::path& base() const noexcept { return base_; }

  // `relative`: a path below base(). Leading dots of hidden names match only a dot.
  bool matches(const std::filesystem::path& relative) const;

 private:
  std::filesystem::path base_;
  std::vector<std::string> names_;
};

}  // namespace hiss
