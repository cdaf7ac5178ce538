// SPDX-License-Identifier: Apache-2.0
#include "ui/state/curves_view.h"

#include <QPainter>
#include <limits>
#include <utility>

#include "ui/state/state_text.h"

namespace hiss {

CurvesView::CurvesView(StateModel& model, bool is_log, bool has_times, QWidget* parent)
    : TimeView(model, has_times, parent), is_log_(is_log) {}

void CurvesView::setLines(std::vector<Line> lines) {
  lines_ = std::move(lines);
  prepare();
  update();
}

StepSpan CurvesView::steps() const { return {model().newest(), model().kept()}; }

void CurvesView::prepare() {
  float least = std::numeric_limits<float>::infinity();
  float greatest = -least;
  if (model().newest() > 0) {
    for (const Line& line : lines_) {
      CurveRenderer::widen(model().curve(line.curve), steps(), least, greatest);
    }
  }
  scale_ = roundScale(least, greatest, is_log_);
}

void CurvesView::paintPlot(QPainter& painter, const QRect& plot, const PlotColours& colours,
                           int thickness) {
  if (scale_.lower < 0.0F) {
    painter.setPen(colours.grid);
    painter.drawLine(plot.left(), plot.center().y(), plot.right(), plot.center().y());
  }
  for (const Line& line : lines_) {
    const auto colour = static_cast<std::size_t>(line.colour) % colours.lines.size();
    renderer_.paint(painter, plot, model().curve(line.curve), steps(), scale_,
                    colours.lines[colour], line.is_strong ? 2 * thickness : thickness);
  }
}

QString CurvesView::upperLabel() const { return StateText::number(scale_.upper); }

QString CurvesView::lowerLabel() const { return StateText::number(scale_.lower); }

}  // namespace hiss
