// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QCoreApplication>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/gui/sensors/monitor_session.h"
#include "app/gui/sensors/snapshot_maker.h"
#include "ui/sensors/sensor_feed.h"

namespace hiss {

// What the page of sensors sees of the engine. Two threads: one does what the page asks for, in
// order; the other one answers what the lanes shall show and tells how the monitor does. The
// window's thread waits for neither.
class EngineFeed final : public SensorFeed {
  Q_DECLARE_TR_FUNCTIONS(hiss::EngineFeed)

 public:
  struct Places {
    std::filesystem::path demo;        // empty: there is none
    std::filesystem::path forecaster;  // the usual one; empty: that of the models' folders
    std::filesystem::path labels;      // where what people say of alerts is kept
  };

  explicit EngineFeed(Places places);
  // Ends what runs.
  ~EngineFeed() override;

  [[nodiscard]] std::shared_ptr<const SensorSnapshot> snapshot() override;
  void ask(const LaneQuestion& question) override;
  [[nodiscard]] std::shared_ptr<const LaneAnswer> answer() override;
  void start(const SensorStart& what) override;
  void stop() override;
  void chooseStream(const QString& stream) override;
  void acknowledge(const QString& alert_id, const QString& note) override;
  void label(const QString& alert_id, const QString& label, const QString& note) override;
  void mute(const QString& stream, double seconds) override;
  void setFalseAlarms(double per_week) override;
  void saveRows(const QString& stream, std::int64_t begin, std::int64_t end,
                const QString& path) override;
  void savePicture(const QImage& picture, const QString& path) override;

 private:
  using Task = std::function<void()>;

  // What a task throws becomes a notice.
  void post(Task task);
  void work();
  void watch();
  void tell(const Notice& notice);
  void begin(const SensorStart& what);
  void publish();
  [[nodiscard]] std::shared_ptr<MonitorSession> session() const;
  void setSession(std::shared_ptr<MonitorSession> session, SensorSnapshot::Run run);

  Places places_;
  std::atomic<bool> ending_{false};
  SnapshotMaker maker_;  // of the watching thread
  std::string chosen_;   // stream, of the working thread

  mutable std::mutex mutex_;  // of all below; never held while something takes long
  std::condition_variable asked_;
  std::condition_variable posted_;
  std::deque<Task> tasks_;
  std::shared_ptr<MonitorSession> session_;
  SnapshotMaker::Frame frame_;
  std::optional<LaneQuestion> question_;
  std::shared_ptr<const LaneAnswer> answer_;
  std::shared_ptr<const SensorSnapshot> snapshot_;
  bool is_stale_ = false;  // the snapshot, without waiting for its time

  std::thread worker_;
  std::thread watcher_;
};

// The answer to a question about this history. [thread-safe]
LaneAnswer answerOf(const SensorHistory& history, const LaneQuestion& question);

}  // namespace hiss
