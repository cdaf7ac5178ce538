// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QSettings>
#include <QWidget>

#include "ui/live/live_values.h"

class QAction;
class QCheckBox;
class QLabel;
class QPushButton;
class QSlider;

namespace hiss {

class AttenuationSlider;

// What is changed while sound runs: limit, mix, original or denoised, or what was removed.
// [main-thread]
class SoundBox : public QWidget {
  Q_OBJECT

 public:
  explicit SoundBox(QWidget* parent = nullptr);

  [[nodiscard]] LiveSound sound() const;
  // For as long as a key or the button is held.
  void holdOriginal(bool held);
  [[nodiscard]] bool isOriginalHeld() const { return held_; }

  // With shortcuts, for a menu.
  [[nodiscard]] QAction* keepOriginalAction() const { return keep_action_; }
  [[nodiscard]] QAction* removedAction() const { return removed_action_; }

  void saveSettings(QSettings& settings) const;
  void restoreSettings(QSettings& settings);

 signals:
  void soundChanged(const hiss::LiveSound& sound);

 private:
  void tell() { emit soundChanged(sound()); }

  AttenuationSlider* limit_;
  QSlider* mix_;
  QLabel* mix_value_;
  QPushButton* hold_;
  QCheckBox* keep_;
  QCheckBox* removed_;
  QAction* keep_action_;
  QAction* removed_action_;
  bool held_ = false;
};

}  // namespace hiss
