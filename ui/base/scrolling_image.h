// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QImage>
#include <QRect>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

class QPainter;

namespace hiss {

// A picture that grows on the right, one column of values after the other, and is drawn with the
// newest at the right edge: spectrograms, step sizes, gates. Keeps the newest columns as bytes, so
// that a window of another size or other colours can be drawn again; of the image of the size last
// drawn only what is new is made. Rows and columns that share a pixel are pooled. No widget; not
// thread-safe.
class ScrollingImage {
 public:
  enum class Pooling {
    kMax,      // the greatest value
    kExtreme,  // the one farthest from the middle of the scale, 128
  };

  // Both at least 1; row 0 is drawn at the bottom.
  ScrollingImage(int rows, int kept_columns, Pooling pooling = Pooling::kMax);

  // What each value looks like.
  void setColours(const std::array<QRgb, 256>& colours);

  // values [rows]. The column after the one added last.
  void add(std::span<const std::uint8_t> values);
  void clear();

  // Columns added since the beginning or clear(); the newest min(columns(), kept) are there.
  [[nodiscard]] std::int64_t columns() const noexcept { return columns_; }
  [[nodiscard]] int rows() const noexcept { return rows_; }
  // A value that is kept; 0 <= row < rows(), column one of those that are there.
  [[nodiscard]] std::uint8_t value(std::int64_t column, int row) const noexcept;

  // Draws `shown` > 0 columns, those before `end` (which may lie beyond the newest), over `target`.
  // What is not there stays as it was.
  void paint(QPainter& painter, const QRect& target, double end, double shown);

 private:
  void prepareImage(const QSize& size, double columns_per_pixel);
  void renderPixelColumn(std::int64_t pixel);

  int rows_;
  int kept_;
  Pooling pooling_;
  std::vector<std::uint8_t> values_;  // [kept, rows], ring
  std::int64_t columns_ = 0;
  std::array<QRgb, 256> colours_{};

  QImage image_;  // ring of pixel columns; pixel k stands at k modulo its width
  double columns_per_pixel_ = 0.0;
  std::int64_t rendered_ = 0;         // pixel columns that are made, counted from column 0
  std::vector<std::uint8_t> pooled_;  // [rows]
};

}  // namespace hiss
