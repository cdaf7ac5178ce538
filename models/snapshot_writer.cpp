// SPDX-License-Identifier: Apache-2.0
#include "models/snapshot_writer.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <vector>

#include "dsp/window.h"
#include "ssm/simd/kernels.h"

namespace hiss {
namespace {

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
  const std::size_t fullband = config.hasFullband() ? 1 : 0;
  blank.input.resize(bins);
  blank.output.resize(bins);
  blank.ssm_state_rms.resize(layers + fullband);
  newest_rms_.resize(layers + fullband);
  latest_.prepare(blank);
  row_sums_.assign(layers * static_cast<std::size_t>(config.n_band), 0.0F);
  fullband_sums_.assign(fullband, 0.0F);
}

void SnapshotWriter::reset() noexcept HISS_NONBLOCKING {
  hop_index_ = 0;
  std::fill(row_sums_.begin(), row_sums_.end(), 0.0F);
  std::fill(fullband_sums_.begin(), fullband_sums_.end(), 0.0F);
}

// All rows for a reader, else those whose turn it is.
void SnapshotWriter::sumRows(const BlockState& state, float* sums,
                             float* rms) noexcept HISS_NONBLOCKING {
  const bool all = !latest_.unread();
  const int step = all ? 1 : kTurns;
  const int values_in_row = state.shape().channels * state.shape().d_state;
  const auto values = static_cast<float>(state.rows()) * static_cast<float>(values_in_row);
  for (int layer = 0; layer < state.layers(); ++layer, sums += state.rows()) {
    for (int row = all ? 0 : static_cast<int>(hop_index_ % kTurns); row < state.rows();
         row += step) {
      sums[row] = state.sumOfSquares(layer, row);
    }
    rms[layer] = std::sqrt(std::accumulate(sums, sums + state.rows(), 0.0F) / values);
  }
}

void SnapshotWriter::write(const std::complex<float>* input, const std::complex<float>* output,
                           const SubbandNetState& state) noexcept HISS_NONBLOCKING {
  Record& record = latest_.writeSlot();
  record.hop_index = ++hop_index_;
  std::copy_n(input, record.input.size(), record.input.begin());
  std::copy_n(output, record.output.size(), record.output.begin());
  float* rms = record.ssm_state_rms.data();
  sumRows(state.blocks, row_sums_.data(), rms);
  if (state.hasFullband()) {
    sumRows(state.fullband, fullband_sums_.data(), rms + config_.n_layer);
    std::rotate(rms + config_.fullbandBefore(), rms + config_.n_layer, rms + config_.n_layer + 1);
  }
  std::copy(record.ssm_state_rms.begin(), record.ssm_state_rms.end(), newest_rms_.begin());
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
  snapshot.fullband_layer = config_.hasFullband() ? config_.fullbandBefore() : -1;
  return true;
}

}  // namespace hiss
