// SPDX-License-Identifier: Apache-2.0
#include "ui/files/playback_bar.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QRadioButton>
#include <QSignalBlocker>
#include <QSlider>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>
#include <cmath>

#include "ui/files/file_queue_model.h"

namespace hiss {
namespace {

constexpr int kStepsPerSecond = 20;
constexpr double kMostSteps = 1e9;

int stepOf(double seconds) {
  return static_cast<int>(std::min(kMostSteps, std::round(seconds * kStepsPerSecond)));
}

}  // namespace

PlaybackBar::PlaybackBar(QWidget* parent) : QWidget(parent) {
  makeWidgets();
  auto* const rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  auto* const transport = new QHBoxLayout;
  transport->addWidget(play_);
  transport->addWidget(position_, 1);
  transport->addWidget(time_);
  auto* const choice = new QHBoxLayout;
  choice->addWidget(new QLabel(tr("Hear")));
  for (QRadioButton* const side : sides_) choice->addWidget(side);
  choice->addSpacing(8);
  choice->addWidget(matched_);
  choice->addWidget(clear_loop_);
  choice->addStretch(1);
  rows->addLayout(transport);
  rows->addLayout(choice);
  rows->addWidget(trouble_);
  setOutputIsRemoved(false);
  showLoop();
  showPlayer(PlayerView());
}

void PlaybackBar::makeWidgets() {
  play_ = new QPushButton;
  play_->setToolTip(tr("Play or pause (Space)"));
  play_->setAccessibleName(tr("Play or pause"));
  position_ = new QSlider(Qt::Horizontal);
  position_->setToolTip(tr("Position in the recording"));
  position_->setAccessibleName(position_->toolTip());
  position_->setSingleStep(kStepsPerSecond);
  position_->setPageStep(5 * kStepsPerSecond);
  time_ = new QLabel;
  time_->setAccessibleName(tr("Time played"));
  for (QRadioButton*& side : sides_) {
    side = new QRadioButton;
    connect(side, &QRadioButton::toggled, this, [this](bool checked) {
      if (checked) emit sideChanged();
    });
  }
  sides_[0]->setText(tr("&Before"));
  sides_[0]->setToolTip(tr("Hear the recording as it was (1)"));
  sides_[1]->setChecked(true);
  matched_ = new QCheckBox(tr("Same &loudness"));
  matched_->setToolTip(
      tr("Turns the louder of before and after down, so that you compare sound, not loudness"));
  clear_loop_ = new QToolButton;
  clear_loop_->setToolTip(tr("Play all again instead of the marked part only"));
  trouble_ = new QLabel;
  trouble_->setWordWrap(true);
  trouble_->setTextFormat(Qt::PlainText);
  connect(play_, &QPushButton::clicked, this, [this] { emit playRequested(!view_.is_playing); });
  connect(position_, &QSlider::valueChanged, this,
          [this](int value) { emit seekRequested(static_cast<double>(value) / kStepsPerSecond); });
  connect(matched_, &QCheckBox::toggled, this, &PlaybackBar::sideChanged);
  connect(clear_loop_, &QToolButton::clicked, this, [this] { setLoop({}); });
}

void PlaybackBar::showPlayer(const PlayerView& view) {
  if (view == view_ && !play_->text().isEmpty()) return;
  if (view.is_playing != view_.is_playing || play_->text().isEmpty()) {
    play_->setText(view.is_playing ? tr("Pause") : tr("Play"));
    play_->setIcon(
        style()->standardIcon(view.is_playing ? QStyle::SP_MediaPause : QStyle::SP_MediaPlay));
  }
  view_ = view;
  play_->setEnabled(view.can_play);
  position_->setEnabled(view.can_play);
  if (!position_->isSliderDown()) {
    const QSignalBlocker blocker(position_);
    position_->setRange(0, stepOf(view.seconds));
    position_->setValue(stepOf(view.position_s));
  }
  time_->setText(tr("%1 of %2", "time played, length")
                     .arg(lengthText(view.position_s), lengthText(view.seconds)));
  QString trouble = view.trouble;
  if (trouble.isEmpty() && view.is_silent) {
    trouble =
        tr("There is no sound output: it plays without being heard. Plug in headphones or "
           "speakers and press Play again.");
  }
  trouble_->setText(trouble);
  trouble_->setVisible(!trouble.isEmpty());
}

void PlaybackBar::setOutputIsRemoved(bool removed) {
  sides_[1]->setText(removed ? tr("&Removed") : tr("&After"));
  sides_[2]->setText(removed ? tr("&After") : tr("&Removed"));
  sides_[1]->setToolTip(removed ? tr("Hear what was taken out (2)")
                                : tr("Hear the cleaned recording (2)"));
  sides_[2]->setToolTip(removed ? tr("Hear the cleaned recording (3)")
                                : tr("Hear what was taken out (3)"));
}

void PlaybackBar::setLoop(const PlayedLoop& loop) {
  loop_ = loop;
  showLoop();
  emit loopChanged();
}

void PlaybackBar::showLoop() {
  clear_loop_->setVisible(loop_.has_value());
  if (loop_) {
    clear_loop_->setText(
        tr("End loop %1 – %2").arg(lengthText(loop_->first), lengthText(loop_->second)));
  }
}

HeardSide PlaybackBar::side() const {
  if (sides_[0]->isChecked()) return HeardSide::kBefore;
  return sides_[1]->isChecked() ? HeardSide::kAfter : HeardSide::kOther;
}

void PlaybackBar::setSide(HeardSide side) {
  sides_[static_cast<std::size_t>(side)]->setChecked(true);
}

bool PlaybackBar::isLevelMatched() const { return matched_->isChecked(); }

}  // namespace hiss
