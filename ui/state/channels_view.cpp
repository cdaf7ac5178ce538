// SPDX-License-Identifier: Apache-2.0
#include "ui/state/channels_view.h"

#include <QPainter>

#include "ui/base/plot_colours.h"
#include "ui/state/state_colours.h"
#include "ui/state/state_text.h"

namespace hiss {

ChannelsView::ChannelsView(StateModel& model, Value value, bool has_times, QWidget* parent)
    : TimeView(model, has_times, parent), value_(value) {}

std::span<const QRgb> ChannelsView::scaleColours() const { return colours(); }

const std::array<QRgb, 256>& ChannelsView::colours() const {
  return value_ == Value::kDt ? sequentialColours()
                              : divergingColours(plotColours(palette()).is_dark);
}

void ChannelsView::paintPlot(QPainter& painter, const QRect& plot, const PlotColours& /*colours*/,
                             int thickness) {
  ScrollingImage& picture = value_ == Value::kDt ? model().dtPicture() : model().gatePicture();
  picture.setColours(colours());
  const auto end = static_cast<double>(picture.columns());
  picture.paint(painter, plot, end, model().kept());
  // The followed channel, beside the picture so that it hides nothing.
  const int channels = model().layer().d_inner;
  const int y =
      plot.bottom() - (2 * model().followed().channel + 1) * plot.height() / (2 * channels);
  const int mark = 4 * thickness;
  painter.setPen(Qt::NoPen);
  painter.setBrush(palette().color(QPalette::Highlight));
  painter.drawPolygon(QPolygon({QPoint(plot.left(), y - mark), QPoint(plot.left() + 2 * mark, y),
                                QPoint(plot.left(), y + mark)}));
}

QString ChannelsView::upperLabel() const {
  return StateText::number(value_ == Value::kDt ? StateModel::kMostDt : StateModel::kGateRange);
}

QString ChannelsView::lowerLabel() const {
  return StateText::number(value_ == Value::kDt ? StateModel::kLeastDt : -StateModel::kGateRange);
}

}  // namespace hiss
