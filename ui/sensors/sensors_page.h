// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <memory>
#include <optional>

#include "ui/base/page.h"
#include "ui/sensors/sensor_feed.h"
#include "ui/sensors/source_form.h"

class QLabel;
class QSplitter;
class QToolButton;
class QTreeView;

namespace hiss {

class AlertPanel;
class LanesView;
class NoticeBar;
class StreamModel;

// The page that watches sensors: the source, its streams, the lanes of those that are chosen, the
// alerts. Pulls all that it shows from its feed, once a frame. [main-thread]
class SensorsPage : public Page {
  Q_OBJECT

 public:
  explicit SensorsPage(QWidget* parent = nullptr);
  ~SensorsPage() override;

  // `feed` must outlive its use; null: there is none any more.
  void setFeed(SensorFeed* feed);
  void setForecasters(const std::vector<ForecasterChoice>& choices);

  [[nodiscard]] QString title() const override;
  [[nodiscard]] QList<QAction*> pageActions() const override;
  [[nodiscard]] std::shared_ptr<StateTap> stateTap() const override;
  void frame(double now_s) override;
  void saveSettings(QSettings& settings) const override;
  void restoreSettings(QSettings& settings) override;
  [[nodiscard]] QString runningTask() const override;
  bool openFiles(const QStringList& paths) override;

  [[nodiscard]] SourceForm& form() noexcept { return *form_; }
  [[nodiscard]] LanesView& lanes() noexcept { return *lanes_; }
  [[nodiscard]] AlertPanel& alerts() noexcept { return *alerts_; }

 private:
  enum Act {
    kStart,
    kStop,
    kDemo,
    kLive,
    kZoomIn,
    kZoomOut,
    kAll,
    kNormal,
    kFault,
    kSeen,
    kRows,
    kPicture,
    kActs
  };

  void addActions();
  void layOut();
  void connectParts();
  QToolButton* buttonOf(Act act);
  QToolButton* muteButton();
  void start();
  void startDemo();
  void showSnapshot(const SensorSnapshot& snapshot);
  void showStatus(const SensorSnapshot& snapshot);
  void showAnswer();
  void chooseStreams();
  void jumpTo(const SensorAlert& alert);
  void mute(double seconds);
  void saveRows();
  void savePicture();

  SensorFeed* feed_ = nullptr;
  std::shared_ptr<const SensorSnapshot> snapshot_;
  std::array<QAction*, kActs> acts_{};
  QAction* separator_;
  SourceForm* form_;
  NoticeBar* notice_;
  QLabel* status_;
  StreamModel* streams_;
  QTreeView* stream_list_;
  LanesView* lanes_;
  QLabel* readout_;
  AlertPanel* alerts_;
  QSplitter* columns_;
  QSplitter* rows_;
  bool wants_answer_ = false;
  bool demo_waits_ = false;  // for a feed
  bool has_chosen_ = false;  // streams, by hand
  double next_ask_s_ = 0.0;
  double now_s_ = 0.0;
};

}  // namespace hiss
