// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QColor>
#include <QString>
#include <QWidget>

namespace hiss {

// One line of plain text that takes the width it is given. What does not fit is cut in its middle
// and stands whole in the tool tip. [main-thread]
class ElidedLabel : public QWidget {
  Q_OBJECT

 public:
  explicit ElidedLabel(QWidget* parent = nullptr);

  void setText(const QString& text);
  // An invalid colour stands for that of the palette.
  void setColour(const QColor& colour);

  const QString& text() const noexcept { return text_; }

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QString text_;
  QColor colour_;
};

}  // namespace hiss
