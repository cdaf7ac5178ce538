// SPDX-License-Identifier: Apache-2.0
#include "ui/state/state_views.h"

#include <QCheckBox>
#include <QEvent>
#include <QGridLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "ui/base/plot_colours.h"
#include "ui/state/channels_view.h"
#include "ui/state/curves_view.h"
#include "ui/state/heat_map_view.h"
#include "ui/state/horizon_view.h"
#include "ui/state/state_text.h"

namespace hiss {
namespace {

// Colours of PlotColours::lines.
constexpr int kOwnColour = 0;
constexpr int kTwinColour = 1;
constexpr int kDtColour = 2;
constexpr int kGateColour = 4;

// A coloured square and what is drawn in this colour.
QString legend(const PlotColours& colours, int colour, const QString& name) {
  const auto k = static_cast<std::size_t>(colour) % colours.lines.size();
  return QStringLiteral("<span style='color:%1'>■</span>&nbsp;%2")
      .arg(colours.lines[k].name(), name.toHtmlEscaped().replace(' ', QStringLiteral("&nbsp;")));
}

}  // namespace

StateViews::StateViews(StateModel& model, QWidget* parent)
    : QWidget(parent),
      model_(model),
      grid_(new QGridLayout(this)),
      heat_map_(new HeatMapView(model)),
      trace_h_(addCurves(false, false, tr("State of the followed cell over time"))),
      trace_dt_(addCurves(true, false, tr("Step size of the followed channel over time"))),
      trace_gate_(addCurves(false, true, tr("Gate of the followed channel over time"))),
      energy_(addCurves(true, true, tr("Energy of B and C over time"))),
      norm_(addCurves(true, true, tr("Size of the state of each layer over time"))),
      dt_(new ChannelsView(model, ChannelsView::Value::kDt, true)),
      gate_(new ChannelsView(model, ChannelsView::Value::kGate, true)),
      horizon_(new HorizonView(model)),
      fixed_twin_(new QCheckBox(tr("Com&pare with a fixed filter"))) {
  grid_->setContentsMargins(0, 0, 0, 0);
  time_views_ += {dt_, gate_};
  heat_map_->setAccessibleName(tr("Heat map of the hidden state"));
  heat_map_->setToolTip(
      tr("Point at a cell to read it, click it to follow it over time. With the "
         "keys: arrows and Enter."));
  dt_->setAccessibleName(tr("Step size of each channel over time"));
  gate_->setAccessibleName(tr("Gate of each channel over time"));
  horizon_->setAccessibleName(tr("Histogram of memory horizons"));
  horizon_->setToolTip(
      tr("The horizon -1/(Δ·A) is the time after which a cell has forgotten all "
         "but a third of what it held. The red line is the followed cell."));
  fixed_twin_->setToolTip(
      tr("Draws what the same channel would hold if its Δ, B and C stayed at their running means: "
         "a filter that treats all input alike. Where the lines part, the model chose to remember "
         "or to pass over."));
  trace_dt_->setLines({{StateModel::kDt, kDtColour}});
  trace_gate_->setLines({{StateModel::kGate, kGateColour}});
  energy_->setLines({{StateModel::kEnergyC, kTwinColour}, {StateModel::kEnergyB, kOwnColour}});
  for (TimeView* view : time_views_) {
    view->setToolTip(
        tr("Freeze the views (F7), then point at a moment or use the arrow keys to "
           "read the numbers there."));
  }

  heat_caption_ = addCard({heat_map_}, 5, true);
  addCard({dt_}, 3)->setText(
      tr("<b>Step size Δ of each channel</b> – what it decides to remember: "
         "bright writes, dark holds"));
  addCard({gate_}, 3)
      ->setText(
          tr("<b>Gate of each channel</b> – what it lets through: grey is shut, red is open"));
  trace_caption_ = addCard({fixed_twin_, trace_h_, trace_dt_, trace_gate_}, 5);
  addCard({horizon_}, 3)
      ->setText(tr("<b>Memory horizon</b> – how many cells remember for how long"));
  energy_caption_ = addCard({energy_}, 2);
  norm_caption_ = addCard({norm_}, 3);

  connect(heat_map_, &HeatMapView::cellChosen, this, &StateViews::cellChosen);
  connect(heat_map_, &HeatMapView::pointedCellChanged, this, &StateViews::pointedCellChanged);
  connect(fixed_twin_, &QCheckBox::toggled, this, &StateViews::showTraceLines);
  showTraceLines();
  setWide(false);
}

CurvesView* StateViews::addCurves(bool is_log, bool has_times, const QString& name) {
  auto* const view = new CurvesView(model_, is_log, has_times);
  view->setAccessibleName(name);
  time_views_ += view;
  return view;
}

QLabel* StateViews::addCard(const QList<QWidget*>& views, int stretch, bool is_whole_width) {
  auto* const card = new QWidget(this);
  auto* const column = new QVBoxLayout(card);
  column->setContentsMargins(0, 0, 0, 4);
  column->setSpacing(2);
  auto* const caption = new QLabel;
  caption->setWordWrap(true);
  caption->setTextFormat(Qt::RichText);
  column->addWidget(caption);
  for (QWidget* view : views) column->addWidget(view, view == fixed_twin_ ? 0 : 1);
  cards_.append({card, is_whole_width, stretch});
  return caption;
}

void StateViews::setWide(bool wide) {
  for (const Card& card : cards_) grid_->removeWidget(card.widget);
  for (int row = 0; row < grid_->rowCount(); ++row) grid_->setRowStretch(row, 0);
  grid_->setColumnStretch(0, 1);
  grid_->setColumnStretch(1, wide ? 1 : 0);
  int row = 0;
  int column = 0;
  for (const Card& card : cards_) {
    const bool whole = !wide || card.is_whole_width;
    grid_->addWidget(card.widget, row, column, 1, whole && wide ? 2 : 1);
    grid_->setRowStretch(row, std::max(grid_->rowStretch(row), card.stretch));
    if (whole || column == 1) {
      ++row;
      column = 0;
    } else {
      column = 1;
    }
  }
}

void StateViews::showCaptions() {
  const PlotColours colours = plotColours(palette());
  const QString dash = QStringLiteral(" – ");
  energy_caption_->setText(tr("<b>Energy of what is written (B) and read (C)</b>") + dash +
                           legend(colours, kOwnColour, tr("B")) + QLatin1Char(' ') +
                           legend(colours, kTwinColour, tr("C")));
  QString trace =
      tr("<b>Followed cell</b> over time") + dash + legend(colours, kOwnColour, tr("state h"));
  if (showsTwin()) {
    trace += QLatin1Char(' ') + legend(colours, kTwinColour, tr("as a fixed filter"));
  }
  trace += QLatin1Char(' ') + legend(colours, kDtColour, tr("step size Δ")) + QLatin1Char(' ') +
           legend(colours, kGateColour, tr("gate"));
  trace_caption_->setText(trace);
  if (!model_.hasLayers()) return;
  heat_caption_->setText(tr("<b>Hidden state h</b> – %1 channels from left to right, %2 states "
                            "upwards; blue below 0, red above")
                             .arg(model_.layer().d_inner)
                             .arg(model_.layer().d_state));
  QString norm = tr("<b>Size of the state</b> of each layer") + dash;
  int colour = 0;
  for (const StateLayer& layer : model_.layout().layers) {
    norm += legend(colours, colour++, QString::fromStdString(layer.name)) + QLatin1Char(' ');
  }
  norm_caption_->setText(norm);
}

void StateViews::showTraceLines() {
  std::vector<CurvesView::Line> lines;
  if (showsTwin()) lines.push_back({StateModel::kFixedH, kTwinColour});
  lines.push_back({StateModel::kH, kOwnColour});
  trace_h_->setLines(std::move(lines));
  showCaptions();
}

void StateViews::showLayer() {
  std::vector<CurvesView::Line> lines;
  for (int layer = 0; layer < static_cast<int>(model_.layout().layers.size()); ++layer) {
    if (layer != model_.focus().layer) lines.push_back({StateModel::kRms + layer, layer});
  }
  if (model_.hasLayers()) {
    lines.push_back({StateModel::kRms + model_.focus().layer, model_.focus().layer, true});
  }
  norm_->setLines(std::move(lines));
  horizon_->setLayer();
  fixed_twin_->setVisible(model_.hasTwin());
  showTraceLines();
  update();
}

void StateViews::refresh() {
  heat_map_->refresh();
  horizon_->refresh();
  for (TimeView* view : time_views_) view->refresh();
}

void StateViews::describe() {
  const StateSnapshot* const shown = model_.shown();
  if (shown == nullptr) return;
  const auto step = static_cast<std::int64_t>(shown->step);
  const auto value = [&](int curve) { return StateText::number(model_.curve(curve).at(step)); };
  const auto mean = [](const std::vector<float>& values) {
    float sum = 0.0F;
    for (const float v : values) sum += v;
    return StateText::number(sum / static_cast<float>(std::max<std::size_t>(1, values.size())));
  };
  heat_map_->setAccessibleDescription(StateText::cell(model_, heat_map_->pointedCell()));
  dt_->setAccessibleDescription(tr("Mean of all channels: %1").arg(mean(shown->dt)));
  gate_->setAccessibleDescription(tr("Mean of all channels: %1").arg(mean(shown->gate)));
  trace_h_->setAccessibleDescription(value(StateModel::kH));
  trace_dt_->setAccessibleDescription(value(StateModel::kDt));
  trace_gate_->setAccessibleDescription(value(StateModel::kGate));
  energy_->setAccessibleDescription(
      tr("B: %1, C: %2").arg(value(StateModel::kEnergyB), value(StateModel::kEnergyC)));
  QStringList sizes;
  for (int k = 0; k < static_cast<int>(model_.layout().layers.size()); ++k) {
    const StateLayer& layer = model_.layout().layers[static_cast<std::size_t>(k)];
    sizes += QString::fromStdString(layer.name) + QLatin1Char(' ') + value(StateModel::kRms + k);
  }
  norm_->setAccessibleDescription(sizes.join(QStringLiteral(", ")));
  horizon_->setAccessibleDescription(
      model_.hasHorizons()
          ? tr("Half of the cells remember for longer than %1")
                .arg(StateText::steps(horizon_->medianSteps(), model_.layout().step_seconds))
          : QString());
}

bool StateViews::showsTwin() const { return fixed_twin_->isChecked() && model_.hasTwin(); }

StateCell StateViews::pointedCell() const { return heat_map_->pointedCell(); }

void StateViews::changeEvent(QEvent* event) {
  if (event->type() == QEvent::PaletteChange) showCaptions();
  QWidget::changeEvent(event);
}

}  // namespace hiss
