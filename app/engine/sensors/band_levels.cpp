// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/band_levels.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

namespace hiss {
namespace {

constexpr double kLowestHz = 30.0;
constexpr double kHighestHz = 20000.0;

double melOf(double hz) { return 2595.0 * std::log10(1.0 + hz / 700.0); }
double hzOf(double mel) { return 700.0 * (std::pow(10.0, mel / 2595.0) - 1.0); }

}  // namespace

BandLevels::BandLevels(int sample_rate_hz, int channels)
    : rate_(sample_rate_hz),
      window_(sample_rate_hz * 2 / kRowsPerSecond),
      fft_(static_cast<int>(std::bit_ceil(static_cast<unsigned>(window_)))),
      history_(static_cast<std::size_t>(channels),
               std::vector<float>(static_cast<std::size_t>(window_))),
      taper_(static_cast<std::size_t>(window_)),
      input_(static_cast<std::size_t>(fft_.size())),
      spectrum_(static_cast<std::size_t>(fft_.bins())),
      power_(spectrum_.size()) {
  double energy = 0.0;
  for (int i = 0; i < window_; ++i) {
    const double value = std::sin(std::numbers::pi * (i + 0.5) / window_);
    taper_[i] = static_cast<float>(value);
    energy += value * value;
  }
  // A sine of amplitude 1 has 0 dB over all bands.
  scale_ = 4.0 / (energy * fft_.size() * static_cast<double>(channels));
  nameBands();
}

void BandLevels::nameBands() {
  const auto rate = static_cast<double>(rate_);
  const double top = melOf(std::min(kHighestHz, 0.5 * rate));
  const double bottom = melOf(kLowestHz);
  std::array<double, kBands + 1> hz{};
  for (int b = 0; b <= kBands; ++b) {
    hz[b] = hzOf(bottom + (top - bottom) * b / kBands);
    const int bin = static_cast<int>(std::lround(hz[b] / rate * fft_.size()));
    edges_[b] = std::min(bin, fft_.bins());
    // A band has at least one bin.
    if (b > 0) edges_[b] = std::max(edges_[b], edges_[b - 1] + 1);
  }
  for (int b = 0; b < kBands; ++b) {
    names_.push_back(fmt::format("{:.0f}-{:.0f} Hz", hz[b], hz[b + 1]));
  }
}

int BandLevels::samplesOfNextRow() const {
  return static_cast<int>((rows_ + 1) * rate_ / kRowsPerSecond - rows_ * rate_ / kRowsPerSecond);
}

void BandLevels::next(std::span<const std::vector<float>> block, std::span<double> levels) {
  const int count = samplesOfNextRow();
  for (std::size_t c = 0; c < history_.size(); ++c) {
    auto& history = history_[c];
    std::copy(history.begin() + count, history.end(), history.begin());
    std::copy_n(block[c].begin(), count, history.end() - count);
  }
  ++rows_;
  analyze(levels);
}

void BandLevels::analyze(std::span<double> levels) {
  std::fill(power_.begin(), power_.end(), 0.0);
  for (const auto& history : history_) {
    for (int i = 0; i < window_; ++i) input_[i] = history[i] * taper_[i];
    fft_.forward(input_.data(), spectrum_.data());
    for (std::size_t k = 0; k < power_.size(); ++k) {
      power_[k] += static_cast<double>(std::norm(spectrum_[k]));
    }
  }
  for (int b = 0; b < kBands; ++b) {
    const double power =
        scale_ * std::accumulate(power_.begin() + edges_[b], power_.begin() + edges_[b + 1], 0.0);
    levels[b] = std::max(kSilenceDb, 10.0 * std::log10(std::max(power, 1e-30)));
  }
}

}  // namespace hiss
