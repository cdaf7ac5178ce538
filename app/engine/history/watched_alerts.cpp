// SPDX-License-Identifier: Apache-2.0
#include "app/engine/history/watched_alerts.h"

namespace hiss {
namespace {

std::int64_t beginOf(const AlertEvent& event) {
  return event.begin_stamp_ns.value_or(static_cast<std::int64_t>(event.begin_row));
}

}  // namespace

WatchedAlerts::Mark& WatchedAlerts::markOf(const std::string& id) {
  if (marks_.size() > 2 * AlertBook::kMost) {
    std::erase_if(marks_, [&](const auto& each) { return book_.find(each.first) == nullptr; });
  }
  return marks_[id];
}

void WatchedAlerts::note(const AlertEvent& event) {
  const std::lock_guard lock(mutex_);
  book_.note(event);
  Mark& mark = markOf(event.id);
  if (event.phase == AlertPhase::kBegan) mark.is_on = true;
  if (event.phase == AlertPhase::kEnded) mark.is_on = false;
  if (event.phase == AlertPhase::kAcknowledged) mark.is_acknowledged = true;
  ++version_;
}

void WatchedAlerts::noteRow(const ScoredRow& row) {
  const std::lock_guard lock(mutex_);
  Mark& mark = markOf(std::string(row.alert_id));
  if (mark.has_peak && row.score <= mark.peak_score) return;
  mark.has_peak = true;
  mark.peak_score = row.score;
  mark.peak_at = row.stamp_ns.value_or(static_cast<std::int64_t>(row.row));
}

std::uint64_t WatchedAlerts::version() const {
  const std::lock_guard lock(mutex_);
  return version_;
}

std::vector<WatchedAlerts::Alert> WatchedAlerts::newest(std::size_t most) const {
  const std::lock_guard lock(mutex_);
  std::vector<Alert> alerts;
  for (AlertEvent& event : book_.newest(most)) {
    const Mark& mark = marks_.at(event.id);
    const std::int64_t peak = mark.has_peak ? mark.peak_at : beginOf(event);
    alerts.push_back({std::move(event), peak, mark.is_on, mark.is_acknowledged});
  }
  return alerts;
}

std::optional<AlertEvent> WatchedAlerts::find(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const AlertEvent* const known = book_.find(id);
  if (known == nullptr) return std::nullopt;
  return *known;
}

}  // namespace hiss
