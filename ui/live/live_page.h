// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <memory>
#include <vector>

#include "ui/base/page.h"
#include "ui/live/live_engine.h"

class QComboBox;
class QLabel;
class QPushButton;
class QToolButton;

namespace hiss {

class LatencyPanel;
class LevelBar;
class LiveView;
class NoticeBar;
class SetupBox;
class SoundBox;

// Sound from a microphone to loudspeakers or another program, denoised on the way, and all that can
// be seen of it. [main-thread]
class LivePage : public Page {
  Q_OBJECT

 public:
  explicit LivePage(QWidget* parent = nullptr);
  ~LivePage() override;

  // Where sound is asked for; null: nowhere. Must outlive the page or be taken away before.
  void setEngine(LiveEngine* engine);

  void start();
  void stop();
  // See LiveEngine::record.
  void record(const QString& in_path, const QString& out_path);
  void stopRecording();

  [[nodiscard]] const LiveStatus& status() const { return status_; }
  [[nodiscard]] SetupBox& setupBox() { return *setup_; }
  [[nodiscard]] SoundBox& soundBox() { return *sound_; }
  [[nodiscard]] LiveView& view() { return *view_; }
  [[nodiscard]] const NoticeBar& notices() const { return *notices_; }
  [[nodiscard]] LevelBar& inputLevel() { return *in_level_; }
  [[nodiscard]] LevelBar& outputLevel() { return *out_level_; }

  [[nodiscard]] QString title() const override { return tr("Live"); }
  [[nodiscard]] QList<QAction*> pageActions() const override { return actions_; }
  [[nodiscard]] std::shared_ptr<StateTap> stateTap() const override { return tap_; }
  void frame(double now_s) override;
  void saveSettings(QSettings& settings) const override;
  void restoreSettings(QSettings& settings) override;
  [[nodiscard]] QString runningTask() const override;
  // A model, to be used from now on.
  bool openFiles(const QStringList& paths) override;

 protected:
  void showEvent(QShowEvent* event) override;
  void hideEvent(QHideEvent* event) override;
  // Keys that are held, whatever part of the window has the focus.
  bool eventFilter(QObject* watched, QEvent* event) override;

 private:
  enum class Recorded { kOut, kIn, kBoth };

  void layOut();
  void makeActions();
  void makeRecordMenu();
  void askAndRecord(Recorded what);
  void toggleRunning();
  void setupChanged();
  void takeSound();
  void showStatus(double now_s);
  [[nodiscard]] QString statusText() const;
  [[nodiscard]] bool isHoldKey(QObject* watched, int key) const;

  bool demo_waits_ = false;
  LiveEngine* engine_ = nullptr;
  LiveStatus status_;
  LiveStream stream_;
  std::vector<float> pairs_;
  std::shared_ptr<StateTap> tap_;

  NoticeBar* notices_;
  SetupBox* setup_;
  QPushButton* start_;
  QToolButton* record_;
  QPushButton* stop_recording_;
  QLabel* state_;
  QComboBox* span_;
  LiveView* view_;
  LevelBar* in_level_;
  LevelBar* out_level_;
  SoundBox* sound_;
  LatencyPanel* latency_;
  QAction* start_action_ = nullptr;
  QList<QAction*> record_actions_;
  QAction* stop_recording_action_ = nullptr;
  QList<QAction*> actions_;
};

}  // namespace hiss
