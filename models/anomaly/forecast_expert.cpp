// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/forecast_expert.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace hiss {
namespace {

constexpr int kFeatures = SensorForecaster::kFeatures;
constexpr int kPerRow = SensorForecaster::kPerRow;
constexpr int kQuantiles = SensorForecaster::kQuantiles;
static_assert(ForecasterConfig::kHorizons[0] == 1, "the band is of the next row");
// Channels that are advanced together. More gain nothing, and their scratch leaves the cache.
constexpr int kBatch = 64;
// Rows before forecasts count, and before there is a band: the scale is still finding itself.
constexpr std::uint64_t kSettlingRows = 64;
constexpr std::uint64_t kBandRows = 16;
constexpr int kWarmUpRows = 300;

constexpr float kSmoothing = 10.0F;  // rows
constexpr float kLogitShare = 0.5F;  // of the evidence
// Many a value leaps for no reason that was there before: a forecast can bear out what others say
// of a row, but is not to outvote them. Evidence beyond this, one row in a hundred, hardly grows.
constexpr float kMostEvidence = 2.0F;
constexpr float kGrowthBeyond = 0.1F;
constexpr TailConfig kTail = {.effective_rows = 5000.0F, .warm_up_rows = 150.0F};
constexpr float kQuietWeight = 0.1F;

// As in training: see train_forecaster.Batches.draw.
constexpr float kMostJump = 20.0F;
constexpr float kMostLogStep = 4.1F;  // 60 rows
constexpr double kMostValue = 1e100;

// On the channel's scale; a narrower tail would make rounding surprising.
constexpr float kLeastTail = 1e-4F;

// `beyond` the outer quantile, which lies `width` from the one before it: the share there falls on
// as fast as it falls between these two.
float outerSurprise(float beyond, float width) noexcept HISS_NONBLOCKING {
  constexpr float kAtOuter = 3.912023F;  // -ln(2 1 %)
  constexpr float kFall = 1.609438F;     // ln(5 % / 1 %)
  constexpr float kFar = 20.0F;
  const float surprise = kAtOuter + kFall * beyond / std::max(width, kLeastTail);
  return surprise > kFar ? kFar * (1.0F + std::log(surprise / kFar)) : surprise;
}

float restrained(float evidence) noexcept HISS_NONBLOCKING {
  if (evidence <= kMostEvidence) return evidence;
  return kMostEvidence + kGrowthBeyond * std::log1p(evidence - kMostEvidence);
}

float toFloat(double x) noexcept HISS_NONBLOCKING {
  constexpr double kMost = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(x, -kMost, kMost));
}

}  // namespace

float forecastSurprise(const float* quantiles, float value) noexcept HISS_NONBLOCKING {
  constexpr int kLast = kQuantiles - 1;
  if (value < quantiles[0]) {
    return outerSurprise(quantiles[0] - value, quantiles[1] - quantiles[0]);
  }
  if (value > quantiles[kLast]) {
    return outerSurprise(value - quantiles[kLast], quantiles[kLast] - quantiles[kLast - 1]);
  }
  int i = 0;
  while (i + 2 < kQuantiles && value > quantiles[i + 1]) ++i;
  const float width = quantiles[i + 1] - quantiles[i];
  const auto low = static_cast<float>(ForecasterConfig::kQuantiles[static_cast<std::size_t>(i)]);
  const auto high =
      static_cast<float>(ForecasterConfig::kQuantiles[static_cast<std::size_t>(i) + 1]);
  const float place = width > 0.0F ? (value - quantiles[i]) / width : 0.5F;
  const float below = low + (high - low) * std::clamp(place, 0.0F, 1.0F);
  return -std::log(2.0F * std::min(below, 1.0F - below));
}

ForecastExpert::ForecastExpert(std::shared_ptr<const SensorForecaster> model, int channels,
                               std::shared_ptr<DetectorTap> tap)
    : model_(std::move(model)), tap_(std::move(tap)) {
  if (model_ == nullptr)
    throw std::invalid_argument("ForecastExpert: expected a model, found none");
  if (channels < 1) {
    throw std::invalid_argument("ForecastExpert: channels: expected at least 1, found " +
                                std::to_string(channels));
  }
  Channel fresh;
  fresh.surprise_tail = TailEvidence(kTail);
  fresh.logit_tail = TailEvidence(kTail);
  channels_.assign(static_cast<std::size_t>(channels), fresh);
  for (int done = 0; done < channels; done += kBatch) {
    states_.push_back(model_->makeState(std::min(kBatch, channels - done)));
  }
  const int batch = std::min(kBatch, channels);
  scratch_ = SensorForecaster::Scratch(*model_, batch);
  features_.resize(static_cast<std::size_t>(batch * kFeatures));
  quantiles_.resize(static_cast<std::size_t>(batch * kPerRow));
  logits_.resize(static_cast<std::size_t>(batch));
}

void ForecastExpert::see(Channel& channel, const ChannelRow& row, ChannelOpinion& opinion,
                         float* features) const noexcept HISS_NONBLOCKING {
  ForecastScale& scale = channel.scale;
  opinion = ChannelOpinion();
  if (scale.rows() >= kBandRows) {
    opinion.low = toFloat(scale.absolute(static_cast<double>(channel.forecast.front())));
    opinion.high = toFloat(scale.absolute(static_cast<double>(channel.forecast.back())));
  }
  float jump = 0.0F;
  channel.evidence = 0.0F;
  if (!row.missing) {
    const double value = std::clamp(row.value, -kMostValue, kMostValue);
    if (scale.rows() >= kSettlingRows) {
      const auto relative = static_cast<float>(scale.relative(value));
      const float surprise = forecastSurprise(channel.forecast.data(), relative);
      channel.surprise += (surprise - channel.surprise) / kSmoothing;
      channel.evidence = channel.surprise_tail.step(static_cast<double>(channel.surprise),
                                                    row.quiet ? kQuietWeight : 1.0F);
    }
    const float z = scale.step(value, row.quiet);
    if (scale.rows() > 1) jump = z - channel.held;
    channel.held = z;
  }
  const float usual = scale.usualStep();
  features[0] = channel.held / 3.0F;
  features[1] = std::clamp(jump / usual, -kMostJump, kMostJump) / 3.0F;
  features[2] = (std::log(usual) + 2.0F) / 2.0F;
  features[3] = row.missing ? 1.0F : 0.0F;
  features[4] = row.log_step > 0.0F ? std::min(row.log_step, kMostLogStep) : 0.0F;
}

void ForecastExpert::foresee(Channel& channel, const ChannelRow& row, const float* quantiles,
                             float logit, ChannelOpinion& opinion) const noexcept HISS_NONBLOCKING {
  const float usual = channel.scale.usualStep();
  for (std::size_t i = 0; i < kQuantiles; ++i) {
    channel.forecast[i] = channel.held + usual * quantiles[i];
  }
  if (row.missing || channel.scale.rows() <= kSettlingRows) return;
  // Half of the odds' logarithm: what a histogram of five decades can hold.
  const double odds = std::exp(0.5 * static_cast<double>(logit));
  const float found = channel.logit_tail.step(odds, row.quiet ? kQuietWeight : 1.0F);
  opinion.evidence = restrained((1.0F - kLogitShare) * channel.evidence + kLogitShare * found);
}

void ForecastExpert::step(std::span<const ChannelRow> rows,
                          std::span<ChannelOpinion> opinions) noexcept HISS_NONBLOCKING {
  const StateProbe* const looked_at = tap_ != nullptr ? tap_->begin() : nullptr;
  StateProbe probe = looked_at != nullptr ? *looked_at : StateProbe();
  std::size_t first = 0;
  for (SensorForecaster::State& state : states_) {
    const bool here = looked_at != nullptr && probe.row >= 0 && probe.row < state.rows();
    const auto count = static_cast<std::size_t>(state.rows());
    for (std::size_t i = 0; i < count; ++i) {
      see(channels_[first + i], rows[first + i], opinions[first + i],
          features_.data() + i * kFeatures);
    }
    model_->step(features_.data(), state, scratch_, quantiles_.data(), logits_.data(),
                 here ? &probe : nullptr);
    probe.row -= state.rows();  // of the next batch
    for (std::size_t i = 0; i < count; ++i) {
      foresee(channels_[first + i], rows[first + i], quantiles_.data() + i * kPerRow, logits_[i],
              opinions[first + i]);
    }
    first += count;
  }
  if (looked_at != nullptr) endRecord();
}

void ForecastExpert::endRecord() noexcept HISS_NONBLOCKING {
  const MambaConfig mamba = model_->config().mamba();
  const auto values =
      static_cast<float>(mamba.dInner() * mamba.d_state) * static_cast<float>(channels_.size());
  int layer = 0;
  for (float& rms : tap_->ssmStateRms()) {
    float sum = 0.0F;
    for (const SensorForecaster::State& state : states_) {
      for (int row = 0; row < state.rows(); ++row) sum += state.sumOfSquares(layer, row);
    }
    rms = std::sqrt(sum / values);
    ++layer;
  }
  tap_->end();
}

void ForecastExpert::reset() noexcept HISS_NONBLOCKING {
  for (Channel& channel : channels_) {
    channel.scale.reset();
    channel.held = 0.0F;
    channel.forecast.fill(0.0F);
    channel.surprise = 0.0F;
    channel.surprise_tail.reset();
    channel.logit_tail.reset();
    channel.evidence = 0.0F;
  }
  for (SensorForecaster::State& state : states_) state.reset();
}

int ForecastExpert::warmUpRows() const noexcept { return kWarmUpRows; }

std::size_t ForecastExpert::stateBytesPerChannel() const noexcept {
  return model_->stateBytesPerChannel() + sizeof(Channel);
}

void ForecastExpert::save(StateWriter& writer) const {
  for (const Channel& channel : channels_) {
    channel.scale.save(writer);
    writer.floats(std::span(&channel.held, 1));
    writer.floats(channel.forecast);
    writer.floats(std::span(&channel.surprise, 1));
    channel.surprise_tail.save(writer);
    channel.logit_tail.save(writer);
  }
  for (const SensorForecaster::State& state : states_)
    state.save(writer.reserve(state.savedBytes()));
}

void ForecastExpert::load(StateReader& reader) {
  for (Channel& channel : channels_) {
    channel.scale.load(reader);
    reader.floats(std::span(&channel.held, 1));
    reader.floats(channel.forecast);
    reader.floats(std::span(&channel.surprise, 1));
    channel.surprise_tail.load(reader);
    channel.logit_tail.load(reader);
  }
  for (SensorForecaster::State& state : states_) state.load(reader.take(state.savedBytes()));
}

}  // namespace hiss
