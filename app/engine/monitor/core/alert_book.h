// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "app/engine/monitor/sink.h"

namespace hiss {

// The newest alerts, each as it was told last. Not thread-safe.
class AlertBook {
 public:
  static constexpr std::size_t kMost = 2000;

  // Later ones of the same id replace earlier ones; phases of people (acknowledged, labelled) leave
  // the alert's own.
  void note(const AlertEvent& event);
  // Newest first.
  [[nodiscard]] std::vector<AlertEvent> newest(std::size_t most) const;
  [[nodiscard]] const AlertEvent* find(const std::string& id) const;

 private:
  std::unordered_map<std::string, AlertEvent> alerts_;
  std::deque<std::string> order_;  // ids, oldest first
};

}  // namespace hiss
