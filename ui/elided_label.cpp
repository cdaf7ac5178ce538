// SPDX-License-Identifier: Apache-2.0
#include "ui/elided_label.h"

#include <QPainter>

namespace hiss {
namespace {

constexpr int kMinWidth = 80;
constexpr int kMargin = 4;

}  // namespace

ElidedLabel::ElidedLabel(QWidget* parent) : QWidget(parent) {
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void ElidedLabel::setText(const QString& text) {
  text_ = text.simplified();
  setToolTip(text_.toHtmlEscaped());
  setAccessibleName(text_);
  update();
}

void ElidedLabel::setColour(const QColor& colour) {
  colour_ = colour;
  update();
}

QSize ElidedLabel::sizeHint() const { return minimumSizeHint(); }

QSize ElidedLabel::minimumSizeHint() const { return {kMinWidth, fontMetrics().height() + kMargin}; }

void ElidedLabel::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setPen(colour_.isValid() ? colour_ : palette().color(QPalette::WindowText));
  painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextSingleLine,
                   fontMetrics().elidedText(text_, Qt::ElideMiddle, width()));
}

}  // namespace hiss
