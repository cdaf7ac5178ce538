// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser_channel.h"

#include <algorithm>
#include <cmath>

namespace hiss {
namespace {

float energy(const std::complex<float>* x, int from, int to) noexcept HISS_NONBLOCKING {
  float sum = 0.0F;
  for (int k = from; k < to; ++k) sum += std::norm(x[k]);
  return sum;
}

}  // namespace

DenoiserScratch::DenoiserScratch(const SubbandNet& core, const HighBand* head)
    : net(core.weights()),
      high_band(head != nullptr ? HighBand::Scratch(*head) : HighBand::Scratch()) {}

DenoiserChannel::DenoiserChannel(const SubbandNet& net, const HighBand* high_band,
                                 const StreamGrid& grid)
    : net_(net),
      high_band_(grid.highBins() > 0 ? high_band : nullptr),
      grid_(grid),
      state_(net.makeState()) {
  if (high_band_ != nullptr) high_state_ = high_band_->makeState();
  analyzer_.prepare(grid.stft, grid.scale);
  overlap_add_.prepare(grid.stft, grid.scale);
  const auto bins = static_cast<std::size_t>(std::max(grid.bins(), grid.core_bins + 1));
  spectrum_.resize(bins);
  masked_.resize(bins);
  mask_.resize(static_cast<std::size_t>(net.taps() * grid.core_bins));
  gains_.resize(static_cast<std::size_t>(grid.highBins()));
}

void DenoiserChannel::analyze(const float* hop_in) noexcept HISS_NONBLOCKING {
  analyzer_.analyze(hop_in, spectrum_.data());
}

void DenoiserChannel::estimateMask(DenoiserScratch& scratch,
                                   const StateProbe* probe) noexcept HISS_NONBLOCKING {
  net_.estimate(spectrum_.data(), mask_.data(), state_, scratch.net, probe);
}

void DenoiserChannel::applyMask() noexcept HISS_NONBLOCKING {
  const std::complex<float>* const newest = spectrum_.data();
  net_.apply(&newest, mask_.data(), masked_.data());
}

void DenoiserChannel::estimateGains(DenoiserScratch& scratch) noexcept HISS_NONBLOCKING {
  if (grid_.highBins() == 0) return;
  if (high_band_ != nullptr) {
    high_band_->step(spectrum_.data(), masked_.data(), grid_.bins(), high_state_, scratch.high_band,
                     gains_.data());
    return;
  }
  // What the upper quarter of the network's band lost, the bins above lose too.
  const int from = grid_.core_bins - grid_.core_bins / 4;
  const float before = energy(spectrum_.data(), from, grid_.core_bins);
  const float after = energy(masked_.data(), from, grid_.core_bins);
  gains_.fill(after < before ? std::sqrt(after / before) : 1.0F);
}

void DenoiserChannel::limitMask() noexcept HISS_NONBLOCKING {
  // With a second tap the sign of the first would say nothing of the sum.
  static_assert(SubbandNetWeights::kTaps == 1);
  auto* const values = reinterpret_cast<float*>(mask_.data());  // real, imaginary, real ...
  for (int k = 0; k < grid_.core_bins; ++k) {
    values[2 * k] = std::max(values[2 * k], 0.0F);  // NaN stays, to be muted
  }
  applyMask();
}

void DenoiserChannel::applyGains() noexcept HISS_NONBLOCKING {
  const std::complex<float>* const x = spectrum_.data() + grid_.core_bins;
  std::complex<float>* const y = masked_.data() + grid_.core_bins;
  for (int k = 0; k < grid_.highBins(); ++k) {
    y[k] = (gains_[k] > 0.0F ? std::min(gains_[k], 1.0F) : 0.0F) * x[k];  // NaN mutes
  }
}

void DenoiserChannel::synthesize(float* hop_out) noexcept HISS_NONBLOCKING {
  overlap_add_.synthesize(masked_.data(), hop_out);
}

void DenoiserChannel::reset() noexcept HISS_NONBLOCKING {
  analyzer_.reset();
  overlap_add_.reset();
  if (high_band_ != nullptr) high_state_.reset();
  state_.reset();
}

void DenoiserChannel::saveState(StateWriter& writer) const {
  saveFloats(analyzer_, writer);
  saveFloats(overlap_add_, writer);
  if (high_band_ != nullptr) high_state_.save(writer.reserve(high_state_.savedBytes()));
  state_.save(writer.reserve(state_.savedBytes()));
}

void DenoiserChannel::loadState(StateReader& reader) {
  loadFloats(analyzer_, reader);
  loadFloats(overlap_add_, reader);
  if (high_band_ != nullptr) high_state_.load(reader.take(high_state_.savedBytes()));
  state_.load(reader.take(state_.savedBytes()));
}

}  // namespace hiss
