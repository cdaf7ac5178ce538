// SPDX-License-Identifier: Apache-2.0
#include "dsp/stft.h"

#include <algorithm>

#include "dsp/window.h"

namespace hiss {

void StftAnalyzer::prepare(const StftConfig& config, float scale) {
  const WindowPair pair = makeWindowPair(config.n_fft, config.hop, config.synthesis_length);
  fft_.emplace(config.n_fft);
  window_.resize(pair.analysis.size());
  std::transform(pair.analysis.begin(), pair.analysis.end(), window_.begin(),
                 [scale](float w) { return scale * w; });
  history_.resize(pair.analysis.size());
  windowed_.resize(pair.analysis.size());
  config_ = config;
}

void StftAnalyzer::analyze(const float* hop_in,
                           std::complex<float>* spectrum) noexcept HISS_NONBLOCKING {
  const int n = config_.n_fft;
  const int hop = config_.hop;
  std::copy_n(hop_in, hop, history_.data() + (n - hop));
  for (int i = 0; i < n; ++i) windowed_[i] = history_[i] * window_[i];
  fft_->forward(windowed_.data(), spectrum);
  std::copy(history_.begin() + hop, history_.end(), history_.begin());
}

std::size_t StftAnalyzer::stateFloats() const noexcept HISS_NONBLOCKING {
  return static_cast<std::size_t>(config_.n_fft - config_.hop);
}

void StftAnalyzer::saveState(float* out) const noexcept HISS_NONBLOCKING {
  std::copy_n(history_.data(), stateFloats(), out);
}

void StftAnalyzer::loadState(const float* in) noexcept HISS_NONBLOCKING {
  std::copy_n(in, stateFloats(), history_.data());
}

void OverlapAdd::prepare(const StftConfig& config, float scale) {
  const WindowPair pair = makeWindowPair(config.n_fft, config.hop, config.synthesis_length);
  fft_.emplace(config.n_fft);
  window_.resize(static_cast<std::size_t>(config.synthesis_length));
  std::transform(pair.synthesis.end() - config.synthesis_length, pair.synthesis.end(),
                 window_.begin(), [scale](float w) { return w / scale; });
  segment_.resize(static_cast<std::size_t>(config.n_fft));
  pending_.resize(static_cast<std::size_t>(config.synthesis_length));
  config_ = config;
}

void OverlapAdd::synthesize(const std::complex<float>* spectrum,
                            float* hop_out) noexcept HISS_NONBLOCKING {
  const int length = config_.synthesis_length;
  const int hop = config_.hop;
  fft_->inverse(spectrum, segment_.data());
  const float* tail = segment_.data() + (config_.n_fft - length);
  for (int i = 0; i < length; ++i) pending_[i] += tail[i] * window_[i];
  std::copy_n(pending_.data(), hop, hop_out);
  std::copy(pending_.begin() + hop, pending_.end(), pending_.begin());
  std::fill(pending_.end() - hop, pending_.end(), 0.0F);
}

std::size_t OverlapAdd::stateFloats() const noexcept HISS_NONBLOCKING {
  return static_cast<std::size_t>(latencySamples());
}

void OverlapAdd::saveState(float* out) const noexcept HISS_NONBLOCKING {
  std::copy_n(pending_.data(), stateFloats(), out);
}

void OverlapAdd::loadState(const float* in) noexcept HISS_NONBLOCKING {
  std::copy_n(in, stateFloats(), pending_.data());
}

}  // namespace hiss
