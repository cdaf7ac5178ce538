// SPDX-License-Identifier: Apache-2.0
#include "ui/message_line.h"

#include <QPainter>

namespace hiss {
namespace {

constexpr int kLightText = 128;  // a window darker than this has light text

}  // namespace

MessageLine::MessageLine(QWidget* parent) : QFrame(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void MessageLine::showInfo(const QString& text) { show(text, false); }

void MessageLine::showError(const QString& text) { show(tr("Error: %1").arg(text), true); }

void MessageLine::show(const QString& text, bool is_error) {
  text_ = text.simplified();
  is_error_ = is_error;
  setToolTip(text_.toHtmlEscaped());
  setAccessibleName(text_);
  update();
}

QSize MessageLine::sizeHint() const {
  return {fontMetrics().horizontalAdvance(text_), fontMetrics().height() + 4};
}

QSize MessageLine::minimumSizeHint() const { return {80, fontMetrics().height() + 4}; }

void MessageLine::paintEvent(QPaintEvent* event) {
  QFrame::paintEvent(event);
  QPainter painter(this);
  QColor colour = palette().color(QPalette::WindowText);
  if (is_error_) {
    const bool is_dark = palette().color(QPalette::Window).lightness() < kLightText;
    colour = is_dark ? QColor(255, 138, 128) : QColor(179, 38, 30);
  }
  painter.setPen(colour);
  painter.drawText(contentsRect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                   fontMetrics().elidedText(text_, Qt::ElideMiddle, contentsRect().width()));
}

}  // namespace hiss
