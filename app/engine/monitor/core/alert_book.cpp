// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/alert_book.h"

#include <algorithm>

namespace hiss {

void AlertBook::note(const AlertEvent& event) {
  const auto [entry, is_new] = alerts_.try_emplace(event.id, event);
  if (!is_new) {
    const AlertPhase before = entry->second.phase;
    const bool of_people =
        event.phase == AlertPhase::kAcknowledged || event.phase == AlertPhase::kLabelled;
    entry->second = event;
    if (of_people) entry->second.phase = before;
    return;
  }
  order_.push_back(event.id);
  if (order_.size() <= kMost) return;
  alerts_.erase(order_.front());
  order_.pop_front();
}

std::vector<AlertEvent> AlertBook::newest(std::size_t most) const {
  std::vector<AlertEvent> newest;
  for (auto id = order_.rbegin(); id != order_.rend() && newest.size() < most; ++id) {
    newest.push_back(alerts_.at(*id));
  }
  return newest;
}

const AlertEvent* AlertBook::find(const std::string& id) const {
  const auto found = alerts_.find(id);
  return found == alerts_.end() ? nullptr : &found->second;
}

}  // namespace hiss
