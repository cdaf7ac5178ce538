// SPDX-License-Identifier: Apache-2.0
#include "ui/live/latency_panel.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QPainter>
#include <algorithm>
#include <cmath>
#include <numeric>

#include "ui/base/plot_colours.h"

namespace hiss {
namespace {

constexpr double kEvery = 0.25;       // s
constexpr double kLeastWhole = 0.05;  // s, that the bar is long at least
constexpr double kMs = 1000.0;
constexpr int kBarHeight = 12;
constexpr int kSwatch = 10;

QString milliseconds(double seconds) {
  return LatencyPanel::tr("%1 ms").arg(QLocale().toString(kMs * seconds, 'f', 1));
}

std::array<QString, kLatencyParts> partNames() {
  return {LatencyPanel::tr("Input device"), LatencyPanel::tr("Input queue"),
          LatencyPanel::tr("Model"),        LatencyPanel::tr("Resampler"),
          LatencyPanel::tr("Output queue"), LatencyPanel::tr("Output device")};
}

std::array<QString, kGapKinds> gapNames() {
  return {LatencyPanel::tr("input queue full"),
          LatencyPanel::tr("output queue empty"),
          LatencyPanel::tr("model late"),
          LatencyPanel::tr("output queue full"),
          LatencyPanel::tr("lost by the input device"),
          LatencyPanel::tr("left out by the output device")};
}

double sum(const std::array<double, kLatencyParts>& parts_s) {
  return std::accumulate(parts_s.begin(), parts_s.end(), 0.0);
}

}  // namespace

void paintLatencyBar(QPainter& painter, const QRectF& target,
                     const std::array<double, kLatencyParts>& parts_s, double whole_s,
                     const PlotColours& colours) {
  painter.fillRect(target, colours.grid);
  double left = target.left();
  for (std::size_t i = 0; i < parts_s.size(); ++i) {
    const double width = std::max(0.0, parts_s[i]) / whole_s * target.width();
    painter.fillRect(QRectF(left, target.top(), width, target.height()), colours.lines[i]);
    left += width;
  }
}

class LatencyPanel::Bar : public QWidget {
 public:
  Bar() {
    setFixedHeight(kBarHeight);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  }
  void setParts(const std::array<double, kLatencyParts>& parts_s) {
    parts_s_ = parts_s;
    update();
  }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter painter(this);
    paintLatencyBar(painter, rect(), parts_s_, std::max(kLeastWhole, sum(parts_s_)),
                    plotColours(palette()));
  }

 private:
  std::array<double, kLatencyParts> parts_s_{};
};

namespace {

// The colour that stands for a part in the bar.
class Swatch : public QWidget {
 public:
  explicit Swatch(std::size_t part) : part_(part) { setFixedSize(kSwatch, kSwatch); }

 protected:
  void paintEvent(QPaintEvent*) override {
    QPainter(this).fillRect(rect(), plotColours(palette()).lines[part_]);
  }

 private:
  std::size_t part_;
};

}  // namespace

LatencyPanel::LatencyPanel(QWidget* parent)
    : QWidget(parent),
      bar_(new Bar),
      total_(new QLabel),
      model_(new QLabel),
      gaps_(new QLabel),
      clocks_(new QLabel) {
  auto* const grid = new QGridLayout(this);
  grid->setContentsMargins(0, 0, 0, 0);
  grid->setVerticalSpacing(2);
  grid->addWidget(bar_, 0, 0);
  grid->addWidget(total_, 0, 1);
  auto* const legend = new QGridLayout;
  legend->setHorizontalSpacing(6);
  legend->setVerticalSpacing(0);
  const auto names = partNames();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    parts_[i] = new QLabel;
    parts_[i]->setAccessibleName(names[i]);
    const int column = 2 * static_cast<int>(i % 3);
    legend->addWidget(new Swatch(i), static_cast<int>(i / 3), column);
    legend->addWidget(parts_[i], static_cast<int>(i / 3), column + 1);
    legend->setColumnStretch(column + 1, 1);
  }
  grid->addLayout(legend, 1, 0);
  auto* const numbers = new QVBoxLayout;
  numbers->setSpacing(0);
  for (QLabel* label : {model_, gaps_, clocks_}) numbers->addWidget(label);
  grid->addLayout(numbers, 1, 1);
  grid->setColumnStretch(0, 1);
  total_->setToolTip(tr("How long sound is on its way from the input to the output"));
  model_->setToolTip(
      tr("Time that the model needs for each piece of sound: mostly, and in 99 of 100 cases. It "
         "keeps up as long as that is less than the piece lasts."));
  clocks_->setToolTip(
      tr("How much faster the clock of the input runs than that of the output, in millionths, and "
         "how often a device that was lost came back. Clocks that drift are kept in step."));
  clear();
}

void LatencyPanel::clear() {
  next_s_ = 0.0;
  showFigures(LiveFigures());
}

void LatencyPanel::setFigures(const LiveFigures& figures, double now_s) {
  if (now_s < next_s_) return;
  next_s_ = now_s + kEvery;
  showFigures(figures);
}

void LatencyPanel::showFigures(const LiveFigures& figures) {
  const QLocale locale;
  bar_->setParts(figures.latency_s);
  total_->setText(tr("Delay: %1").arg(milliseconds(sum(figures.latency_s))));
  const auto names = partNames();
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    parts_[i]->setText(tr("%1: %2").arg(names[i], milliseconds(figures.latency_s[i])));
  }
  model_->setText(tr("Model: %1 / %2 of %3 ms")
                      .arg(locale.toString(kMs * figures.model_p50_s, 'f', 1),
                           locale.toString(kMs * figures.model_p99_s, 'f', 1),
                           locale.toString(kMs * figures.window_s, 'f', 0)));
  const auto gaps = std::accumulate(figures.gaps.begin(), figures.gaps.end(), std::uint64_t{0});
  gaps_->setText(tr("Gaps: %1").arg(locale.toString(static_cast<qulonglong>(gaps))));
  QString kinds = tr("Times that sound was lost or came too late:");
  const auto gap_names = gapNames();
  for (std::size_t i = 0; i < figures.gaps.size(); ++i) {
    kinds +=
        tr("\n%1: %2").arg(gap_names[i], locale.toString(static_cast<qulonglong>(figures.gaps[i])));
  }
  gaps_->setToolTip(kinds);
  const QString drift = figures.two_clocks
                            ? tr("%1 ppm").arg(locale.toString(figures.drift_ppm, 'f', 0))
                            : tr("one clock");
  clocks_->setText(
      tr("Drift: %1 · back: %2")
          .arg(drift, locale.toString(static_cast<qulonglong>(figures.reconnections))));
}

QString LatencyPanel::text() const {
  QStringList texts{total_->text()};
  for (const QLabel* label : parts_) texts << label->text();
  for (const QLabel* label : {model_, gaps_, clocks_}) texts << label->text();
  return texts.join(QLatin1String("; "));
}

}  // namespace hiss
