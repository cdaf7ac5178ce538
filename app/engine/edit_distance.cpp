// SPDX-License-Identifier: Apache-2.0
#include "app/engine/edit_distance.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace hiss {

std::size_t editDistance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::optional<std::string> closestName(std::string_view wanted,
                                       const std::set<std::string>& names) {
  constexpr std::size_t kMostLetters = 64;  // longer texts are no misspelt names
  if (wanted.empty() || wanted.size() > kMostLetters) return std::nullopt;
  std::optional<std::string> closest;
  std::size_t least = std::max<std::size_t>(2, wanted.size() / 3) + 1;
  for (const std::string& name : names) {
    const std::size_t distance = editDistance(wanted, name);
    if (distance < least && distance < name.size()) {
      least = distance;
      closest = name;
    }
  }
  return closest;
}

std::string quotedList(const std::set<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "\"" : ", \"") + name + "\"";
  }
  return text;
}

}  // namespace hiss
