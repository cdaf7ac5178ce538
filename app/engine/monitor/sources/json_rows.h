// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/monitor/observation.h"
#include "app/engine/monitor/sources/row_decoder.h"

namespace hiss {

// Reads JSON texts: an object is a row, an array of objects as many. Nested names are joined by
// dots ("fields.temp", "values.0"). Telegraf's messages (also its batches) and Home Assistant's
// states give stream and names as those programs mean them. Numbers that do not fit, NaN and null
// are missing values; texts that are numbers, on and off are values. Not thread-safe.
class JsonRows {
 public:
  static constexpr std::size_t kMostDepth = 16;

  explicit JsonRows(const DecodeSettings& settings);
  ~JsonRows();
  JsonRows(const JsonRows&) = delete;
  JsonRows& operator=(const JsonRows&) = delete;

  // False, with a sentence in `why` and nothing appended, if the text is malformed.
  bool decode(std::string_view text, std::string_view stream, std::vector<Observation>& rows,
              std::string& why);

 private:
  struct Handler;
  std::unique_ptr<Handler> handler_;
};

}  // namespace hiss
