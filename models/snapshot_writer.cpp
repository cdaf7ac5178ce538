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

// Sum of squares in eight strands, so that the compiler may use vectors.
float sumOfSquares(const float* x, std::size_t n) noexcept {
  std::array<float, 8> sums{};
  std::size_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (std::size_t k = 0; k < 8; ++k) sums[k] += x[i + k] * x[i + k];
  }
  for (; i < n; ++i) sums[0] += x[i] * x[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0F);
}

void toDecibels(std::vector<float>& powers) {
  constexpr float kFloor = 1e-15F;  // -150 dBFS
  for (float& power : powers) power = 10.0F * std::log10(std::max(power, kFloor));
}

}  // namespace

void SnapshotWriter::prepare(const DenoiserConfig& config) {
  config_ = config;
  hop_index_ = 0;
  const WindowPair windows = makeWindowPair(config.n_fft, config.hop, config.synthesis_length);
  const float sum = std::accumulate(windows.analysis.begin(), windows.analysis.end(), 0.0F);
  power_scale_ = 4.0F / (sum * sum);

  DenoiserSnapshot blank;
  blank.sample_rate_hz = config.sample_rate;
  const auto bins = static_cast<std::size_t>(config.stft().bins());
  blank.input_db.assign(bins, 0.0F);
  blank.output_db.assign(bins, 0.0F);
  blank.ssm_state_rms.assign(static_cast<std::size_t>(config.n_layer), 0.0F);
  latest_.prepare(blank);
}

void SnapshotWriter::write(const std::complex<float>* input, const std::complex<float>* output,
                           MambaState& state) noexcept HISS_NONBLOCKING {
  DenoiserSnapshot& snapshot = latest_.writeSlot();
  snapshot.hop_index = ++hop_index_;
  for (std::size_t k = 0; k < snapshot.input_db.size(); ++k) {
    snapshot.input_db[k] =
        power_scale_ * (input[k].real() * input[k].real() + input[k].imag() * input[k].imag());
    snapshot.output_db[k] =
        power_scale_ * (output[k].real() * output[k].real() + output[k].imag() * output[k].imag());
  }
  const auto row_floats = static_cast<std::size_t>(config_.d_state * paddedCount(config_.dInner()));
  const auto values =
      static_cast<float>(config_.n_band) * static_cast<float>(config_.d_state * config_.dInner());
  for (int layer = 0; layer < state.layers(); ++layer) {
    float sum = 0.0F;
    for (int row = 0; row < state.rows(); ++row) {
      sum += sumOfSquares(state.ssmRow(layer, row), row_floats);  // the padding is zero
    }
    snapshot.ssm_state_rms[static_cast<std::size_t>(layer)] = std::sqrt(sum / values);
  }
  latest_.publish();
}

bool SnapshotWriter::read(DenoiserSnapshot& snapshot) {
  if (!latest_.update()) return false;
  snapshot = latest_.read();
  toDecibels(snapshot.input_db);
  toDecibels(snapshot.output_db);
  return true;
}

}  // namespace hiss
