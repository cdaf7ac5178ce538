// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace hiss {

// One measured value.
struct Field {
  std::string name;
  double value = 0.0;  // NaN or infinite: missing
};

// One row of one stream, as a source delivers it.
struct Observation {
  std::string stream;  // who measured: topic, measurement and tags, file, device; never empty
  // When, as the source says, in ns since 1970 (UTC). Empty: the source has no time of day; rows
  // count then. A live source without stamps gives the time of arrival.
  std::optional<std::int64_t> stamp_ns;
  std::vector<Field> fields;        // at least one; no name twice
  std::int64_t arrived_ns = 0;      // steady clock, when the source had it whole
  int shard = 0;                    // as SourceHost::openShard gave it; 0: the monitor's own
  std::uint64_t next_position = 0;  // where the source goes on after this row
  // Further rows of the same message follow at once. A saved state has all rows of a message or
  // none, so that where it goes on and what it has seen belong together.
  bool more = false;
};

}  // namespace hiss
