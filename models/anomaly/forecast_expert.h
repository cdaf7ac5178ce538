// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "models/anomaly/detector_tap.h"
#include "models/anomaly/expert.h"
#include "models/anomaly/forecast_scale.h"
#include "models/anomaly/tail_evidence.h"
#include "models/sensor_forecaster.h"

namespace hiss {

// How far out a value lies in a forecast: -ln of twice the share of outcomes that are as far or
// farther out on its side; 0 at the middle quantile, 1 on average where forecasts are right.
// Between quantiles the distribution is linear, beyond the outer ones exponential; from 20 on
// surprise grows as its logarithm, for no tail is known so far out, but without bound. `quantiles`
// [SensorForecaster::kQuantiles], rising, on the channel's scale. [audio-thread]
[[nodiscard]] float forecastSurprise(const float* quantiles, float value) noexcept HISS_NONBLOCKING;

// Watches channels with a SensorForecaster. The band is between its 1 % and 99 % quantiles of the
// next row. Evidence is the mean of how unusual two statistics are for the channel (TailEvidence):
// how much the newest rows surprised the forecasts made a row before them, smoothed over ten; and
// what the network's other output says, which learnt to find anomalies. (Forecasts from farther
// back, other smoothings and more of them were tried and add nothing to these.) Beyond 2 it grows
// as the logarithm only: it bears out what another expert says and does not outvote it.
//
// Channels are advanced in batches, which changes no bit. See Expert for the contract.
class ForecastExpert final : public Expert {
 public:
  // Records its rows in `tap`, which may be null, while somebody looks. Throws
  // std::invalid_argument if `model` is null or channels < 1. [main-thread]
  ForecastExpert(std::shared_ptr<const SensorForecaster> model, int channels,
                 std::shared_ptr<DetectorTap> tap = nullptr);

  void step(std::span<const ChannelRow> rows,
            std::span<ChannelOpinion> opinions) noexcept HISS_NONBLOCKING override;
  void reset() noexcept HISS_NONBLOCKING override;
  [[nodiscard]] int warmUpRows() const noexcept override;
  [[nodiscard]] std::size_t stateBytesPerChannel() const noexcept override;
  void save(StateWriter& writer) const override;
  void load(StateReader& reader) override;

 private:
  static constexpr int kQuantiles = SensorForecaster::kQuantiles;

  // What is remembered of a channel besides the network's state.
  struct Channel {
    ForecastScale scale;
    float held = 0.0F;                         // the last value that was measured, scaled
    std::array<float, kQuantiles> forecast{};  // of the next row, scaled
    float surprise = 0.0F;                     // smoothed
    float evidence = 0.0F;                     // of it, in this row
    TailEvidence surprise_tail;
    TailEvidence logit_tail;
  };

  // One value on the scale, or one that is missing -> features of its row.
  void see(Channel& channel, const ChannelRow& row, ChannelOpinion& opinion,
           float* features) const noexcept HISS_NONBLOCKING;
  // Takes the forecast of the next row, and the logit of this one into the opinion.
  void foresee(Channel& channel, const ChannelRow& row, const float* quantiles, float logit,
               ChannelOpinion& opinion) const noexcept HISS_NONBLOCKING;

  void endRecord() noexcept HISS_NONBLOCKING;

  std::shared_ptr<const SensorForecaster> model_;
  std::shared_ptr<DetectorTap> tap_;
  std::vector<Channel> channels_;
  std::vector<SensorForecaster::State> states_;  // of a batch each
  SensorForecaster::Scratch scratch_;
  std::vector<float> features_;   // [batch, features]
  std::vector<float> quantiles_;  // [batch, horizon, quantile]
  std::vector<float> logits_;     // [batch]
};

}  // namespace hiss
