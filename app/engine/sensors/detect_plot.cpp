// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/detect_plot.h"

#include <cairo/cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "app/engine/canvas.h"
#include "app/engine/sensors/time_stamp.h"
#include "dsp/plot_scale.h"

namespace hiss {
namespace {

constexpr std::size_t kMostLanes = 6;
constexpr double kLeft = 96.0;
constexpr double kRight = 32.0;
constexpr double kTop = 66.0;
constexpr double kBottom = 58.0;
constexpr double kGap = 30.0;
constexpr double kOneLane = 300.0;    // height of the lane of a single channel
constexpr double kManyLanes = 150.0;  // of one of several
constexpr double kScoreLane = 170.0;
constexpr double kFont = 15.0;
constexpr double kSmallFont = 13.0;
constexpr double kTick = 5.0;
constexpr double kLeastScore = 0.05;
constexpr double kMargin = 0.06;  // of a lane's range, above and below
constexpr int kTimeTicks = 6;

// Okabe and Ito's, and paler ones: told apart in grey print and by colour-blind eyes.
constexpr Rgb kValue = {20, 40, 80};
constexpr Rgb kBand = {186, 214, 240};
constexpr Rgb kScore = {60, 60, 60};
constexpr Rgb kAlert = {252, 208, 196};
constexpr Rgb kAlertEdge = {213, 94, 0};
constexpr Rgb kNoData = {224, 224, 224};
constexpr Rgb kWarmUp = {243, 243, 243};
constexpr Rgb kGrey = {110, 110, 110};

struct Lane {
  double top = 0.0;
  double bottom = 0.0;
  double low = 0.0;  // value at the bottom
  double high = 1.0;

  [[nodiscard]] double at(double value) const {
    const double part = (value - low) / (high - low);
    return bottom - (bottom - top) * std::clamp(part, -0.02, 1.02);
  }
};

class Plot {
 public:
  Plot(const DetectTrack& track, const DetectPicture& picture)
      : track_(track),
        picture_(picture),
        lanes_(chosenChannels(track)),
        canvas_(picture.width_px, heightFor(picture, lanes_.size())) {}

  void draw() {
    canvas_.setFontSize(kFont + 2.0, true);
    canvas_.text(kLeft, 26.0, 0.0, asUtf8(picture_.title));
    canvas_.setFontSize(kSmallFont);
    canvas_.text(right(), 26.0, 1.0, legend(), kGrey);
    const double lane_height =
        (canvasHeight() - kTop - kBottom - scoreHeight()) / static_cast<double>(lanes_.size()) -
        kGap;
    double top = kTop;
    for (const std::size_t channel : lanes_) {
      drawChannel(channel, top, top + lane_height);
      top += lane_height + kGap;
    }
    drawScore(top, top + scoreHeight());
    drawTimeAxis(top + scoreHeight());
  }

  void write(ByteFile& png, const std::string& name) const { canvas_.writePng(png, name); }

 private:
  // Those that alerts are owed to; without alerts the first ones.
  static std::vector<std::size_t> chosenChannels(const DetectTrack& track) {
    std::vector<double> blame(track.channels(), 0.0);
    for (std::size_t i = 0; i < track.columns().size(); ++i) {
      for (std::size_t c = 0; c < blame.size(); ++c) blame[c] += track.range(i, c).blame;
    }
    std::vector<std::size_t> order(track.channels());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return blame[a] > blame[b]; });
    order.resize(std::min(order.size(), kMostLanes));
    std::sort(order.begin(), order.end());
    return order;
  }

  static int heightFor(const DetectPicture& picture, std::size_t lanes) {
    if (picture.height_px > 0) return picture.height_px;
    const double each = (lanes == 1 ? kOneLane : kManyLanes) + kGap;
    return static_cast<int>(kTop + kBottom + kScoreLane + each * static_cast<double>(lanes));
  }

  [[nodiscard]] double canvasHeight() const { return heightFor(picture_, lanes_.size()); }
  [[nodiscard]] double scoreHeight() const {
    return std::min(kScoreLane, 0.35 * (canvasHeight() - kTop - kBottom));
  }
  [[nodiscard]] double right() const { return picture_.width_px - kRight; }

  [[nodiscard]] std::string legend() const {
    std::string text = "line: value, blue: where 98 % were expected, orange: alert, pale: warm-up";
    if (lanes_.size() < picture_.channels.size()) {
      text += fmt::format("; {} of {} channels", lanes_.size(), picture_.channels.size());
    }
    return text;
  }

  // Left edge of a column.
  [[nodiscard]] double x(std::size_t column) const {
    const double row = static_cast<double>(column) * static_cast<double>(track_.rowsPerColumn());
    const double rows = static_cast<double>(std::max<std::uint64_t>(track_.rows(), 1));
    return kLeft + (right() - kLeft) * std::min(row / rows, 1.0);
  }

  // Shades what holds in a lane from the first to the last column of each stretch of it.
  template <class Holds>
  void shade(const Lane& lane, Rgb colour, Holds&& holds) {
    const auto columns = track_.columns();
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (!holds(columns[i])) continue;
      std::size_t end = i + 1;
      while (end < columns.size() && holds(columns[end])) ++end;
      const double width = std::max(x(end) - x(i), 2.0);
      canvas_.box(x(i), lane.top, width, lane.bottom - lane.top, colour);
      i = end;
    }
  }

  void drawGround(const Lane& lane) {
    using Column = DetectTrack::Column;
    shade(lane, kWarmUp, [](const Column& column) { return column.warming_up; });
    shade(lane, kNoData, [](const Column& column) { return column.no_data; });
    shade(lane, kAlert, [](const Column& column) { return column.anomaly; });
  }

  // Values decide, for a band may be far wider where little is known.
  [[nodiscard]] Lane laneOf(std::size_t channel, double top, double bottom) const {
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (std::size_t i = 0; i < track_.columns().size(); ++i) {
      low = std::fmin(low, track_.range(i, channel).low);
      high = std::fmax(high, track_.range(i, channel).high);
    }
    if (!(low <= high)) low = high = 0.0;
    // Halves, for the difference of two doubles may be infinite.
    double half = 0.5 * high - 0.5 * low;
    const double middle = 0.5 * high + 0.5 * low;
    if (!(half > 0.0)) half = std::max(std::fabs(middle), 1.0) * 0.5;
    half = std::min(half * (1.0 + 2.0 * kMargin), 0.4 * std::numeric_limits<double>::max());
    return {top, bottom, middle - half, middle + half};
  }

  void drawChannel(std::size_t channel, double top, double bottom) {
    const Lane lane = laneOf(channel, top, bottom);
    drawGround(lane);
    cairo_t* const cr = canvas_.context();
    cairo_save(cr);
    cairo_rectangle(cr, kLeft, lane.top, right() - kLeft, lane.bottom - lane.top);
    cairo_clip(cr);
    drawBand(channel, lane);
    drawValues(channel, lane);
    cairo_restore(cr);
    canvas_.frame(kLeft, lane.top, right() - kLeft, lane.bottom - lane.top);
    canvas_.setFontSize(kFont);
    const std::string& name = picture_.channels[channel];
    canvas_.text(kLeft, lane.top - 8.0, 0.0, asUtf8(name));
    drawValueAxis(lane);
  }

  void drawBand(std::size_t channel, const Lane& lane) {
    for (std::size_t i = 0; i < track_.columns().size(); ++i) {
      const DetectTrack::Range& range = track_.range(i, channel);
      if (!std::isfinite(range.band_low) || !std::isfinite(range.band_high)) continue;
      const double top = lane.at(range.band_high);
      canvas_.box(x(i), top, std::max(x(i + 1) - x(i), 1.0), lane.at(range.band_low) - top, kBand);
    }
    // Alerts show through the band as an edge above and below.
    for (std::size_t i = 0; i < track_.columns().size(); ++i) {
      if (!track_.columns()[i].anomaly) continue;
      const double width = std::max(x(i + 1) - x(i), 1.0);
      canvas_.box(x(i), lane.top, width, 4.0, kAlertEdge);
      canvas_.box(x(i), lane.bottom - 4.0, width, 4.0, kAlertEdge);
    }
  }

  void drawValues(std::size_t channel, const Lane& lane) {
    bool joined = false;
    double last_x = 0.0;
    double last_y = 0.0;
    for (std::size_t i = 0; i < track_.columns().size(); ++i) {
      const DetectTrack::Range& range = track_.range(i, channel);
      if (!std::isfinite(range.low)) {
        joined = false;
        continue;
      }
      const double at = 0.5 * (x(i) + x(i + 1));
      const double high = lane.at(range.high);
      const double low = lane.at(range.low);
      if (joined) canvas_.stroke(last_x, last_y, at, 0.5 * (low + high), 1.2, kValue);
      if (low - high > 1.0) {
        canvas_.stroke(at, low, at, high, 1.2, kValue);
      } else if (!joined) {
        canvas_.disc(at, high, 1.2, kValue);
      }
      joined = true;
      last_x = at;
      last_y = 0.5 * (low + high);
    }
  }

  void drawValueAxis(const Lane& lane) {
    canvas_.setFontSize(kSmallFont);
    const double span = lane.high - lane.low;
    const double step = decimalStep(span) * (lane.bottom - lane.top < 200.0 ? 2.0 : 1.0);
    const double first = std::ceil(lane.low / step);
    for (int i = 0; i < 12; ++i) {
      const double value = (first + i) * step;
      if (!(value <= lane.high)) break;
      const double y = lane.at(value);
      canvas_.line(kLeft - kTick, y, kLeft, y);
      canvas_.text(kLeft - kTick - 4.0, y + 0.35 * kSmallFont, 1.0,
                   numberLabel(std::fabs(value) < 1e-9 * span ? 0.0 : value));
    }
  }

  void drawScore(double top, double bottom) {
    double most = 10.0;
    for (const auto& column : track_.columns()) most = std::max(most, 1.2 * column.score);
    const Lane lane = {top, bottom, std::log10(kLeastScore), std::log10(most)};
    drawGround(lane);
    for (std::size_t i = 0; i < track_.columns().size(); ++i) {
      const double score = track_.columns()[i].score;
      if (score <= kLeastScore) continue;
      const double y = lane.at(std::log10(score));
      canvas_.box(x(i), y, std::max(x(i + 1) - x(i), 1.0), lane.bottom - y,
                  score > 1.0 ? kAlertEdge : kScore);
    }
    canvas_.stroke(kLeft, lane.at(0.0), right(), lane.at(0.0), 1.0, kAlertEdge, true);
    canvas_.frame(kLeft, lane.top, right() - kLeft, lane.bottom - lane.top);
    canvas_.setFontSize(kFont);
    canvas_.text(kLeft, lane.top - 8.0, 0.0, "score (above 1 alarms)");
    canvas_.setFontSize(kSmallFont);
    for (int decade = -1; decade <= lane.high; ++decade) {
      const double y = lane.at(decade);
      canvas_.line(kLeft - kTick, y, kLeft, y);
      canvas_.text(kLeft - kTick - 4.0, y + 0.35 * kSmallFont, 1.0,
                   numberLabel(std::pow(10.0, decade)));
    }
  }

  [[nodiscard]] std::string timeAt(std::size_t column) const {
    const auto columns = track_.columns();
    const auto& stamp = columns[column].stamp_ns;
    if (!picture_.has_seconds || !stamp) {
      return fmt::format("{}", column * track_.rowsPerColumn());
    }
    if (picture_.stamps_are_dates) return dateText(*stamp);
    return numberLabel(1e-9 * static_cast<double>(*stamp));
  }

  void drawTimeAxis(double bottom) {
    const std::size_t columns = track_.columns().size();
    if (columns == 0) return;
    canvas_.setFontSize(kSmallFont);
    for (int i = 0; i < kTimeTicks; ++i) {
      const std::size_t column = (columns - 1) * static_cast<std::size_t>(i) / (kTimeTicks - 1);
      const double at = 0.5 * (x(column) + x(column + 1));
      canvas_.line(at, bottom, at, bottom + kTick);
      const double anchor = i == 0 ? 0.0 : i == kTimeTicks - 1 ? 1.0 : 0.5;
      canvas_.text(at, bottom + kTick + kFont, anchor, timeAt(column));
    }
    const char* const unit = !picture_.has_seconds       ? "row"
                             : picture_.stamps_are_dates ? "time (UTC)"
                                                         : "time (s)";
    canvas_.text(0.5 * (kLeft + right()), bottom + kTick + 2.6 * kFont, 0.5, unit);
  }

  const DetectTrack& track_;
  const DetectPicture& picture_;
  std::vector<std::size_t> lanes_;  // channels
  Canvas canvas_;
};

}  // namespace

void drawDetectPlot(const DetectTrack& track, const DetectPicture& picture, ByteFile& png,
                    const std::string& name) {
  Plot plot(track, picture);
  plot.draw();
  plot.write(png, name);
}

}  // namespace hiss
