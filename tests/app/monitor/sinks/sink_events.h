// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "app/engine/monitor/sink.h"

namespace hiss {

// A scored row for tests of sinks, with what it points to.
struct TestRow {
  TestRow(std::string name, std::uint64_t number,
          const std::vector<std::pair<std::string, double>>& fields)
      : stream(std::move(name)) {
    for (const auto& [channel, value] : fields) {
      channels.push_back(channel);
      values.push_back(value);
      verdicts.push_back({.low = -1.5f, .high = 1.5f});
    }
    row.row = number;
    row.p = 0.5;
    row.score = 0.125;
    row.alarm_p = 1e-5;
  }
  // Valid as long as this.
  const ScoredRow& get() {
    row.stream = stream;
    row.channels = channels;
    row.values = values;
    row.verdicts = verdicts;
    row.alert_id = alert_id;
    return row;
  }

  std::string stream;
  std::vector<std::string> channels;
  std::vector<double> values;
  std::vector<ChannelVerdict> verdicts;
  std::string alert_id;
  ScoredRow row;
};

inline AlertEvent testAlert(const std::string& id, const std::string& stream, AlertPhase phase) {
  AlertEvent event;
  event.id = id;
  event.stream = stream;
  event.phase = phase;
  event.begin_row = 40;
  event.end_row = 44;
  event.peak_score = 1.5;
  event.peak_p = 1e-8;
  event.top_channel = "flow";
  event.shares = {{"flow", 1.0}};
  event.values = {{"flow", 9.9}};
  event.text = stream + " is unusual";
  return event;
}

}  // namespace hiss
