// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "app/engine/monitor/core/alert_book.h"
#include "app/engine/monitor/sink.h"

namespace hiss {

// The newest alerts of a run, also after its end, with the moments of their greatest scores.
// [thread-safe]
class WatchedAlerts {
 public:
  struct Alert {
    AlertEvent event;          // as it was told last
    std::int64_t peak_at = 0;  // moment of its greatest score; see models/sensor_view.h
    bool is_on = false;
    bool is_acknowledged = false;
  };

  void note(const AlertEvent& event);
  // A row on which an alert is on.
  void noteRow(const ScoredRow& row);

  // Grows with every change but those of noteRow.
  [[nodiscard]] std::uint64_t version() const;
  // Newest first.
  [[nodiscard]] std::vector<Alert> newest(std::size_t most) const;
  [[nodiscard]] std::optional<AlertEvent> find(const std::string& id) const;

 private:
  struct Mark {
    double peak_score = 0.0;
    std::int64_t peak_at = 0;
    bool has_peak = false;
    bool is_on = false;
    bool is_acknowledged = false;
  };

  Mark& markOf(const std::string& id);

  mutable std::mutex mutex_;
  AlertBook book_;
  std::unordered_map<std::string, Mark> marks_;  // of the book's alerts
  std::uint64_t version_ = 0;
};

}  // namespace hiss
