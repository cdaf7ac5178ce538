// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/feature_table.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "app/engine/failure.h"
#include "app/engine/sensors/table_reader.h"

namespace hiss {

FeatureTable readFeatureTable(const std::filesystem::path& path) {
  TableReader reader(path, {});
  FeatureTable table;
  table.columns = reader.channels();
  SensorRow row;
  while (reader.next(row)) {
    for (const double value : row.values) {
      const bool fits = std::fabs(value) <= std::numeric_limits<float>::max();  // and is no NaN
      table.values.push_back(fits ? static_cast<float>(value)
                                  : std::numeric_limits<float>::quiet_NaN());
    }
  }
  if (table.rows() < 2) {
    throw Failure(FailureKind::kInput, path == "-" ? "standard input" : path.string(),
                  "at least 2 rows", fmt::format("{}", table.rows()));
  }
  return table;
}

}  // namespace hiss
