// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QRectF>
#include <QString>
#include <cstdint>
#include <vector>

class QFontMetricsF;
class QPainter;

namespace hiss {

struct PlotColours;

// The moments that all lanes share: ns since 1970, shown in local time, or rows.
struct MomentAxis {
  std::int64_t begin = 0;
  std::int64_t end = 1;  // > begin
  bool has_time = false;

  [[nodiscard]] double span() const noexcept {
    return static_cast<double>(static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin));
  }
  // In the coordinates of `plot`, without bounds.
  [[nodiscard]] double xOf(std::int64_t moment, const QRectF& plot) const noexcept;
  [[nodiscard]] std::int64_t momentAt(double x, const QRectF& plot) const noexcept;
};

// Round moments of the axis, at most about `most`.
std::vector<std::int64_t> momentTicks(const MomentAxis& axis, int most);

// A moment in the user's way, as exact as an axis of this span needs.
QString momentText(std::int64_t moment, bool has_time, double span);

// A tick's text and where it begins. In order; they do not touch each other, and none leaves the
// plot.
struct MomentLabel {
  double x = 0.0;
  double width = 0.0;
  QString text;
};
std::vector<MomentLabel> momentLabels(const MomentAxis& axis, const QRectF& plot,
                                      const QFontMetricsF& metrics);

// Lines over `plot` at the ticks.
void paintMomentGrid(QPainter& painter, const MomentAxis& axis, const QRectF& plot,
                     const PlotColours& colours);
// Their texts below `plot`.
void paintMomentLabels(QPainter& painter, const MomentAxis& axis, const QRectF& plot,
                       const PlotColours& colours);

}  // namespace hiss
