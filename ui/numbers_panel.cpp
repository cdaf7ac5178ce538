// SPDX-License-Identifier: Apache-2.0
#include "ui/numbers_panel.h"

#include <QGridLayout>
#include <QLabel>
#include <cmath>

#include "ui/attenuation_slider.h"

namespace hiss {
namespace {

QString levelText(double rms_dbfs, double peak_dbfs) {
  if (!std::isfinite(rms_dbfs)) return NumbersPanel::tr("silence");
  return NumbersPanel::tr("%1 dBFS, peak %2").arg(rms_dbfs, 0, 'f', 1).arg(peak_dbfs, 0, 'f', 1);
}

}  // namespace

NumbersPanel::NumbersPanel(QWidget* parent) : QWidget(parent) {
  const std::array<std::pair<QString, QString>, kNumbers> captions = {{
      {tr("Level in"), tr("RMS and sample peak of the recording")},
      {tr("Level out"), tr("RMS and sample peak of the clean sound")},
      {tr("Model"), {}},
      {tr("Limit"), tr("The attenuation limit of this run")},
      {tr("SIMD"), tr("Instruction set of the kernels that ran")},
      {tr("Real-time factor"), tr("Processor time of one core over the duration of the sound")},
      {tr("Latency"), tr("Delay of the model in a live stream; the saved file has none")},
  }};
  auto* const grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setHorizontalSpacing(18);
  grid->setVerticalSpacing(0);
  for (int i = 0; i < kNumbers; ++i) {
    auto* const caption = new QLabel(captions[i].first);
    caption->setForegroundRole(QPalette::PlaceholderText);
    values_[i] = new QLabel;
    values_[i]->setTextInteractionFlags(Qt::TextSelectableByMouse);
    values_[i]->setTextFormat(Qt::PlainText);
    values_[i]->setAccessibleName(captions[i].first);
    for (QLabel* const label : {caption, values_[i]}) label->setToolTip(captions[i].second);
    grid->addWidget(caption, 0, i);
    grid->addWidget(values_[i], 1, i);
    grid->setColumnStretch(i, 1);
  }
  clear();
}

void NumbersPanel::showResult(const DenoiseResult& result) {
  values_[kInput]->setText(levelText(result.input_rms_dbfs, result.input_peak_dbfs));
  values_[kOutput]->setText(levelText(result.output_rms_dbfs, result.output_peak_dbfs));
  values_[kModel]->setText(result.model);
  values_[kLimit]->setText(limitText(result.attenuation_limit_db));
  values_[kSimd]->setText(result.simd);
  values_[kRtf]->setText(
      result.rtf > 0.0
          ? tr("%1 (%2× real time)").arg(result.rtf, 0, 'g', 3).arg(1.0 / result.rtf, 0, 'f', 0)
          : tr("0"));
  values_[kLatency]->setText(tr("%1 ms").arg(result.latency_ms, 0, 'f', 1));
}

void NumbersPanel::clear() {
  for (QLabel* const value : values_) value->setText(QStringLiteral("–"));
}

QString NumbersPanel::value(Number number) const { return values_[number]->text(); }

}  // namespace hiss
