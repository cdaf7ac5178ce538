// SPDX-License-Identifier: Apache-2.0
#include "ui/live/sound_box.h"

#include <QAction>
#include <QCheckBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSlider>
#include <cmath>
#include <limits>

#include "ui/attenuation_slider.h"

namespace hiss {
namespace {

constexpr int kWholeMix = 100;
constexpr float kNoLimit = 1000.0F;  // in the settings

// One state, shown as a box on the page and as an action in the menu.
QAction* joinedAction(QCheckBox* box, const QKeySequence& keys, QObject* parent) {
  auto* const action = new QAction(box->text(), parent);
  action->setCheckable(true);
  action->setShortcut(keys);
  action->setToolTip(box->toolTip());
  QObject::connect(box, &QCheckBox::toggled, action, &QAction::setChecked);
  QObject::connect(action, &QAction::toggled, box, &QCheckBox::setChecked);
  return action;
}

QString percent(int value) { return SoundBox::tr("%1 %").arg(QLocale().toString(value)); }

}  // namespace

SoundBox::SoundBox(QWidget* parent)
    : QWidget(parent),
      limit_(new AttenuationSlider),
      mix_(new QSlider(Qt::Horizontal)),
      mix_value_(new QLabel(percent(kWholeMix))),
      hold_(new QPushButton(tr("Hold for the original"))),
      keep_(new QCheckBox(tr("&Keep the original"))),
      removed_(new QCheckBox(tr("Hear what is re&moved"))) {
  mix_->setRange(0, kWholeMix);
  mix_->setValue(kWholeMix);
  mix_->setPageStep(10);
  mix_->setToolTip(tr("How much of the denoised sound is heard: 0 % is the original"));
  mix_->setAccessibleName(tr("Share of the denoised sound in per cent"));
  mix_value_->setMinimumWidth(mix_value_->sizeHint().width());
  hold_->setToolTip(
      tr("The original is heard while this button, B or the space bar is held, without a click"));
  hold_->setAccessibleName(tr("Hold to hear the original"));
  keep_->setToolTip(tr("The original is heard until this is switched off"));
  removed_->setToolTip(
      tr("Only what the model takes out is heard: there should be no speech in it"));
  keep_action_ = joinedAction(keep_, Qt::CTRL | Qt::Key_B, this);
  removed_action_ = joinedAction(removed_, Qt::CTRL | Qt::Key_M, this);

  auto* const limit_label = new QLabel(tr("&Turn down by at most:"));
  limit_label->setBuddy(limit_);
  auto* const mix_label = new QLabel(tr("Mi&x:"));
  mix_label->setBuddy(mix_);
  auto* const sliders = new QHBoxLayout;
  sliders->addWidget(limit_label);
  sliders->addWidget(limit_, 3);
  sliders->addSpacing(12);
  sliders->addWidget(mix_label);
  sliders->addWidget(mix_, 2);
  sliders->addWidget(mix_value_);
  auto* const switches = new QHBoxLayout;
  switches->addWidget(hold_);
  switches->addWidget(keep_);
  switches->addWidget(removed_);
  switches->addStretch();
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->addLayout(sliders);
  column->addLayout(switches);

  connect(limit_, &AttenuationSlider::limitChanged, this, &SoundBox::tell);
  connect(mix_, &QSlider::valueChanged, this, [this](int value) {
    mix_value_->setText(percent(value));
    tell();
  });
  connect(hold_, &QPushButton::pressed, this, [this] { holdOriginal(true); });
  connect(hold_, &QPushButton::released, this, [this] { holdOriginal(false); });
  connect(keep_, &QCheckBox::toggled, this, &SoundBox::tell);
  connect(removed_, &QCheckBox::toggled, this, &SoundBox::tell);
}

LiveSound SoundBox::sound() const {
  LiveSound sound;
  sound.limit_db = limit_->limitDb();
  sound.mix = static_cast<float>(mix_->value()) / kWholeMix;
  sound.bypass = held_ || keep_->isChecked();
  sound.removed = removed_->isChecked();
  return sound;
}

void SoundBox::holdOriginal(bool held) {
  if (held_ == held) return;
  held_ = held;
  // Also when it was a key that was pressed.
  const QSignalBlocker no_signals(hold_);
  hold_->setDown(held);
  tell();
}

void SoundBox::saveSettings(QSettings& settings) const {
  const float limit_db = limit_->limitDb();
  settings.setValue("limit_db", std::isfinite(limit_db) ? limit_db : kNoLimit);
  settings.setValue("mix", mix_->value());
}

void SoundBox::restoreSettings(QSettings& settings) {
  limit_->setLimitDb(settings.value("limit_db", kNoLimit).toFloat());
  mix_->setValue(settings.value("mix", kWholeMix).toInt());
}

}  // namespace hiss
