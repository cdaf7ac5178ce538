// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "app/engine/live/live_desk.h"
#include "models/model_registry.h"
#include "ui/live/live_engine.h"

namespace hiss {

class LivePage;

// What the system offers; tests offer something else. Called in the desk's thread.
struct LiveSystem {
  std::function<std::vector<AudioDeviceInfo>()> list = listAudioDevices;
  std::function<std::unique_ptr<AudioDevice>()> make = makeSystemAudioDevice;
};

// Joins the live page with the engine: devices are opened, watched and closed, and models loaded,
// in a thread of its own, so that one that hangs never holds the window up. [main-thread]
class LiveBridge : public QObject, private LiveEngine {
  Q_OBJECT

 public:
  // `page` must outlive this.
  LiveBridge(LivePage& page, const ModelRegistry& registry, LiveSystem system = {});
  // Completes a recording, but does not wait for a device that hangs.
  ~LiveBridge() override;

 private:
  void start(const LiveSetup& setup) override;
  void stop() override { desk_.stop(); }
  void setSound(const LiveSound& sound) override;
  void record(const QString& in_path, const QString& out_path) override;
  void stopRecording() override { desk_.stopRecording(); }
  bool latestStatus(LiveStatus& status) override;
  bool latestChoices(LiveChoices& choices) override;
  std::optional<Notice> nextNotice() override;
  std::size_t takeSound(std::span<float> pairs, LiveStream& stream) override;
  [[nodiscard]] std::shared_ptr<StateTap> stateTap() const override;

  [[nodiscard]] bool hasOutputs() const;
  [[nodiscard]] QString describe(const LiveDeskStatus& status) const;
  [[nodiscard]] std::optional<Notice> noticeOf(const LiveEvent& event);
  [[nodiscard]] Notice refusedDevice(const LiveEvent& event) const;

  LivePage& page_;
  LiveSystem system_;
  std::optional<std::filesystem::path> demo_;
  bool has_pactl_;
  LiveSetup setup_;  // asked for last
  QString refused_model_;
  LiveOffer offer_;
  QString device_failure_;  // told last
  std::optional<Notice> no_devices_;
  bool priority_told_ = false;
  LiveDeskStatus desk_status_;
  std::shared_ptr<LiveFeed> feed_;
  LiveDesk desk_;
};

}  // namespace hiss
