// SPDX-License-Identifier: Apache-2.0
#include "dsp/resampler.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <numeric>
#include <vector>

namespace hiss {
namespace {

constexpr int kCrossings = 32;     // of the sinc to either side, at the lower rate
constexpr double kCutoff = 0.93;   // of half the lower rate: 6 dB down
constexpr double kBeta = 7.0;      // of the window: 72 dB
constexpr int kMostPhases = 512;   // beyond, the coefficients between two are interpolated
constexpr std::size_t kLanes = 8;  // sums side by side, so that they make a vector

// Modified Bessel function of the first kind, order 0, by its power series.
double bessel0(double x) {
  double sum = 1.0;
  double term = 1.0;
  for (int k = 1; term > 1e-12 * sum; ++k) {
    term *= x * x / (4.0 * k * k);
    sum += term;
  }
  return sum;
}

// The kernel at `t` input samples from its middle; `cutoff` in halves of the input's rate.
double kernelAt(double t, double cutoff, double reach) {
  const double at = t / reach;
  if (std::abs(at) >= 1.0) return 0.0;
  const double angle = std::numbers::pi * cutoff * t;
  const double sinc = std::abs(angle) < 1e-9 ? 1.0 : std::sin(angle) / angle;
  return sinc * bessel0(kBeta * std::sqrt(1.0 - at * at));
}

std::int64_t floorQuotient(std::int64_t a, std::int64_t b) {
  return a >= 0 ? a / b : -((b - 1 - a) / b);
}

}  // namespace

void Resampler::prepare(int from_hz, int to_hz, int max_in, std::int64_t start) {
  const int divisor = std::gcd(from_hz, to_hz);
  from_ = from_hz / divisor;
  to_ = to_hz / divisor;
  const double slower = std::max(1.0, static_cast<double>(from_) / to_);
  constexpr int kMultiple = static_cast<int>(kLanes) / 2;
  reach_ =
      (static_cast<int>(std::ceil(kCrossings * slower)) + kMultiple - 1) / kMultiple * kMultiple;

  auto bank = std::make_shared<Bank>();
  bank->phases = std::min(to_, kMostPhases);
  const auto length = static_cast<std::size_t>(2 * reach_);
  bank->taps.resize(static_cast<std::size_t>(bank->phases + 1) * length);
  std::vector<double> row(length);
  for (int phase = 0; phase <= bank->phases; ++phase) {
    for (std::size_t i = 0; i < length; ++i) {
      const double t =
          static_cast<double>(i) - (reach_ - 1) - static_cast<double>(phase) / bank->phases;
      row[i] = kernelAt(t, kCutoff / slower, reach_);
    }
    const double sum = std::accumulate(row.begin(), row.end(), 0.0);
    float* const taps = bank->taps.data() + static_cast<std::size_t>(phase) * length;
    std::transform(row.begin(), row.end(), taps,
                   [sum](double value) { return static_cast<float>(value / sum); });
  }
  bank_ = std::move(bank);

  const std::int64_t parts = start / divisor;
  const std::int64_t whole = floorQuotient(parts, to_);
  start_part_ = static_cast<int>(parts - whole * to_);
  // Zeros as far as the first kernel reaches back.
  const int before = static_cast<int>(std::max<std::int64_t>(0, reach_ - 1 - whole));
  start_place_ = before + static_cast<int>(whole);
  constexpr int kLate = 16;  // samples whose outputs may be late
  history_.resize(static_cast<std::size_t>(std::max(before, 2 * reach_) + from_ / to_ + kLate) +
                  static_cast<std::size_t>(max_in));
  start_filled_ = before;
  reset();
}

void Resampler::push(const float* in, int n) noexcept HISS_NONBLOCKING {
  // What no output needs any more goes.
  const int gone = std::min(filled_, place_ - (reach_ - 1));
  std::copy(history_.data() + gone, history_.data() + filled_, history_.data());
  filled_ -= gone;
  place_ -= gone;
  const int taken = std::min(n, static_cast<int>(history_.size()) - filled_);
  std::copy_n(in, taken, history_.data() + filled_);
  filled_ += taken;
}

int Resampler::ready() const noexcept HISS_NONBLOCKING {
  // Outputs j with floor((part + j from) / to) + place + reach < filled.
  const std::int64_t room = std::int64_t{filled_} - reach_ - place_;
  if (room <= 0) return 0;
  return static_cast<int>((room * to_ - part_ + from_ - 1) / from_);
}

void Resampler::pull(float* out, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) {
    const std::int64_t phases = std::int64_t{part_} * bank_->phases;
    const int phase = static_cast<int>(phases / to_);
    const auto rest = static_cast<float>(phases % to_) / static_cast<float>(to_);
    float y = dot(phase);
    if (rest > 0.0F) y += rest * (dot(phase + 1) - y);
    out[i] = y;
    advance();
  }
}

void Resampler::advance() noexcept HISS_NONBLOCKING {
  place_ += from_ / to_;
  part_ += from_ % to_;
  if (part_ >= to_) {
    part_ -= to_;
    ++place_;
  }
}

float Resampler::dot(int phase) const noexcept HISS_NONBLOCKING {
  const auto length = static_cast<std::size_t>(2 * reach_);
  const float* const taps = bank_->taps.data() + static_cast<std::size_t>(phase) * length;
  const float* const x = history_.data() + (place_ - (reach_ - 1));
  std::array<float, kLanes> sums{};
  for (std::size_t i = 0; i < length; i += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) sums[k] += taps[i + k] * x[i + k];
  }
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

void Resampler::reset() noexcept HISS_NONBLOCKING {
  history_.fill(0.0F);
  filled_ = start_filled_;
  place_ = start_place_;
  part_ = start_part_;
}

void Resampler::saveState(float* out) const noexcept {
  out = std::copy(history_.begin(), history_.end(), out);
  *out++ = static_cast<float>(filled_);  // exact: all are below 2^24
  *out++ = static_cast<float>(place_);
  *out++ = static_cast<float>(part_);
}

bool Resampler::loadState(const float* in) noexcept {
  const float* const numbers = in + history_.size();
  const auto within = [](float value, int least, int most) {
    return value >= static_cast<float>(least) && value <= static_cast<float>(most);
  };
  const int most = static_cast<int>(history_.size());
  if (!within(numbers[0], 0, most) || !within(numbers[1], reach_ - 1, most) ||
      !within(numbers[2], 0, to_ - 1)) {
    return false;
  }
  std::copy_n(in, history_.size(), history_.data());
  filled_ = static_cast<int>(numbers[0]);
  place_ = static_cast<int>(numbers[1]);
  part_ = static_cast<int>(numbers[2]);
  return true;
}

}  // namespace hiss
