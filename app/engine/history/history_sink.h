// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "app/engine/history/sensor_history.h"
#include "app/engine/history/watched_alerts.h"
#include "app/engine/monitor/sink.h"

namespace hiss {

// Keeps what a monitor of this process says: rows in a history, alerts in a list. Both must outlive
// this.
class HistorySink final : public Sink {
 public:
  HistorySink(std::string name, SensorHistory& history, WatchedAlerts& alerts)
      : name_(std::move(name)), history_(history), alerts_(alerts) {}

  void open(const std::string& token) override { static_cast<void>(token); }
  void score(const ScoredRow& row) override {
    history_.add(row);
    if (!row.alert_id.empty()) alerts_.noteRow(row);
    ++written_;
  }
  void alert(const AlertEvent& event) override {
    alerts_.note(event);
    ++written_;
  }
  void flush() override {}
  std::string checkpoint() override { return {}; }
  void close() noexcept override {}
  [[nodiscard]] SinkStatus status() const override {
    SinkStatus status;
    status.uri = name_;
    status.connected = true;
    status.written = written_;
    return status;
  }

 private:
  std::string name_;
  SensorHistory& history_;
  WatchedAlerts& alerts_;
  std::atomic<std::uint64_t> written_{0};
};

}  // namespace hiss
