// SPDX-License-Identifier: Apache-2.0
#include "ui/base/scrolling_image.h"

#include <QPainter>
#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace hiss {
namespace {

constexpr int kMiddle = 128;

std::uint8_t farther(std::uint8_t a, std::uint8_t b) noexcept {
  return std::abs(b - kMiddle) > std::abs(a - kMiddle) ? b : a;
}

}  // namespace

ScrollingImage::ScrollingImage(int rows, int kept_columns, Pooling pooling)
    : rows_(rows),
      kept_(kept_columns),
      pooling_(pooling),
      values_(static_cast<std::size_t>(rows) * static_cast<std::size_t>(kept_columns)),
      pooled_(static_cast<std::size_t>(rows)) {
  for (int i = 0; i < 256; ++i) colours_[static_cast<std::size_t>(i)] = qRgb(i, i, i);
}

void ScrollingImage::setColours(const std::array<QRgb, 256>& colours) {
  if (colours == colours_) return;
  colours_ = colours;
  image_ = {};
}

void ScrollingImage::add(std::span<const std::uint8_t> values) {
  std::copy_n(values.begin(), rows_, values_.begin() + (columns_ % kept_) * rows_);
  ++columns_;
}

void ScrollingImage::clear() {
  columns_ = 0;
  image_ = {};
}

std::uint8_t ScrollingImage::value(std::int64_t column, int row) const noexcept {
  return values_[static_cast<std::size_t>((column % kept_) * rows_ + row)];
}

void ScrollingImage::prepareImage(const QSize& size, double columns_per_pixel) {
  if (image_.size() == size && columns_per_pixel_ == columns_per_pixel) return;
  image_ = QImage(size, QImage::Format_RGB32);
  columns_per_pixel_ = columns_per_pixel;
  rendered_ = 0;
}

void ScrollingImage::renderPixelColumn(std::int64_t pixel) {
  const double begin = static_cast<double>(pixel) * columns_per_pixel_;
  auto first = static_cast<std::int64_t>(std::floor(begin));
  auto last = static_cast<std::int64_t>(std::ceil(begin + columns_per_pixel_));
  first = std::max(first, columns_ - kept_);
  last = std::min(std::max(last, first + 1), columns_);
  const auto pool = [this](std::uint8_t a, std::uint8_t b) {
    return pooling_ == Pooling::kMax ? std::max(a, b) : farther(a, b);
  };
  for (std::int64_t c = first; c < last; ++c) {
    const std::uint8_t* column = values_.data() + (c % kept_) * rows_;
    if (c == first) {
      std::copy_n(column, rows_, pooled_.begin());
    } else {
      std::transform(column, column + rows_, pooled_.begin(), pooled_.begin(), pool);
    }
  }
  const int height = image_.height();
  const auto x = static_cast<int>(pixel % image_.width());
  for (int y = 0; y < height; ++y) {
    const int up = height - 1 - y;
    const int low = up * rows_ / height;
    const int high = std::max(low + 1, (up + 1) * rows_ / height);
    std::uint8_t value = pooled_[static_cast<std::size_t>(low)];
    for (int r = low + 1; r < high; ++r) value = pool(value, pooled_[static_cast<std::size_t>(r)]);
    reinterpret_cast<QRgb*>(image_.scanLine(y))[x] = colours_[value];
  }
}

void ScrollingImage::paint(QPainter& painter, const QRect& target, double end, double shown) {
  if (target.isEmpty() || columns_ == 0 || !(shown > 0.0)) return;
  prepareImage(target.size(), shown / target.width());
  // Only pixels whose columns are all there: one that is made is never made again.
  const auto complete =
      static_cast<std::int64_t>(std::floor(static_cast<double>(columns_) / columns_per_pixel_));
  const auto oldest = static_cast<std::int64_t>(std::ceil(
      static_cast<double>(std::max<std::int64_t>(0, columns_ - kept_)) / columns_per_pixel_));
  const std::int64_t width = target.width();
  for (std::int64_t p = std::max({rendered_, complete - width, oldest}); p < complete; ++p) {
    renderPixelColumn(p);
  }
  rendered_ = std::max(rendered_, complete);

  const auto right = static_cast<std::int64_t>(std::floor(end / columns_per_pixel_));
  const std::int64_t first = std::max({right - width, complete - width, oldest, std::int64_t{0}});
  const std::int64_t last = std::min(right, complete);
  for (std::int64_t p = first; p < last;) {
    const auto x = static_cast<int>(p % width);
    const auto n = static_cast<int>(std::min<std::int64_t>(width - x, last - p));
    painter.drawImage(QPoint(target.left() + static_cast<int>(p - (right - width)), target.top()),
                      image_, QRect(x, 0, n, target.height()));
    p += n;
  }
}

}  // namespace hiss
