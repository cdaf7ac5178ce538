// SPDX-License-Identifier: Apache-2.0
#include "models/snapshot_writer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "dsp/window.h"
#include "ssm/simd/kernels.h"

namespace hiss {
namespace {

// Sum of squares in 32 strands: enough to hide the latency of additions whatever the vector length.
float sumOfSquares(const float* x, std::size_t n) noexcept {
  constexpr std::size_t kStrands = 32;
  std::array<float, kStrands> sums{};
  std::size_t i = 0;
  for (; i + kStrands <= n; i += kStrands) {
    for (std::size_t k = 0; k < kStrands; ++k) sums[k] += x[i + k] * x[i + k];
  }
  for (; i < n; ++i) sums[0] += x[i] * x[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0F);
}

void toDecibels(const std::vector<std::complex<float>>& spectrum, float power_scale,
                std::vector<float>& decibels) {
  constexpr float kFloor = 1e-15F;  // -150 dBFS
  decibels.resize(spectrum.size());
  for (std::size_t k = 0; k < spectrum.size(); ++k) {
    const float re = spectrum[k].real();
    const float im = spectrum[k].imag();
    decibels[k] = 10.0F * std::log10(std::max(power_scale * (re * re + im * im), kFloor));
  }
}

}  // namespace

void SnapshotWriter::prepare(const DenoiserConfig& config, const StreamGrid& grid) {
  config_ = config;
  sample_rate_hz_ = grid.sample_rate_hz;
  hop_index_ = 0;
  const WindowPair windows = makeWindowPair(config.n_fft, config.hop, config.synthesis_length);
  const float sum = std::accumulate(windows.analysis.begin(), windows.analysis.end(), 0.0F);
  power_scale_ = 4.0F / (sum * sum);

  Record blank;
  const auto bins = static_cast<std::size_t>(grid.bins());
  const auto layers = static_cast<std::size_t>(config.n_layer);
  blank.input.resize(bins);
  blank.output.resize(bins);
  blank.ssm_state_rms.resize(layers);
  latest_.prepare(blank);
  row_sums_.assign(layers * static_cast<std::size_t>(config.n_band), 0.0F);
}

void SnapshotWriter::reset() noexcept HISS_NONBLOCKING {
  hop_index_ = 0;
  std::fill(row_sums_.begin(), row_sums_.end(), 0.0F);
}

// Brings row_sums_ up to date: all of it for a reader, else the rows whose turn it is.
void SnapshotWriter::sumRows(MambaState& state) noexcept HISS_NONBLOCKING {
  const std::size_t row_floats = state.ssmRowFloats();
  const bool all = !latest_.unread();
  const int step = all ? 1 : kTurns;
  for (int layer = 0; layer < state.layers(); ++layer) {
    float* sums = row_sums_.data() + std::ptrdiff_t{layer} * state.rows();
    for (int row = all ? 0 : static_cast<int>(hop_index_ % kTurns); row < state.rows();
         row += step) {
      sums[row] = sumOfSquares(state.ssmRow(layer, row), row_floats);  // the padding is zero
    }
  }
}

void SnapshotWriter::write(const std::complex<float>* input, const std::complex<float>* output,
                           MambaState& state) noexcept HISS_NONBLOCKING {
  Record& record = latest_.writeSlot();
  record.hop_index = ++hop_index_;
  std::copy_n(input, record.input.size(), record.input.begin());
  std::copy_n(output, record.output.size(), record.output.begin());
  sumRows(state);
  const auto values =
      static_cast<float>(config_.n_band) * static_cast<float>(config_.d_state * config_.dInner());
  for (int layer = 0; layer < state.layers(); ++layer) {
    const float* sums = row_sums_.data() + std::ptrdiff_t{layer} * state.rows();
    const float sum = std::accumulate(sums, sums + state.rows(), 0.0F);
    record.ssm_state_rms[static_cast<std::size_t>(layer)] = std::sqrt(sum / values);
  }
  latest_.publish();
}

bool SnapshotWriter::read(DenoiserSnapshot& snapshot) {
  if (!latest_.update()) return false;
  const Record& record = latest_.read();
  snapshot.hop_index = record.hop_index;
  snapshot.sample_rate_hz = sample_rate_hz_;
  toDecibels(record.input, power_scale_, snapshot.input_db);
  toDecibels(record.output, power_scale_, snapshot.output_db);
  snapshot.ssm_state_rms = record.ssm_state_rms;
  return true;
}

}  // namespace hiss
