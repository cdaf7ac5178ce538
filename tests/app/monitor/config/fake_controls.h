// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "app/engine/monitor/control/monitor_controls.h"

namespace hiss {

// A monitor that only writes down what it was asked for. Set up before it is used.
class FakeControls final : public MonitorControls {
 public:
  MonitorStatus state;
  std::vector<AlertEvent> known;       // alerts, newest first
  std::function<void()> while_saving;  // may throw

  MonitorStatus status() override { return state; }
  std::vector<AlertEvent> alerts(std::size_t most) override {
    std::vector<AlertEvent> some = known;
    if (some.size() > most) some.resize(most);
    return some;
  }
  bool acknowledge(const std::string& id, const std::string& note) override {
    return write("ack " + id + " [" + note + "]") && knows(id);
  }
  bool label(const std::string& id, const std::string& label, const std::string& note) override {
    return write("label " + id + " " + label + " [" + note + "]") && knows(id);
  }
  void mute(const std::string& stream_glob, double seconds) override {
    write("mute " + stream_glob + " " + std::to_string(seconds));
  }
  void save() override {
    write("save");
    if (while_saving) while_saving();
  }
  void reload() override { write("reload"); }

  std::vector<std::string> calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
  }

 private:
  bool write(std::string call) {
    const std::lock_guard lock(mutex_);
    calls_.push_back(std::move(call));
    return true;
  }
  bool knows(const std::string& id) const {
    for (const AlertEvent& alert : known) {
      if (alert.id == id) return true;
    }
    return false;
  }

  mutable std::mutex mutex_;
  std::vector<std::string> calls_;
};

// An alert of a pump at a known time.
inline AlertEvent pumpAlert(const std::string& id) {
  AlertEvent event;
  event.id = id;
  event.stream = "plant/pump";
  event.begin_row = 40;
  event.end_row = 44;
  event.begin_stamp_ns = 1'795'358'405'250'000'000;
  event.peak_score = 1.5;
  event.peak_p = 1e-8;
  event.top_channel = "flow";
  event.text = "something is unusual";
  return event;
}

}  // namespace hiss
