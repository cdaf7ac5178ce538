// SPDX-License-Identifier: Apache-2.0
#include "app/engine/file_pattern.h"

#include <fnmatch.h>

namespace hiss {
namespace {

namespace fs = std::filesystem;
using Names = std::vector<std::string>;

constexpr const char* kSpecial = "*?[";
constexpr const char* kAnyFolders = "**";

bool matchFrom(const Names& pattern, std::size_t p, const Names& path, std::size_t n) {
  if (p == pattern.size()) return n == path.size();
  if (pattern[p] != kAnyFolders) {
    return n < path.size() &&
           ::fnmatch(pattern[p].c_str(), path[n].c_str(), FNM_PERIOD | FNM_NOESCAPE) == 0 &&
           matchFrom(pattern, p + 1, path, n + 1);
  }
  for (std::size_t next = n; next <= path.size(); ++next) {
    if (matchFrom(pattern, p + 1, path, next)) return true;
  }
  return false;
}

}  // namespace

bool FilePattern::isPattern(const std::string& text) {
  return text.find_first_of(kSpecial) != std::string::npos;
}

FilePattern::FilePattern(const std::string& text) {
  for (const fs::path& part : fs::path(text)) {
    const std::string name = part.string();
    if (name.empty()) continue;  // of a trailing slash
    // Several ** after each other mean no more than one, but would take long to try.
    if (name == kAnyFolders && !names_.empty() && names_.back() == kAnyFolders) continue;
    if (names_.empty() && !isPattern(name)) {
      base_ /= part;
    } else {
      names_.push_back(name);
    }
  }
  if (base_.empty()) base_ = ".";
}

bool FilePattern::matches(const fs::path& relative) const {
  Names path;
  for (const fs::path& part : relative) path.push_back(part.string());
  return matchFrom(names_, 0, path, 0);
}

}  // namespace hiss
