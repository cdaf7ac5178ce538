// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QRectF>
#include <QString>
#include <QWidget>
#include <vector>

class QPainter;

namespace hiss {

struct PlotColours;

// How much each channel had to do with a verdict.
struct ChannelShare {
  QString channel;
  double share = 0.0;  // 0 to 1
  QString reading;     // "26,763, expected 12,000 to 19,000"
};

// The bars without texts, one below the other, `row` high each. No widget.
void paintShareBars(QPainter& painter, const std::vector<ChannelShare>& shares, const QRectF& plot,
                    double row, const PlotColours& colours);

// The channels of one row, greatest share first. [main-thread]
class ShareBars : public QWidget {
  Q_OBJECT

 public:
  static constexpr std::size_t kMost = 8;

  explicit ShareBars(QWidget* parent = nullptr);

  // `title`: of which moment.
  void setShares(const QString& title, std::vector<ChannelShare> shares);
  [[nodiscard]] const std::vector<ChannelShare>& shares() const noexcept { return shares_; }

  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

 protected:
  void paintEvent(QPaintEvent* event) override;

 private:
  QString title_;
  std::vector<ChannelShare> shares_;
};

}  // namespace hiss
