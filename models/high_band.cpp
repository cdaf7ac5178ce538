// SPDX-License-Identifier: Apache-2.0
#include "models/high_band.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace hiss {
namespace {

// Below this mean power of a band its gain says nothing.
constexpr float kLeastPower = 1e-12F;
// The network may raise a bin a little; beyond this it makes no sense.
constexpr float kMostGain = 2.0F;

// Sum of |x|^2. Eight sums side by side, for one alone would wait for each addition.
float energy(const std::complex<float>* x, int n) noexcept HISS_NONBLOCKING {
  constexpr int kLanes = 8;
  const auto* values = reinterpret_cast<const float*>(x);
  float sums[kLanes] = {};
  int i = 0;
  for (; i + kLanes <= 2 * n; i += kLanes) {
    for (int lane = 0; lane < kLanes; ++lane) sums[lane] += values[i + lane] * values[i + lane];
  }
  for (; i < 2 * n; ++i) sums[0] += values[i] * values[i];
  return ((sums[0] + sums[4]) + (sums[1] + sums[5])) + ((sums[2] + sums[6]) + (sums[3] + sums[7]));
}

Linear linear(const std::string& name, int n_out, int n_in, const TensorLookup& lookup,
              const Kernels& kernels) {
  return {lookup(name + ".weight", {n_out, n_in}), lookup(name + ".bias", {n_out}), n_out, n_in,
          kernels};
}

}  // namespace

HighBand::Scratch::Scratch(const HighBand& head) : mamba(head.mambaConfig(), 1) {
  const HighBandConfig& config = head.config();
  const auto size = [](int n) { return static_cast<std::size_t>(n); };
  energies.resize(size(2 * (config.bands + config.low_bands)));
  features.resize(size(config.inputs()));
  z.resize(size(config.d_model));
  gains.resize(size(config.bands));
}

HighBand::HighBand(const HighBandConfig& config, int core_bins, const TensorLookup& lookup,
                   const Kernels& kernels)
    : config_(config),
      core_bins_(core_bins),
      width_(core_bins / config.low_bands),
      kernels_(&kernels),
      pre_(linear("high_band.pre", config.d_model, config.inputs(), lookup, kernels)),
      norm_(lookup("high_band.norm.weight", {config.d_model}), config.norm_eps, kernels),
      post_(linear("high_band.post", config.bands, config.d_model, lookup, kernels)) {
  for (int l = 0; l < config.n_layer; ++l) {
    const std::string prefix = "high_band.blocks." + std::to_string(l) + ".";
    const auto below = [&](std::string_view name, const std::vector<std::int64_t>& shape) {
      return lookup(prefix + std::string(name), shape);
    };
    blocks_.emplace_back(mambaConfig(),
                         std::make_shared<const MambaBlockWeights>(
                             MambaBlockWeights::pack(mambaConfig(), below, kernels)));
  }
}

MambaConfig HighBand::mambaConfig() const {
  MambaConfig mamba;
  mamba.d_model = config_.d_model;
  mamba.d_state = config_.d_state;
  mamba.d_conv = config_.d_conv;
  mamba.expand = config_.expand;
  mamba.dt_rank = config_.dt_rank;
  mamba.norm_eps = config_.norm_eps;
  mamba.residual = true;
  return mamba;
}

HighBand::State HighBand::makeState() const { return {mambaConfig(), 1, config_.n_layer}; }

void HighBand::step(const std::complex<float>* x, const std::complex<float>* y, int bins,
                    State& state, Scratch& scratch, float* gains) const noexcept HISS_NONBLOCKING {
  readFeatures(x, y, bins, scratch);
  float* z = scratch.z.data();
  pre_.forward(scratch.features.data(), z, 1);
  int layer = 0;
  for (const MambaBlock& block : blocks_) block.step(z, z, state, layer++, scratch.mamba);
  norm_.forward(z, z, 1);
  float* band_gains = scratch.gains.data();
  post_.forward(z, band_gains, 1);
  kernels_->sigmoid(band_gains, band_gains, config_.bands);
  // Weights that make no sense may give a NaN, which mutes.
  for (int b = 0; b < config_.bands; ++b) {
    band_gains[b] = band_gains[b] >= 0.0F ? std::min(band_gains[b], 1.0F) : 0.0F;
  }
  spreadGains(band_gains, bins - core_bins_, gains);
}

// Compressed energies of the high bands (0 where the stream has no bins), of the low bands, and the
// network's gains in these -> scratch.features.
void HighBand::readFeatures(const std::complex<float>* x, const std::complex<float>* y, int bins,
                            Scratch& scratch) const noexcept HISS_NONBLOCKING {
  const int high = config_.bands;
  const int low = config_.low_bands;
  const float per_bin = 1.0F / static_cast<float>(width_);
  float* energies = scratch.energies.data();
  float* features = scratch.features.data();
  for (int b = 0; b < high; ++b) {
    const int first = std::min(core_bins_ + b * width_, bins);
    const float power = energy(x + first, std::min(width_, bins - first)) * per_bin;
    energies[2 * b] = std::sqrt(power);
    energies[2 * b + 1] = 0.0F;
  }
  for (int b = 0; b < low; ++b) {
    const float noisy = energy(x + b * width_, width_) * per_bin;
    const float kept = energy(y + b * width_, width_) * per_bin;
    energies[2 * (high + b)] = std::sqrt(noisy);
    energies[2 * (high + b) + 1] = 0.0F;
    features[high + low + b] = std::min(std::sqrt(kept / (noisy + kLeastPower)), kMostGain);
  }
  // |X|^compress, as the network's features.
  kernels_->compress(energies, energies, 0.5F * (config_.compress - 1.0F), high + low);
  for (int i = 0; i < high + low; ++i) features[i] = energies[2 * i];
}

// One gain a band -> gains [count], a straight line between the middles of neighbouring bands.
void HighBand::spreadGains(const float* band_gains, int count,
                           float* gains) const noexcept HISS_NONBLOCKING {
  // The last bin is that at half the sample rate, which no band needs for itself.
  const int present = std::clamp((count - 1 + width_ - 1) / width_, 1, config_.bands);
  const float step = 1.0F / static_cast<float>(width_);
  const float first_share = width_ % 2 == 0 ? 0.5F * step : 0.0F;
  int k = std::min(width_ / 2, count);
  std::fill(gains, gains + k, band_gains[0]);
  for (int b = 0; b + 1 < present; ++b) {
    const float from = band_gains[b];
    const float rise = band_gains[b + 1] - from;
    const int n = std::min(width_, count - k);
    for (int i = 0; i < n; ++i) {
      gains[k + i] = from + rise * (first_share + step * static_cast<float>(i));
    }
    k += n;
  }
  std::fill(gains + k, gains + count, band_gains[present - 1]);
}

}  // namespace hiss
