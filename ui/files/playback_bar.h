// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>
#include <array>
#include <optional>
#include <utility>

class QCheckBox;
class QLabel;
class QPushButton;
class QRadioButton;
class QSlider;
class QToolButton;

namespace hiss {

// What is heard of a recording and what was made of it.
enum class HeardSide { kBefore, kAfter, kOther };

// What the player does, as the bar shows it.
struct PlayerView {
  bool can_play = false;
  bool is_playing = false;
  bool is_silent = false;  // there is no sound device
  double position_s = 0.0;
  double seconds = 0.0;
  QString trouble;  // why it does not play; empty: nothing
  bool operator==(const PlayerView&) const = default;
};

// Part of a recording that is played again and again, in seconds.
using PlayedLoop = std::optional<std::pair<double, double>>;

// Plays a finished file: before, after, or the difference, switched at any moment. [main-thread]
class PlaybackBar : public QWidget {
  Q_OBJECT

 public:
  explicit PlaybackBar(QWidget* parent = nullptr);

  void showPlayer(const PlayerView& view);
  // Names of after and of the difference depend on what was written.
  void setOutputIsRemoved(bool removed);
  // Marks the part that is played again and again.
  void setLoop(const PlayedLoop& loop);

  [[nodiscard]] HeardSide side() const;
  void setSide(HeardSide side);
  [[nodiscard]] bool isLevelMatched() const;
  [[nodiscard]] bool isPlaying() const noexcept { return view_.is_playing; }
  [[nodiscard]] const PlayedLoop& loop() const noexcept { return loop_; }

 signals:
  void playRequested(bool play);
  void seekRequested(double seconds);
  void sideChanged();  // or level matching
  void loopChanged();

 private:
  void makeWidgets();
  void showLoop();

  PlayerView view_;
  PlayedLoop loop_;
  QPushButton* play_ = nullptr;
  QSlider* position_ = nullptr;
  QLabel* time_ = nullptr;
  std::array<QRadioButton*, 3> sides_{};
  QCheckBox* matched_ = nullptr;
  QToolButton* clear_loop_ = nullptr;
  QLabel* trouble_ = nullptr;
};

}  // namespace hiss
