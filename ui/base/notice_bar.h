// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

#include "ui/base/notice.h"

class QLabel;
class QToolButton;

namespace hiss {

// A notice in the place that it belongs to: an icon, what happened and what to do, the details
// behind a fold, and a button that closes it. Hidden while there is nothing to say. Texts are plain
// text whatever they hold. [main-thread]
class NoticeBar : public QWidget {
  Q_OBJECT

 public:
  explicit NoticeBar(QWidget* parent = nullptr);

  void showNotice(const Notice& notice);
  void clear();
  [[nodiscard]] const Notice& notice() const noexcept { return notice_; }

 private:
  Notice notice_;
  QLabel* icon_ = nullptr;
  QLabel* text_ = nullptr;
  QLabel* details_ = nullptr;
  QToolButton* unfold_ = nullptr;
  QToolButton* close_ = nullptr;
};

}  // namespace hiss
