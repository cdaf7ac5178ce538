// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>
#include <array>

#include "ui/file_page.h"

class QLabel;

namespace hiss {

// The figures of the last run: levels before and after, model, SIMD set, cost and latency.
// [main-thread]
class NumbersPanel : public QWidget {
  Q_OBJECT

 public:
  enum Number { kInput, kOutput, kModel, kLimit, kSimd, kRtf, kLatency, kNumbers };

  explicit NumbersPanel(QWidget* parent = nullptr);

  void showResult(const DenoiseResult& result);
  void clear();

  QString value(Number number) const;

 private:
  std::array<QLabel*, kNumbers> values_{};
};

}  // namespace hiss
