// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

class QLabel;
class QSlider;

namespace hiss {

// Chooses by how many decibels noise is turned down at most: 1 to 60 dB, and "no limit" at the
// right end, where it starts. [main-thread]
class AttenuationSlider : public QWidget {
  Q_OBJECT

 public:
  static constexpr int kMaxDb = 60;

  explicit AttenuationSlider(QWidget* parent = nullptr);

  // Infinity stands for no limit.
  float limitDb() const;
  // Rounded to whole decibels; what lies above kMaxDb means no limit.
  void setLimitDb(float limit_db);

 signals:
  void limitChanged(float limit_db);

 private:
  void showValue();

  QSlider* slider_;
  QLabel* value_;
};

// "12 dB" or "no limit".
QString limitText(float limit_db);

}  // namespace hiss
