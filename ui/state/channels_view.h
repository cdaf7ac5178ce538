// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QRgb>
#include <array>

#include "ui/state/time_view.h"

namespace hiss {

// One value of each channel over time as a picture: the step size (logarithmic, brighter is larger)
// or the gate (red lets through, blue turns the sign). [main-thread]
class ChannelsView : public TimeView {
  Q_OBJECT

 public:
  enum class Value { kDt, kGate };

  ChannelsView(StateModel& model, Value value, bool has_times, QWidget* parent = nullptr);

 protected:
  void paintPlot(QPainter& painter, const QRect& plot, const PlotColours& colours,
                 int thickness) override;
  [[nodiscard]] QString upperLabel() const override;
  [[nodiscard]] QString lowerLabel() const override;
  [[nodiscard]] std::span<const QRgb> scaleColours() const override;
  [[nodiscard]] bool isPicture() const override { return true; }

 private:
  [[nodiscard]] const std::array<QRgb, 256>& colours() const;

  Value value_;
};

}  // namespace hiss
