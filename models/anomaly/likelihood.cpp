// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/likelihood.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace hiss {

namespace {

constexpr double kGrain = 65536.0;
constexpr float kMost = 1e6F;  // beyond it a mean of 100 rows says nothing of the other 99

}  // namespace

float Likelihood::step(float evidence, float weight) noexcept HISS_NONBLOCKING {
  const auto rounded =
      static_cast<float>(std::round(std::clamp(evidence, 0.0F, kMost) * kGrain) / kGrain);
  long_sum_ += double{rounded} - double{recent_[next_]};
  short_sum_ += double{rounded} - double{recent_[(next_ + kLong - kShort) % kLong]};
  recent_[next_] = rounded;
  next_ = (next_ + 1) % kLong;
  count_ = std::min(count_ + 1, kLong);

  const double short_mean = short_sum_ / static_cast<double>(std::min(count_, kShort));
  const double long_mean = long_sum_ / static_cast<double>(count_);
  const std::array<float, 3> means = {rounded, static_cast<float>(short_mean),
                                      static_cast<float>(long_mean)};
  std::array<float, 3> found{};
  for (std::size_t i = 0; i < means.size(); ++i) found[i] = ranks_[i].step(means[i], weight);

  // The harmonic mean of the three shares: near the smallest, whatever their dependence.
  const float most = *std::max_element(found.begin(), found.end());
  float sum = 0.0F;
  for (const float one : found) sum += std::pow(10.0F, one - most);
  return most + std::log10(sum / static_cast<float>(found.size()));
}

void Likelihood::reset() noexcept HISS_NONBLOCKING {
  recent_.fill(0.0F);
  long_sum_ = short_sum_ = 0.0;
  next_ = count_ = 0;
  for (TailEvidence& rank : ranks_) rank.reset();
}

void Likelihood::save(StateWriter& writer) const {
  writer.integer(next_);
  writer.integer(count_);
  writer.floats(recent_);
  for (const TailEvidence& rank : ranks_) rank.save(writer);
}

void Likelihood::load(StateReader& reader) {
  next_ = static_cast<std::size_t>(reader.integer("next", kLong - 1));
  count_ = static_cast<std::size_t>(reader.integer("rows", kLong));
  reader.floats(recent_);
  long_sum_ = short_sum_ = 0.0;
  for (std::size_t i = 0; i < kLong; ++i) {
    const std::size_t age = (next_ + kLong - 1 - i) % kLong;
    long_sum_ += double{recent_[i]};
    if (age < kShort) short_sum_ += double{recent_[i]};
  }
  for (TailEvidence& rank : ranks_) rank.load(reader);
}

}  // namespace hiss
