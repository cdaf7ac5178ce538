// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/rls_ar.h"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "models/anomaly/band_quantile.h"
#include "models/anomaly/likelihood.h"
#include "models/anomaly/running_scale.h"
#include "models/anomaly/tail_evidence.h"

namespace hiss {

namespace {

constexpr int kSize = RlsArExpert::kTaps + 1;  // and a constant
constexpr double kStart = 10.0;                // of the inverse correlation's diagonal
constexpr double kMostTrace = 1e6;             // more: nothing new came for long, and noise grows
constexpr double kMostInput = 8.0;             // deviations; larger ones would undo the weights
constexpr double kMostError = 3.0;

using Vector = Eigen::Matrix<double, kSize, 1, Eigen::DontAlign>;
using Square = Eigen::Matrix<double, kSize, kSize, Eigen::DontAlign>;

// The filter of one channel, in deviations from the mean.
class Filter {
 public:
  Filter() { reset(); }

  void reset() noexcept HISS_NONBLOCKING {
    HISS_TRUSTED_BEGIN
    past_.setZero();
    HISS_TRUSTED_END
    past_[kSize - 1] = 1.0;
    forget();
  }

  [[nodiscard]] double predict() const noexcept HISS_NONBLOCKING {
    HISS_TRUSTED_BEGIN
    return weights_.dot(past_);
    HISS_TRUSTED_END
  }

  void push(double value) noexcept HISS_NONBLOCKING {
    for (int i = kSize - 2; i > 0; --i) past_[i] = past_[i - 1];
    past_[0] = std::clamp(value, -kMostInput, kMostInput);
  }

  // error: of the newest prediction, before `push`.
  void learn(double error, double forgetting) noexcept HISS_NONBLOCKING {
    HISS_TRUSTED_BEGIN
    const auto inverse = inverse_.selfadjointView<Eigen::Lower>();
    const Vector gain = inverse * past_;
    const double scale = forgetting + past_.dot(gain);
    // Only the lower half is kept up to date, so that it cannot become asymmetric.
    for (int column = 0; column < kSize; ++column) {
      const int rest = kSize - column;
      inverse_.col(column).tail(rest) -= gain.tail(rest) * (gain[column] / scale);
    }
    inverse_.triangularView<Eigen::Lower>() *= 1.0 / forgetting;
    weights_ += gain * (std::clamp(error, -kMostError, kMostError) / scale);
    const double trace = inverse_.trace();
    if (trace > kMostTrace) inverse_.triangularView<Eigen::Lower>() *= kMostTrace / trace;
    const bool sound = scale > 0.0 && std::isfinite(trace) &&
                       inverse_.diagonal().minCoeff() > 0.0 && weights_.cwiseAbs().maxCoeff() < 1e6;
    HISS_TRUSTED_END
    if (!sound) forget();
  }

  void save(StateWriter& writer) const {
    writer.doubles({past_.data(), kSize});
    writer.doubles({weights_.data(), kSize});
    for (int column = 0; column < kSize; ++column) {
      writer.doubles({&inverse_(column, column), static_cast<std::size_t>(kSize - column)});
    }
  }
  void load(StateReader& reader) {
    reader.doubles({past_.data(), kSize});
    reader.doubles({weights_.data(), kSize});
    for (int column = 0; column < kSize; ++column) {
      reader.doubles({&inverse_(column, column), static_cast<std::size_t>(kSize - column)});
    }
  }

 private:
  void forget() noexcept HISS_NONBLOCKING {
    HISS_TRUSTED_BEGIN
    weights_.setZero();
    inverse_.setIdentity();
    inverse_ *= kStart;
    HISS_TRUSTED_END
  }

  Vector past_;
  Vector weights_;
  Square inverse_;  // of the inputs' correlation; the lower half is valid
};

}  // namespace

struct RlsArExpert::Channel {
  RunningScale scale{2000.0};
  Filter filter;
  BandQuantile band;
  TailEvidence rank;
};

RlsArExpert::RlsArExpert(int channels, const RlsArConfig& config) : config_(config) {
  if (channels < 1) {
    throw std::invalid_argument("channels: expected at least 1, found " + std::to_string(channels));
  }
  if (!(config.forgetting > 0.9 && config.forgetting <= 1.0)) {
    throw std::invalid_argument("forgetting: expected 0.9 to 1, found " +
                                std::to_string(config.forgetting));
  }
  channels_.resize(static_cast<std::size_t>(channels));
  if (config.evidence == RlsArConfig::Evidence::kLikelihood) likelihoods_.resize(channels_.size());
}

RlsArExpert::~RlsArExpert() = default;

void RlsArExpert::step(std::span<const ChannelRow> rows,
                       std::span<ChannelOpinion> opinions) noexcept HISS_NONBLOCKING {
  for (std::size_t i = 0; i < channels_.size(); ++i) {
    Channel& channel = channels_[i];
    const ChannelRow& row = rows[i];
    for (int gap = gapRows(row.log_step); gap > 0; --gap) {
      channel.filter.push(channel.filter.predict());
    }
    const double prediction = channel.filter.predict();
    const double deviation = channel.scale.deviation();
    ChannelOpinion opinion;
    if (channel.band.known()) {
      const double centre = channel.scale.mean() + deviation * prediction;
      opinion.low = static_cast<float>(centre - channel.band.width());
      opinion.high = static_cast<float>(centre + channel.band.width());
    }
    if (row.missing) {
      channel.filter.push(prediction);
      opinions[i] = opinion;
      continue;
    }
    // The weights see a value that is cut off, the evidence the value itself: else it would say
    // the same of all great errors.
    const double value = channel.scale.relative(row.value);
    const float weight = row.quiet ? 0.0F : 1.0F;
    if (config_.evidence != RlsArConfig::Evidence::kNone) {
      opinion.evidence = channel.rank.step(std::abs(value - prediction), weight);
    }
    if (!likelihoods_.empty()) {
      opinion.evidence = likelihoods_[i].step(opinion.evidence, weight);
    }
    if (!row.quiet) {
      channel.band.learn(std::abs(value - prediction) * deviation);
      channel.filter.learn(std::clamp(value, -kMostInput, kMostInput) - prediction,
                           config_.forgetting);
      channel.scale.learn(row.value);
    }
    channel.filter.push(value);
    opinions[i] = opinion;
  }
}

int RlsArExpert::gapRows(float log_step) noexcept HISS_NONBLOCKING {
  // Less than one and a half intervals is no gap; beyond the taps, more rows change nothing.
  if (!(log_step > 0.405F)) return 0;
  return static_cast<int>(std::min(std::round(std::exp(log_step)) - 1.0F, float{kTaps}));
}

void RlsArExpert::reset() noexcept HISS_NONBLOCKING {
  for (Channel& channel : channels_) {
    channel.scale.reset();
    channel.filter.reset();
    channel.band.reset();
    channel.rank.reset();
  }
  for (Likelihood& likelihood : likelihoods_) likelihood.reset();
}

int RlsArExpert::warmUpRows() const noexcept {
  return static_cast<int>(TailConfig{}.warm_up_rows) * (likelihoods_.empty() ? 1 : 2);
}

std::size_t RlsArExpert::stateBytesPerChannel() const noexcept {
  return sizeof(Channel) + (likelihoods_.empty() ? 0 : sizeof(Likelihood));
}

void RlsArExpert::save(StateWriter& writer) const {
  for (const Channel& channel : channels_) {
    channel.scale.save(writer);
    channel.filter.save(writer);
    channel.band.save(writer);
    channel.rank.save(writer);
  }
  for (const Likelihood& likelihood : likelihoods_) likelihood.save(writer);
}

void RlsArExpert::load(StateReader& reader) {
  for (Channel& channel : channels_) {
    channel.scale.load(reader);
    channel.filter.load(reader);
    channel.band.load(reader);
    channel.rank.load(reader);
  }
  for (Likelihood& likelihood : likelihoods_) likelihood.load(reader);
}

}  // namespace hiss
