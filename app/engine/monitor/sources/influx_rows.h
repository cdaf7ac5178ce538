// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/engine/monitor/observation.h"
#include "app/engine/monitor/sources/row_decoder.h"

namespace hiss {

// Whether a line can be of the Influx line protocol: "measurement[,tag=v] field=v[,field=v]
// [time]". [thread-safe]
bool looksLikeInflux(std::string_view line);

// Reads lines of the Influx line protocol. The stream is the measurement with its tags in the order
// of their names, "cpu,core=1,host=a", or with those that DecodeSettings::stream lists. Fields that
// are texts are left out. Times are nanoseconds, or what their size tells. Not thread-safe.
class InfluxRows {
 public:
  explicit InfluxRows(const DecodeSettings& settings);
  // Appends at most one row. False, with a sentence in `why`, if the line is malformed.
  bool decode(std::string_view line, std::vector<Observation>& rows, std::string& why);

 private:
  bool parseFields(std::string_view& rest, std::vector<Field>& fields, std::string& why) const;
  std::string streamOf(std::string measurement);

  std::vector<std::string> wanted_;  // names of tags; empty: all
  std::vector<std::pair<std::string, std::string>> tags_;
};

}  // namespace hiss
