// SPDX-License-Identifier: Apache-2.0
#include "ui/state/state_text.h"

#include <QLocale>

namespace hiss {

QString StateText::number(double value) { return QLocale().toString(value, 'g', 3); }

QString StateText::steps(double steps, double step_seconds) {
  constexpr double kMs = 1000.0;
  const auto plain = [](double value) {  // 1,000, not 1E+03
    constexpr double kMost = 999.5;      // of three digits
    return value < kMost ? number(value) : QLocale().toString(value, 'f', 0);
  };
  if (!(step_seconds > 0.0)) return tr("%1 rows").arg(plain(steps));
  const double seconds = steps * step_seconds;
  return seconds < 1.0 ? tr("%1 ms").arg(number(seconds * kMs)) : tr("%1 s").arg(plain(seconds));
}

QString StateText::cell(const StateModel& model, StateCell cell) {
  const StateSnapshot* const shown = model.shown();
  if (shown == nullptr) return {};
  const auto channel = static_cast<std::size_t>(cell.channel);
  const std::size_t k =
      channel * static_cast<std::size_t>(shown->d_state) + static_cast<std::size_t>(cell.state);
  QString text =
      tr("Channel %1, state %2: h = %3 · Δ = %4 · gate = %5")
          .arg(cell.channel)
          .arg(cell.state)
          .arg(number(shown->h[k]), number(shown->dt[channel]), number(shown->gate[channel]));
  if (!model.hasHorizons()) return text;
  text += tr(" · remembers %1").arg(steps(model.horizonSteps(cell), model.layout().step_seconds));
  return text;
}

QString StateText::moment(const StateModel& model) {
  const StateSnapshot* const shown = model.shown();
  if (shown == nullptr) return {};
  const auto step = static_cast<std::int64_t>(shown->step);
  const double step_s = model.layout().step_seconds;
  QString text = step_s > 0.0
                     ? tr("At %1 s (step %2)")
                           .arg(QLocale().toString(static_cast<double>(step) * step_s, 'f', 2))
                           .arg(step)
                     : tr("At row %1").arg(step);
  text += tr(": energy of B = %1, of C = %2")
              .arg(number(model.curve(StateModel::kEnergyB).at(step)),
                   number(model.curve(StateModel::kEnergyC).at(step)));
  text += tr(" · size of the state = %1")
              .arg(number(model.curve(StateModel::kRms + model.focus().layer).at(step)));
  return text;
}

QString StateText::explanation() {
  return tr(
      "You are looking into the memory of the network while it works. Each of its layers "
      "keeps a hidden state h, a few numbers for each of its channels, and that is all it "
      "knows of the past. At every step the memory first fades and then takes something "
      "up: the new h is exp(Δ·A) times the old h, plus Δ·B times the new input x. A was "
      "learned once, is below zero and stays as it is; Δ, B and C are worked out anew from "
      "every input, and that is what makes the memory selective.\n\n"
      "A large Δ lets go of the old and writes the new; a Δ near zero keeps what is there "
      "and passes the input over. So bright spots in the picture of Δ are moments that the "
      "network found worth remembering. A cell remembers for about -1/(Δ·A), which the "
      "histogram counts. What is read from the memory is C times h, and the gate decides "
      "how much of each channel goes on to the next layer.\n\n"
      "The heat map is h itself, one cell for each channel and state. Click a cell to follow "
      "it over time, and compare it with a fixed filter to see the difference that being "
      "selective makes.");
}

}  // namespace hiss
