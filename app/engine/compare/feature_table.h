// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace hiss {

// The rows of a table as they go into a model.
struct FeatureTable {
  std::vector<std::string> columns;  // names
  std::vector<float> values;         // [rows, columns]; NaN: missing

  [[nodiscard]] std::size_t rows() const { return values.size() / columns.size(); }
  [[nodiscard]] const float* row(std::size_t index) const {
    return values.data() + index * columns.size();
  }
};

// Reads the columns of numbers, without the time, of any table that `hiss detect` reads; "-" is
// standard input. What no float can hold is missing. Throws Failure(kInput), also for fewer than
// two rows. [main-thread]
[[nodiscard]] FeatureTable readFeatureTable(const std::filesystem::path& path);

}  // namespace hiss
