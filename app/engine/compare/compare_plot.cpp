// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/compare_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <span>
#include <vector>

#include "app/engine/canvas.h"
#include "app/engine/log_axis.h"
#include "dsp/plot_scale.h"

namespace hiss {
namespace {

constexpr Rgb kGrey = {110, 110, 110};
constexpr Rgb kPale = {226, 226, 226};
constexpr double kFont = 15.0;
constexpr double kSmallFont = 13.0;
constexpr double kMostDecades = 8.0;
constexpr double kLegendTop = 82.0;

// Colours that grey print and colour-blind eyes can tell apart (Okabe and Ito).
constexpr std::array<Rgb, kMostCompared> kColours = {{{0, 114, 178},
                                                      {213, 94, 0},
                                                      {0, 158, 115},
                                                      {204, 121, 167},
                                                      {230, 159, 0},
                                                      {86, 180, 233},
                                                      {90, 90, 90},
                                                      {170, 160, 20}}};

struct Box {
  double left = 0.0;
  double top = 0.0;
  double right = 0.0;
  double bottom = 0.0;
  [[nodiscard]] double width() const { return right - left; }
};

constexpr Box kCost = {110.0, 170.0, 740.0, 480.0};
constexpr Box kQuality = {910.0, 170.0, 1540.0, 480.0};
constexpr Box kState = {110.0, 600.0, 740.0, 910.0};
constexpr Box kStepSize = {910.0, 600.0, 1540.0, 910.0};

// The steps of a trace pooled to columns: of each the mean of what is above 0, or 0.
std::vector<double> pooled(std::span<const float> trace, std::size_t columns) {
  std::vector<double> means;
  for (std::size_t c = 0; c < columns; ++c) {
    const std::size_t begin = c * trace.size() / columns;
    const std::size_t end = std::max(begin + 1, (c + 1) * trace.size() / columns);
    double sum = 0.0;
    int count = 0;
    for (const float value : trace.subspan(begin, end - begin)) {
      if (!(value > 0.0F) || !std::isfinite(value)) continue;
      sum += value;
      ++count;
    }
    means.push_back(count > 0 ? sum / count : 0.0);
  }
  return means;
}

class ComparePlot {
 public:
  explicit ComparePlot(const CompareReport& report)
      : report_(report),
        models_(std::span(report.models).first(std::min(report.models.size(), kMostCompared))),
        canvas_(kComparePlotWidthPx, kComparePlotHeightPx) {}

  void draw() {
    drawHead();
    drawCost();
    drawQuality();
    drawTraces(kState, "Size of the state", "root mean square of the followed row, each step",
               &CompareTrace::state_rms);
    drawTraces(kStepSize, "Step size",
               "mean over the channels: what moves with the input selects; none: no such thing",
               &CompareTrace::dt_mean);
  }

  void write(ByteFile& png, const std::string& name) const { canvas_.writePng(png, name); }

 private:
  // Cut so that it fits.
  [[nodiscard]] std::string fitting(const std::string& words, double width) const {
    std::string text = asUtf8(words);
    if (canvas_.textWidth(text) <= width) return text;
    do {
      do {
        text.pop_back();
      } while (!text.empty() && (static_cast<unsigned>(text.back()) & 0xC0U) == 0x80U);
    } while (!text.empty() && canvas_.textWidth(text + "…") > width);
    return asUtf8(text) + "…";
  }

  void drawHead() {
    canvas_.setFontSize(21.0, true);
    const std::string input = std::filesystem::path(report_.input).filename().string();
    canvas_.text(40.0, 40.0, 0.0, fitting("Models over " + input, kComparePlotWidthPx - 80.0));
    canvas_.setFontSize(kFont);
    const double step = (kComparePlotWidthPx - 80.0) / static_cast<double>(models_.size());
    double x = 40.0;
    for (std::size_t i = 0; i < models_.size(); ++i, x += step) {
      canvas_.disc(x + 6.0, kLegendTop - 5.0, 6.0, kColours[i]);
      const std::string& name = models_[i].name;
      const std::string& kind = models_[i].kind;
      canvas_.text(x + 20.0, kLegendTop, 0.0,
                   fitting(name == kind ? name : fmt::format("{} ({})", name, kind), step - 30.0));
    }
  }

  void drawTitle(const Box& box, const std::string& title, const std::string& below) {
    canvas_.setFontSize(17.0, true);
    canvas_.text(box.left, box.top - 40.0, 0.0, title);
    canvas_.setFontSize(kSmallFont);
    canvas_.text(box.left, box.top - 20.0, 0.0, below, kGrey);
    canvas_.setFontSize(kFont);
  }

  void drawFrame(const Box& box) {
    canvas_.line(box.left, box.top, box.left, box.bottom);
    canvas_.line(box.left, box.bottom, box.right, box.bottom);
  }

  // An axis from `low` to `high` > 0, upwards, with a line at each 1, 2 and 5 of few decades or at
  // each 1 of many.
  LogAxis drawLogAxis(const Box& box, double low, double high) {
    const double bottom = std::max(low / 1.3, high * std::pow(10.0, -kMostDecades));
    const LogAxis axis{bottom, high * 1.3, box.bottom, box.top};
    const double decades = std::log10(axis.high / axis.low);
    const auto first = static_cast<int>(std::floor(std::log10(axis.low)));
    const auto last = static_cast<int>(std::floor(std::log10(axis.high)));
    for (int exponent = first; exponent <= last; ++exponent) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double value = factor * std::pow(10.0, exponent);
        if (value < axis.low || value > axis.high || (factor > 1.0 && decades > 3.0)) continue;
        canvas_.line(box.left, axis.at(value), box.right, axis.at(value), kPale);
        canvas_.text(box.left - 8.0, axis.at(value) + 5.0, 1.0, numberLabel(value));
      }
    }
    return axis;
  }

  [[nodiscard]] double barWidth(const Box& box) const {
    return box.width() / static_cast<double>(models_.size());
  }

  void drawCost() {
    drawTitle(kCost, "Time of one step, µs",
              "bar: median, whisker: up to p99; one run beside other programs, no benchmark");
    double low = 1e9;
    double high = 1e-3;
    for (const CompareModel& model : models_) {
      low = std::min(low, std::max(model.step.p50_us, 1e-3));
      high = std::max(high, model.step.p99_us);
    }
    const LogAxis axis = drawLogAxis(kCost, 0.3 * std::min(low, high), high);
    const double step = barWidth(kCost);
    double x = kCost.left + 0.5 * step;
    for (std::size_t i = 0; i < models_.size(); ++i, x += step) {
      const double y = axis.at(std::max(models_[i].step.p50_us, 1e-3));
      const double y99 = axis.at(std::max(models_[i].step.p99_us, 1e-3));
      const double width = std::min(0.6 * step, 90.0);
      canvas_.box(x - 0.5 * width, y, width, kCost.bottom - y, kColours[i]);
      canvas_.stroke(x, y, x, y99, 2.0, kBlack);
      canvas_.stroke(x - 8.0, y99, x + 8.0, y99, 2.0, kBlack);
      canvas_.setFontSize(kSmallFont);
      canvas_.text(x, kCost.bottom + 20.0, 0.5, fmt::format("{:.1f} µs", models_[i].step.p50_us));
      canvas_.text(x, kCost.bottom + 38.0, 0.5,
                   fmt::format("{:.1f} kB", 1e-3 * static_cast<double>(models_[i].state_bytes)),
                   kGrey);
      canvas_.setFontSize(kFont);
    }
    drawFrame(kCost);
  }

  void drawQuality() {
    if (models_.front().quality.empty()) {
      drawTitle(kQuality, "Quality", "nothing to measure it against");
      drawFrame(kQuality);
      return;
    }
    const bool has_baseline = !report_.baseline_quality.empty();
    drawTitle(kQuality, models_.front().quality.front().title,
              has_baseline ? "line: " + report_.baseline : "");
    const double line = has_baseline ? report_.baseline_quality.front().value : 0.0;
    double low = 0.0;
    double high = 0.0;
    const auto include = [&](double value) {
      if (!std::isfinite(value)) return;
      low = std::min(low, value);
      high = std::max(high, value);
    };
    include(line);
    for (const CompareModel& model : models_) include(model.quality.front().value);
    if (high <= low) high = low + 1.0;
    const double room = 0.08 * (high - low);
    const auto at = [&](double value) {
      const double share = (value - low + room) / (high - low + 2.0 * room);
      return kQuality.bottom - share * (kQuality.bottom - kQuality.top);
    };
    const double tick = decimalStep(high - low);
    const auto first = static_cast<int>(std::ceil(low / tick));
    for (int n = first; n * tick <= high + room; ++n) {
      const double value = n * tick;
      canvas_.line(kQuality.left, at(value), kQuality.right, at(value), kPale);
      canvas_.text(kQuality.left - 8.0, at(value) + 5.0, 1.0, numberLabel(value));
    }
    drawQualityBars(at);
    if (std::isfinite(line) && has_baseline) {
      canvas_.stroke(kQuality.left, at(line), kQuality.right, at(line), 2.0, kBlack, true);
    }
    canvas_.line(kQuality.left, at(0.0), kQuality.right, at(0.0));
    drawFrame(kQuality);
  }

  template <class Place>
  void drawQualityBars(const Place& at) {
    const double step = barWidth(kQuality);
    double x = kQuality.left + 0.5 * step;
    for (std::size_t i = 0; i < models_.size(); ++i, x += step) {
      const CompareFigure& figure = models_[i].quality.front();
      const bool is_known = std::isfinite(figure.value);
      const double width = std::min(0.6 * step, 90.0);
      if (is_known) {
        const double top = std::min(at(figure.value), at(0.0));
        canvas_.box(x - 0.5 * width, top, width, std::fabs(at(figure.value) - at(0.0)),
                    kColours[i]);
      }
      canvas_.text(x, kQuality.bottom + 20.0, 0.5,
                   is_known ? fmt::format("{:.{}f}", figure.value, figure.decimals) : "unknown");
    }
  }

  void drawTraces(const Box& box, const std::string& title, const std::string& below,
                  std::vector<float> CompareTrace::*trace) {
    drawTitle(box, title, below);
    const auto columns = static_cast<std::size_t>(box.width() / 2.0);
    std::vector<std::vector<double>> lines;
    double low = 1e30;
    double high = 0.0;
    for (const CompareModel& model : models_) {
      const std::vector<float>& values = model.trace.*trace;
      lines.push_back(pooled(values, std::min(columns, values.size())));
      for (const double value : lines.back()) {
        if (value > 0.0) low = std::min(low, value);
        high = std::max(high, value);
      }
    }
    if (high > 0.0) {
      const LogAxis axis = drawLogAxis(box, low, high);
      for (std::size_t i = 0; i < lines.size(); ++i) drawLine(box, axis, lines[i], kColours[i]);
    }
    drawFrame(box);
    canvas_.text(box.left, box.bottom + 22.0, 0.0, "first step");
    canvas_.text(box.right, box.bottom + 22.0, 1.0, "last step");
  }

  // From the first step to the last, whatever a model's number of steps; 0 is a gap.
  void drawLine(const Box& box, const LogAxis& axis, const std::vector<double>& values,
                Rgb colour) {
    const double step =
        box.width() / static_cast<double>(std::max<std::size_t>(values.size(), 2) - 1);
    for (std::size_t i = 0; i + 1 < values.size(); ++i) {
      if (values[i] <= 0.0 || values[i + 1] <= 0.0) continue;
      const double x = box.left + static_cast<double>(i) * step;
      canvas_.stroke(x, axis.at(values[i]), x + step, axis.at(values[i + 1]), 1.5, colour);
    }
    if (values.size() == 1 && values[0] > 0.0) {
      canvas_.disc(box.left, axis.at(values[0]), 4.0, colour);
    }
  }

  const CompareReport& report_;
  std::span<const CompareModel> models_;
  Canvas canvas_;
};

}  // namespace

void drawComparison(const CompareReport& report, ByteFile& png, const std::string& name) {
  ComparePlot plot(report);
  plot.draw();
  plot.write(png, name);
}

}  // namespace hiss
