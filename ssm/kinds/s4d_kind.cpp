// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <complex>
#include <cstddef>
#include <memory>
#include <vector>

#include "ssm/kinds/block_parts.h"
#include "ssm/kinds/kinds.h"
#include "ssm/linear.h"
#include "ssm/packing.h"

namespace hiss {
namespace {

using Complex = std::complex<double>;

// e^x that stays finite and whose products with like ones do.
double boundedExp(float x) { return std::exp(std::min(static_cast<double>(x), 60.0)); }

// (e^z - 1) / z, also where z is so small that the difference would lose its digits.
Complex expm1Over(Complex z) {
  if (std::abs(z) > 1e-3) return (std::exp(z) - 1.0) / z;
  return 1.0 + z / 2.0 * (1.0 + z / 3.0 * (1.0 + z / 4.0));
}

struct Discrete {
  Complex dA;
  Complex dB;  // B = 1: C holds it, as in the reference
};

Discrete discretise(S4dRule rule, Complex A, double dt) {
  const Complex z = dt * A;
  if (rule == S4dRule::kZoh) return {std::exp(z), dt * expm1Over(z)};
  return {(1.0 + z / 2.0) / (1.0 - z / 2.0), dt / (1.0 - z / 2.0)};
}

// Rounded to floats no longer than 1, so that no state can grow by rounding.
std::complex<float> roundedDecay(Complex dA) {
  std::complex<float> rounded(dA);
  while (std::norm(Complex(rounded)) > 1.0) {
    rounded = {std::nextafter(rounded.real(), 0.0f), std::nextafter(rounded.imag(), 0.0f)};
  }
  return rounded;
}

// S4D: d_model channels of complex states that do not mix, GELU, and a gated linear layer. All that
// depends on Δ and A is computed when the weights are packed.
class S4dKind final : public RecurrentBlock {
 public:
  S4dKind(const BlockConfig& config, const TensorLookup& lookup, const Kernels& kernels)
      : S4dKind(config, BlockTensors(config, lookup), kernels) {}

  BlockScratch makeScratch(int max_rows) const override;
  void step(const float* x, float* y, BlockState& state, int layer, BlockScratch& scratch,
            const StateProbe* probe) const noexcept HISS_NONBLOCKING override;
  std::vector<float> stateMatrix() const override { return rates_; }

 private:
  S4dKind(const BlockConfig& config, const BlockTensors& tensors, const Kernels& kernels);

  const Kernels* kernels_;
  BlockFrame frame_;
  int padded_;                // paddedCount(d_model)
  AlignedBuffer<float> dt_;   // [padded_]
  std::vector<float> rates_;  // A, real parts, [d_model, d_state / 2, 2]: each twice, as h has two
  struct Weights {
    AlignedBuffer<float> dA;  // dA, dB and C as DiagonalStep has them
    AlignedBuffer<float> dB;
    AlignedBuffer<float> C;
    AlignedBuffer<float> D;  // [padded_]
  } w_;
  Linear output_linear_;  // [2 d_model, d_model]
};

S4dKind::S4dKind(const BlockConfig& config, const BlockTensors& tensors, const Kernels& kernels)
    : RecurrentBlock(config),
      kernels_(&kernels),
      frame_(config, tensors, kernels),
      padded_(paddedCount(config.d_model)),
      dt_(static_cast<std::size_t>(padded_)),
      output_linear_(tensors("mixer.output_linear.weight"), tensors("mixer.output_linear.bias"),
                     2 * config.d_model, config.d_model, kernels) {
  const int d_model = config.d_model;
  const int d_state = config.d_state;
  const auto log_dt = tensors("mixer.log_dt");
  const auto C = tensors("mixer.C");
  const auto log_real = tensors("mixer.log_A_real");
  const auto imag = tensors("mixer.A_imag");
  w_.D = transposePadded(tensors("mixer.D"), d_model, 1);
  for (AlignedBuffer<float>* buffer : {&w_.dA, &w_.dB, &w_.C}) {
    buffer->resize(static_cast<std::size_t>(stateFloats(d_model, d_state)));
  }
  std::size_t i = 0;  // pair of a channel, in the order of the tensors
  for (int c = 0; c < d_model; ++c) {
    const auto channel = static_cast<std::size_t>(c);
    const double dt = boundedExp(log_dt[channel]);
    dt_[channel] = static_cast<float>(dt);
    for (int n = 0; n < d_state; n += 2, ++i) {
      const double real = -boundedExp(log_real[i]);
      rates_.insert(rates_.end(), 2, static_cast<float>(real));
      const Discrete d = discretise(config.rule, {real, double{imag[i]}}, dt);
      const auto re = static_cast<std::size_t>(stateIndex(c, n, d_model, d_state));
      const auto im = static_cast<std::size_t>(stateIndex(c, n + 1, d_model, d_state));
      const std::complex<float> dA = roundedDecay(d.dA);
      w_.dA[re] = dA.real();
      w_.dA[im] = dA.imag();
      w_.dB[re] = static_cast<float>(d.dB.real());
      w_.dB[im] = static_cast<float>(d.dB.imag());
      w_.C[re] = 2.0f * C[2 * i];
      w_.C[im] = 2.0f * C[2 * i + 1];
    }
  }
}

// The last vector of a row of u may reach into the next one; after the last there is room for it.
BlockScratch S4dKind::makeScratch(int max_rows) const {
  BlockScratch scratch = emptyScratch(max_rows);
  const auto rows = static_cast<std::size_t>(max_rows);
  const auto d_model = static_cast<std::size_t>(config().d_model);
  scratch.values.resize(rows * (3 * d_model + static_cast<std::size_t>(padded_)) + kPanel);
  return scratch;
}

void S4dKind::step(const float* x, float* y, BlockState& state, int layer, BlockScratch& scratch,
                   const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  const int rows = state.rows();
  const int d_model = config().d_model;
  const std::uint8_t* skip = scratch.skip.data();
  float* u = scratch.values.data();                                            // [rows, d_model]
  float* activated = u + std::ptrdiff_t{scratch.max_rows} * d_model + kPanel;  // [rows, padded_]
  float* gated = activated + std::ptrdiff_t{scratch.max_rows} * padded_;       // [rows, 2, d_model]
  frame_.begin(x, u, scratch.skip.data(), state);
  DiagonalStep step{};
  step.dA = w_.dA.data();
  step.dB = w_.dB.data();
  step.C = w_.C.data();
  step.D = w_.D.data();
  step.channels = d_model;
  step.pairs = config().d_state / 2;
  for (int row = 0; row < rows; ++row) {
    step.x = u + std::ptrdiff_t{row} * d_model;
    step.h = state.ssmRow(layer, row);
    step.y = activated + std::ptrdiff_t{row} * padded_;
    if (skip[row] == 0) kernels_->diagonalStateUpdate(step);
    if (probe == nullptr || probe->row != row) continue;
    showState(state, layer, *probe);
    if (skip[row] != 0) continue;
    std::copy_n(step.x, d_model, probe->x);
    std::copy_n(dt_.data(), d_model, probe->dt);
  }
  kernels_->gelu(activated, activated, rows * padded_);
  output_linear_.forward(activated, gated, rows, padded_, std::ptrdiff_t{2} * d_model);
  frame_.startSum(x, y, rows);
  for (int row = 0; row < rows; ++row) {
    const float* a = gated + std::ptrdiff_t{2} * row * d_model;
    kernels_->addGated(a, a + d_model, y + std::ptrdiff_t{row} * d_model, d_model);
  }
  frame_.end(y, skip, rows);
}

}  // namespace

std::shared_ptr<const RecurrentBlock> makeS4dKind(const BlockConfig& config,
                                                  const TensorLookup& lookup,
                                                  const Kernels& kernels) {
  return std::make_shared<const S4dKind>(config, lookup, kernels);
}

}  // namespace hiss
