// SPDX-License-Identifier: Apache-2.0
#include "ui/files/share_delegate.h"

#include <QLocale>
#include <QPainter>
#include <cmath>

#include "ui/base/plot_colours.h"
#include "ui/files/file_queue_model.h"

namespace hiss {

void ShareDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const {
  constexpr int kInset = 2;
  constexpr float kTint = 0.35F;
  const QVariant share = index.data(FileQueueModel::kShareRole);
  if (!share.isValid()) {
    QStyledItemDelegate::paint(painter, option, index);
    return;
  }
  const PlotColours colours = plotColours(option.palette);
  const QRect whole = option.rect.adjusted(kInset, kInset, -kInset, -kInset);
  QRectF bar = whole;
  bar.setWidth(bar.width() * share.toDouble());
  QColor tint = colours.good;
  tint.setAlphaF(kTint);
  painter->fillRect(whole, colours.grid);
  painter->fillRect(bar, tint);
  painter->setPen(colours.text);
  painter->drawText(
      whole, Qt::AlignCenter,
      tr("%1 %", "per cent").arg(QLocale().toString(static_cast<int>(100.0 * share.toDouble()))));
}

}  // namespace hiss
