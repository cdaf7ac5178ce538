// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QFrame>
#include <QString>

namespace hiss {

// One line of text that says what happened last. What does not fit is cut in its middle and stands
// whole in the tool tip. [main-thread]
class MessageLine : public QFrame {
  Q_OBJECT

 public:
  explicit MessageLine(QWidget* parent = nullptr);

  void showInfo(const QString& text);
  // Marked by a word, too, not by colour alone.
  void showError(const QString& text);

  const QString& text() const noexcept { return text_; }
  bool isError() const noexcept { return is_error_; }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  void show(const QString& text, bool is_error);

  QString text_;
  bool is_error_ = false;
};

}  // namespace hiss
