// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

#include "ssm/kinds/block_parts.h"
#include "ssm/kinds/kinds.h"
#include "ssm/linear.h"
#include "ssm/packing.h"

namespace hiss {
namespace {

// One vector as state, which the input lets go of and fills again. A row of the projection is
// [s before the sigmoid | B x], each padded.
class SelectiveGateKind final : public RecurrentBlock {
 public:
  SelectiveGateKind(const BlockConfig& config, const TensorLookup& lookup, const Kernels& kernels)
      : SelectiveGateKind(config, BlockTensors(config, lookup), kernels) {}

  BlockScratch makeScratch(int max_rows) const override;
  void step(const float* x, float* y, BlockState& state, int layer, BlockScratch& scratch,
            const StateProbe* probe) const noexcept HISS_NONBLOCKING override;

 private:
  SelectiveGateKind(const BlockConfig& config, const BlockTensors& tensors, const Kernels& kernels);

  const Kernels* kernels_;
  BlockFrame frame_;
  int padded_;  // paddedCount(d_state)
  Linear in_;   // [padded_ + d_state, d_model]: W_s, zeros, B
  struct Weights {
    AlignedBuffer<float> A;  // [padded_]
    Linear C;                // [d_model, d_state]
  } w_;
};

SelectiveGateKind::SelectiveGateKind(const BlockConfig& config, const BlockTensors& tensors,
                                     const Kernels& kernels)
    : RecurrentBlock(config),
      kernels_(&kernels),
      frame_(config, tensors, kernels),
      padded_(paddedCount(config.d_state)),
      w_{transposePadded(tensors("mixer.A"), config.d_state, 1),
         Linear(tensors("mixer.C"), {}, config.d_model, config.d_state, kernels)} {
  const int outputs = padded_ + config.d_state;
  const auto same = [](int i) { return i; };
  std::vector<float> weight = spread(tensors("mixer.W_s.weight"), config.d_model, outputs, same);
  const auto B = tensors("mixer.B");
  std::copy(B.begin(), B.end(), weight.end() - static_cast<std::ptrdiff_t>(B.size()));
  in_ = Linear(weight, spread(tensors("mixer.W_s.bias"), 1, outputs, same), outputs, config.d_model,
               kernels);
}

BlockScratch SelectiveGateKind::makeScratch(int max_rows) const {
  BlockScratch scratch = emptyScratch(max_rows);
  scratch.values.resize(static_cast<std::size_t>(max_rows) *
                        static_cast<std::size_t>(2 * padded_ + config().d_model));
  return scratch;
}

void SelectiveGateKind::step(const float* x, float* y, BlockState& state, int layer,
                             BlockScratch& scratch,
                             const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  const int rows = state.rows();
  const int d_state = config().d_state;
  const std::ptrdiff_t width = std::ptrdiff_t{2} * padded_;
  const std::uint8_t* skip = scratch.skip.data();
  float* projected = scratch.values.data();                         // [rows, 2, padded_]
  float* u = projected + std::ptrdiff_t{scratch.max_rows} * width;  // [rows, d_model]
  frame_.begin(x, u, scratch.skip.data(), state);
  in_.forward(u, projected, rows, config().d_model, width);
  for (int row = 0; row < rows; ++row) {
    float* gate = projected + row * width;
    if (skip[row] == 0) {
      kernels_->gatedStateUpdate(
          {w_.A.data(), gate, gate + padded_, state.ssmRow(layer, row), d_state});
    }
    if (probe == nullptr || probe->row != row) continue;
    showState(state, layer, *probe);
    if (skip[row] != 0) continue;
    std::copy_n(gate, d_state, probe->dt);
    std::copy_n(gate + padded_, d_state, probe->x);
  }
  frame_.startSum(x, y, rows);
  w_.C.accumulate(state.ssmRow(layer, 0), y, rows,
                  static_cast<std::ptrdiff_t>(state.ssmRowFloats()), config().d_model);
  frame_.end(y, skip, rows);
}

}  // namespace

std::shared_ptr<const RecurrentBlock> makeSelectiveGateKind(const BlockConfig& config,
                                                            const TensorLookup& lookup,
                                                            const Kernels& kernels) {
  return std::make_shared<const SelectiveGateKind>(config, lookup, kernels);
}

}  // namespace hiss
