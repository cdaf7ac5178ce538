// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "app/engine/canvas.h"
#include "app/engine/log_axis.h"
#include "dsp/plot_scale.h"

namespace hiss {
namespace {

constexpr Rgb kGrey = {110, 110, 110};
constexpr Rgb kPale = {226, 226, 226};
constexpr Rgb kRed = {190, 30, 45};
constexpr Rgb kBar = {86, 140, 196};
constexpr Rgb kBound = {0, 60, 120};
constexpr double kFont = 15.0;
constexpr double kSmallFont = 13.0;
constexpr double kTop = 150.0;
constexpr double kBottom = 790.0;
constexpr std::size_t kMostRows = 30;

struct Area {
  double left = 0.0;
  double right = 0.0;
  [[nodiscard]] double width() const { return right - left; }
  [[nodiscard]] double middle() const { return 0.5 * (left + right); }
};

constexpr Area kHops = {90.0, 520.0};
constexpr Area kParts = {720.0, 1150.0};
constexpr Area kRoof = {1390.0, 1860.0};

// 850 us, 2.3 ms
std::string timeText(double us) {
  if (us < 10.0) return fmt::format("{:.1f} µs", us);
  if (us < 1000.0) return fmt::format("{:.0f} µs", us);
  return fmt::format("{:.1f} ms", 1e-3 * us);
}

// Colours of kinds of parts that grey print and colour-blind eyes can tell apart (Okabe and Ito).
struct Kind {
  const char* name = "";
  const char* meaning = "";
  Rgb colour;
};
constexpr std::array kKinds = {
    Kind{"mamba", "state space blocks", {213, 94, 0}},
    Kind{"band_mix", "mixing along bands", {230, 159, 0}},
    Kind{"chan_mix", "mixing along channels", {204, 121, 167}},
    Kind{"", "convolutions and other layers", {0, 114, 178}},
};

const Kind& kindOf(const std::string& part_name) {
  const std::string name = partKind(part_name);
  if (blockKindOf(name)) return kKinds.front();
  for (const Kind& kind : kKinds) {
    if (name == kind.name) return kind;
  }
  return kKinds.back();
}

class BenchPlot {
 public:
  explicit BenchPlot(const BenchReport& report)
      : report_(report), canvas_(kBenchPlotWidthPx, kBenchPlotHeightPx) {}

  void draw() {
    drawHead();
    drawHops();
    drawParts();
    drawRoof();
  }

  void write(ByteFile& png, const std::string& name) const { canvas_.writePng(png, name); }

 private:
  void drawHead() {
    canvas_.setFontSize(21.0, true);
    canvas_.text(40.0, 40.0, 0.0,
                 asUtf8(fmt::format("Speed of {} on one core of {}", report_.model_name,
                                    report_.machine.cpu)));
    canvas_.setFontSize(kFont);
    canvas_.text(40.0, 66.0, 0.0,
                 asUtf8(fmt::format(
                     "one thread; {}, {} Hz, {} channel{}; a hop is {:.0f} ms of "
                     "sound",
                     report_.stream.sound, report_.stream.sample_rate_hz, report_.stream.channels,
                     report_.stream.channels == 1 ? "" : "s", 1e-3 * report_.stream.block_us)),
                 kGrey);
  }

  void drawTitle(const Area& area, const std::string& title, const std::string& below) {
    canvas_.setFontSize(17.0, true);
    canvas_.text(area.left, 106.0, 0.0, title);
    canvas_.setFontSize(kSmallFont);
    canvas_.text(area.left, 126.0, 0.0, below, kGrey);
    canvas_.setFontSize(kFont);
  }

  // Lines at 1, 2 and 5 times the powers of ten, labelled beside the axis.
  void drawTicks(const LogAxis& axis, const Area& area) {
    const auto first = static_cast<int>(std::floor(std::log10(axis.low)));
    const auto last = static_cast<int>(std::floor(std::log10(axis.high)));
    for (int exponent = first; exponent <= last; ++exponent) {
      for (const double factor : {1.0, 2.0, 5.0}) {
        const double value = factor * std::pow(10.0, exponent);
        if (value < axis.low * (1.0 - 1e-9) || value > axis.high) continue;
        const double y = axis.at(value);
        canvas_.line(area.left, y, area.right, y, kPale);
        canvas_.text(area.left - 8.0, y + 5.0, 1.0, numberLabel(value));
      }
    }
  }

  void drawHops() {
    drawTitle(kHops, "Time of one hop, each SIMD set",
              "bar: median, whisker: up to p99; log scale");
    const double real_time_us = report_.stream.block_us;
    double low = real_time_us;
    double high = real_time_us;
    for (const BenchTarget& target : report_.targets) {
      low = std::min(low, target.hop.p50_us);
      high = std::max(high, target.hop.p99_us);
    }
    const LogAxis axis{std::pow(10.0, std::floor(std::log10(0.7 * low))), 2.5 * high, kBottom,
                       kTop};
    const double step = kHops.width() / static_cast<double>(report_.targets.size());
    const double decades = std::log10(axis.high / axis.low);
    for (int i = 0; i <= static_cast<int>(decades); ++i) {
      const double value = axis.low * std::pow(10.0, i);
      canvas_.line(kHops.left, axis.at(value), kHops.right, axis.at(value), kPale);
      canvas_.text(kHops.left - 8.0, axis.at(value) + 5.0, 1.0, timeLabelOf(value));
    }
    double x = kHops.left + 0.5 * step;
    for (const BenchTarget& target : report_.targets) {
      drawHop(target, axis, x, std::min(0.75 * step, 90.0));
      x += step;
    }
    canvas_.line(kHops.left, kBottom, kHops.right, kBottom);
    const double y = axis.at(real_time_us);
    canvas_.stroke(kHops.left, y, kHops.right, y, 2.0, kRed, true);
    const std::string words =
        fmt::format("real time: a hop may take {:.0f} ms", 1e-3 * real_time_us);
    clearBehind(kHops.left + 4.0, y - 8.0, words);
    canvas_.text(kHops.left + 4.0, y - 8.0, 0.0, words, kRed);
  }

  // So that lines do not cross out what is written over them.
  void clearBehind(double x, double y, const std::string& words) {
    canvas_.box(x - 2.0, y - 14.0, canvas_.textWidth(words) + 4.0, 18.0, kWhite);
  }

  static std::string timeLabelOf(double us) {
    return us < 1000.0 ? numberLabel(us) + " µs" : numberLabel(1e-3 * us) + " ms";
  }

  void drawHop(const BenchTarget& target, const LogAxis& axis, double x, double width) {
    const double y = axis.at(target.hop.p50_us);
    const double y99 = axis.at(target.hop.p99_us);
    canvas_.box(x - 0.5 * width, y, width, kBottom - y, kBar);
    canvas_.stroke(x, y, x, y99, 2.0, kBlack);
    canvas_.stroke(x - 9.0, y99, x + 9.0, y99, 2.0, kBlack);
    canvas_.text(x, std::min(y + 20.0, kBottom - 6.0), 0.5, timeText(target.hop.p50_us), kWhite);
    canvas_.text(x, kBottom + 22.0, 0.5, target.simd);
    canvas_.setFontSize(kSmallFont);
    canvas_.text(x, kBottom + 42.0, 0.5, fmt::format("{:.0f} × real time", 1.0 / target.rtf),
                 kGrey);
    canvas_.setFontSize(kFont);
  }

  // The parts, longest first; what does not fit is summed up.
  [[nodiscard]] std::vector<BenchPart> sortedParts() const {
    std::vector<BenchPart> parts = report_.parts;
    std::stable_sort(parts.begin(), parts.end(),
                     [](const BenchPart& a, const BenchPart& b) { return a.us > b.us; });
    if (parts.size() <= kMostRows) return parts;
    BenchPart others;
    others.part.name = "others";
    for (std::size_t i = kMostRows - 1; i < parts.size(); ++i) {
      others.us += parts[i].us;
      others.share_of_hop += parts[i].share_of_hop;
      others.bound.seconds += parts[i].bound.seconds;
    }
    others.roofline_share = 1e6 * others.bound.seconds / others.us;
    parts.resize(kMostRows - 1);
    parts.push_back(others);
    return parts;
  }

  void drawParts() {
    drawTitle(kParts, "Where the time of a hop goes, " + report_.parts_simd,
              "dark: the least time the core's limits allow; light: what is lost beyond that");
    const std::vector<BenchPart> parts = sortedParts();
    if (parts.empty()) return;
    const double longest = std::max(parts.front().us, 1e-3);
    const double row = (kBottom - kTop) / static_cast<double>(parts.size());
    const double step = decimalStep(longest);
    const double scale = 0.86 * kParts.width() / longest;
    for (int i = 0; i * step <= longest * 1.1; ++i) {
      const double x = kParts.left + i * step * scale;
      canvas_.line(x, kTop, x, kBottom, kPale);
      canvas_.text(x, kBottom + 22.0, 0.5, numberLabel(i * step));
    }
    canvas_.text(kParts.middle(), kBottom + 46.0, 0.5, "median time, µs");
    canvas_.setFontSize(std::min(kFont, 0.8 * row));
    double y = kTop;
    for (const BenchPart& part : parts) {
      drawPart(part, y, row, scale);
      y += row;
    }
    canvas_.setFontSize(kFont);
    canvas_.line(kParts.left, kTop, kParts.left, kBottom);
  }

  void drawPart(const BenchPart& part, double y, double row, double scale) {
    const double width = part.us * scale;
    const double bound = std::min(1.0, part.roofline_share) * width;
    const double base = y + 0.68 * row;
    canvas_.box(kParts.left, y + 0.15 * row, width, 0.7 * row,
                part.bound.seconds > 0.0 ? kBar : kGrey);
    canvas_.box(kParts.left, y + 0.15 * row, bound, 0.7 * row, kBound);
    canvas_.text(kParts.left - 8.0, base, 1.0, part.part.name);
    std::string words = fmt::format("{:.1f} %", 100.0 * part.share_of_hop);
    if (part.bound.seconds > 0.0) {
      words += fmt::format(", {:.0f} % of roofline", 100.0 * part.roofline_share);
    }
    const double end = kParts.left + width + 8.0;
    const bool fits = end + canvas_.textWidth(words) <= kParts.right + 60.0;
    canvas_.text(fits ? end : kParts.left + width - 8.0, base, fits ? 0.0 : 1.0, words,
                 fits ? kGrey : kWhite);
  }

  [[nodiscard]] const Roofline* roofline() const {
    for (const BenchTarget& target : report_.targets) {
      if (target.simd == report_.parts_simd) return &target.roofline;
    }
    return nullptr;
  }

  void drawRoof() {
    drawTitle(kRoof, "Roofline, " + report_.parts_simd,
              "a dot is a part of the hop; the nearer to the lines above it, the better");
    const Roofline* const limits = roofline();
    if (limits == nullptr) return;
    const double peak = 1e-9 * limits->fma_per_s;
    // From where the slopes meet the peak, so that they are seen.
    double low = limits->l1_bytes_per_s > 0.0 ? limits->fma_per_s / limits->l1_bytes_per_s : 1.0;
    double high = 16.0 * low;
    double slowest = 0.2 * peak;
    for (const BenchPart& part : report_.parts) {
      if (part.bound.bytes <= 0.0 || part.us <= 0.0) continue;
      low = std::min(low, intensityOf(part));
      high = std::max(high, intensityOf(part));
      slowest = std::min(slowest, rateOf(part));
    }
    x_ = {0.3 * low, 2.5 * high, kRoof.left, kRoof.right};
    y_ = {0.5 * slowest, 1.6 * peak, kBottom, kTop};
    drawTicks(y_, kRoof);
    const auto first = static_cast<int>(std::ceil(std::log2(x_.low)));
    const auto last = static_cast<int>(std::floor(std::log2(x_.high)));
    for (int exponent = first; exponent <= last; ++exponent) {
      const double value = std::exp2(exponent);
      canvas_.line(x_.at(value), kTop, x_.at(value), kBottom, kPale);
      canvas_.text(x_.at(value), kBottom + 22.0, 0.5, numberLabel(value));
    }
    canvas_.text(kRoof.middle(), kBottom + 46.0, 0.5,
                 "multiply-adds for each byte of weights and state");
    canvas_.textUp(kRoof.left - 50.0, 0.5 * (kTop + kBottom), "10⁹ multiply-adds a second");
    canvas_.stroke(kRoof.left, y_.at(peak), kRoof.right, y_.at(peak), 2.0, kRed);
    canvas_.text(kRoof.right, y_.at(peak) - 8.0, 1.0,
                 fmt::format("all the core can multiply and add: {:.0f}", peak), kRed);
    drawSlope(limits->l1_bytes_per_s, "L1", peak);
    drawSlope(limits->l2_bytes_per_s, "L2", peak);
    drawSlope(limits->l3_bytes_per_s, "L3", peak);
    drawDots();
    canvas_.line(kRoof.left, kTop, kRoof.left, kBottom);
    canvas_.line(kRoof.left, kBottom, kRoof.right, kBottom);
  }

  static double intensityOf(const BenchPart& part) {
    return part.bound.multiply_adds / part.bound.bytes;
  }
  static double rateOf(const BenchPart& part) { return 1e-3 * part.bound.multiply_adds / part.us; }

  // What reading from one cache allows: bandwidth times intensity, up to the peak.
  void drawSlope(double bytes_per_s, const char* cache, double peak) {
    const double rate = 1e-9 * bytes_per_s;
    if (rate <= 0.0) return;
    const double begin = std::max(x_.low, y_.low / rate);
    const double end = std::min(x_.high, peak / rate);
    if (end <= begin) return;
    canvas_.stroke(x_.at(begin), y_.at(begin * rate), x_.at(end), y_.at(end * rate), 2.0, kGrey);
    canvas_.setFontSize(kSmallFont);
    const std::string words = fmt::format("{} {:.0f} GB/s", cache, rate);
    // On the line itself.
    const double at = std::sqrt(begin * end);
    const double x = x_.at(at) - 0.5 * canvas_.textWidth(words);
    const double y = y_.at(at * rate) + 5.0;
    clearBehind(x, y, words);
    canvas_.text(x, y, 0.0, words, kGrey);
    canvas_.setFontSize(kFont);
  }

  struct Label {
    double x = 0.0;
    double y = 0.0;
    double width = 0.0;
  };

  [[nodiscard]] bool isFree(const Label& wanted) const {
    if (wanted.x < kRoof.left || wanted.x + wanted.width > kRoof.right + 30.0) return false;
    return std::none_of(labels_.begin(), labels_.end(), [&](const Label& other) {
      return wanted.x < other.x + other.width && other.x < wanted.x + wanted.width &&
             std::fabs(wanted.y - other.y) < 16.0;
    });
  }

  // Beside a point, where no other label stands; the first place if there is none.
  Label placeLabel(double x, double y, const std::string& words, Rgb colour) {
    const double width = canvas_.textWidth(words);
    const double left = x - 9.0 - width;
    const double right = x + 9.0;
    const double centred = x - 0.5 * width;
    const std::array<Label, 10> places = {
        Label{right, y + 5.0, width},    Label{left, y + 5.0, width},
        Label{centred, y + 22.0, width}, Label{centred, y - 12.0, width},
        Label{right, y + 21.0, width},   Label{right, y - 11.0, width},
        Label{left, y + 21.0, width},    Label{left, y - 11.0, width},
        Label{right, y + 37.0, width},   Label{left, y + 37.0, width}};
    const auto* const found =
        std::find_if(places.begin(), places.end(), [&](const Label& l) { return isFree(l); });
    const Label& chosen = found == places.end() ? places.front() : *found;
    canvas_.text(chosen.x, chosen.y, 0.0, words, colour);
    return chosen;
  }

  void drawDots() {
    std::vector<std::string> named;
    for (const BenchPart& part : report_.parts) {
      if (part.bound.bytes <= 0.0 || part.us <= 0.0) continue;
      const double x = x_.at(intensityOf(part));
      const double y = y_.at(rateOf(part));
      canvas_.disc(x, y, 5.0, kindOf(part.part.name).colour);
      labels_.push_back({x - 5.0, y + 5.0, 10.0});
    }
    canvas_.setFontSize(kSmallFont);
    for (const BenchPart& part : report_.parts) {
      const std::string kind = partKind(part.part.name);
      const bool is_named = std::find(named.begin(), named.end(), kind) != named.end();
      if (is_named || part.bound.bytes <= 0.0 || part.us <= 0.0) continue;
      named.push_back(kind);
      labels_.push_back(placeLabel(x_.at(intensityOf(part)), y_.at(rateOf(part)), kind,
                                   kindOf(part.part.name).colour));
    }
    double y = kBottom - 14.0;
    for (const Kind& kind : kKinds) {
      canvas_.disc(kRoof.right - 215.0, y - 5.0, 6.0, kind.colour);
      canvas_.text(kRoof.right - 201.0, y, 0.0, kind.meaning);
      y -= 20.0;
    }
    canvas_.setFontSize(kFont);
  }

  const BenchReport& report_;
  Canvas canvas_;
  LogAxis x_;
  LogAxis y_;
  std::vector<Label> labels_;  // and dots: where no label may stand
};

}  // namespace

std::string partKind(const std::string& part_name) {
  if (part_name.starts_with("blocks.")) return part_name.substr(part_name.rfind('.') + 1);
  return part_name.substr(0, part_name.find('.'));
}

void drawBench(const BenchReport& report, ByteFile& png, const std::string& name) {
  BenchPlot plot(report);
  plot.draw();
  plot.write(png, name);
}

}  // namespace hiss
