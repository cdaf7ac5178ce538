// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/control/monitor_controls.h"

#include <utility>

#include "app/engine/monitor/monitor.h"

namespace hiss {
namespace {

class ControlsOfMonitor final : public MonitorControls {
 public:
  ControlsOfMonitor(Monitor& monitor, std::function<void()> reload)
      : monitor_(monitor), reload_(std::move(reload)) {}

  MonitorStatus status() override { return monitor_.status(); }
  std::vector<AlertEvent> alerts(std::size_t most) override { return monitor_.alerts(most); }
  bool acknowledge(const std::string& id, const std::string& note) override {
    return monitor_.acknowledge(id, note);
  }
  bool label(const std::string& id, const std::string& label, const std::string& note) override {
    return monitor_.label(id, label, note);
  }
  void mute(const std::string& stream_glob, double seconds) override {
    monitor_.mute(stream_glob, seconds);
  }
  void save() override { monitor_.save(); }
  void reload() override { reload_(); }

 private:
  Monitor& monitor_;
  std::function<void()> reload_;
};

}  // namespace

std::unique_ptr<MonitorControls> controlsOf(Monitor& monitor, std::function<void()> reload) {
  return std::make_unique<ControlsOfMonitor>(monitor, std::move(reload));
}

}  // namespace hiss
