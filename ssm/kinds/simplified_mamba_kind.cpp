// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <memory>

#include "ssm/kinds/block_parts.h"
#include "ssm/kinds/kinds.h"
#include "ssm/linear.h"
#include "ssm/packing.h"

namespace hiss {
namespace {

// A plain recurrent cell with one vector as state and a way around it.
class SimplifiedMambaKind final : public RecurrentBlock {
 public:
  SimplifiedMambaKind(const BlockConfig& config, const TensorLookup& lookup, const Kernels& kernels)
      : SimplifiedMambaKind(config, BlockTensors(config, lookup), kernels) {}

  BlockScratch makeScratch(int max_rows) const override;
  void step(const float* x, float* y, BlockState& state, int layer, BlockScratch& scratch,
            const StateProbe* probe) const noexcept HISS_NONBLOCKING override;

 private:
  SimplifiedMambaKind(const BlockConfig& config, const BlockTensors& tensors,
                      const Kernels& kernels);

  const Kernels* kernels_;
  BlockFrame frame_;
  struct Weights {
    Linear A;                // [d_state, d_state]
    Linear B;                // [d_state, d_model]
    Linear C;                // [d_model, d_state]
    AlignedBuffer<float> D;  // [d_model], padded
  } w_;
};

SimplifiedMambaKind::SimplifiedMambaKind(const BlockConfig& config, const BlockTensors& tensors,
                                         const Kernels& kernels)
    : RecurrentBlock(config),
      kernels_(&kernels),
      frame_(config, tensors, kernels),
      w_{Linear(tensors("mixer.A"), {}, config.d_state, config.d_state, kernels),
         Linear(tensors("mixer.B"), {}, config.d_state, config.d_model, kernels),
         Linear(tensors("mixer.C"), {}, config.d_model, config.d_state, kernels),
         transposePadded(tensors("mixer.D"), config.d_model, 1)} {}

BlockScratch SimplifiedMambaKind::makeScratch(int max_rows) const {
  BlockScratch scratch = emptyScratch(max_rows);
  scratch.values.resize(static_cast<std::size_t>(max_rows) *
                        static_cast<std::size_t>(config().d_model + config().d_state));
  return scratch;
}

void SimplifiedMambaKind::step(const float* x, float* y, BlockState& state, int layer,
                               BlockScratch& scratch,
                               const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  const int rows = state.rows();
  const int d_model = config().d_model;
  const int d_state = config().d_state;
  const auto stride = static_cast<std::ptrdiff_t>(state.ssmRowFloats());
  const std::uint8_t* skip = scratch.skip.data();
  float* u = scratch.values.data();                             // [rows, d_model]
  float* sum = u + std::ptrdiff_t{scratch.max_rows} * d_model;  // [rows, d_state]
  frame_.begin(x, u, scratch.skip.data(), state);
  w_.B.forward(u, sum, rows);
  if (probe != nullptr) {
    showState(state, layer, *probe);
    if (skip[probe->row] == 0) {
      std::copy_n(sum + std::ptrdiff_t{probe->row} * d_state, d_state, probe->x);
    }
  }
  w_.A.accumulate(state.ssmRow(layer, 0), sum, rows, stride, d_state);
  for (int row = 0; row < rows; ++row) {
    if (skip[row] != 0) continue;
    kernels_->sigmoid(sum + std::ptrdiff_t{row} * d_state, state.ssmRow(layer, row), d_state);
  }
  if (probe != nullptr) state.copySsmRow(layer, probe->row, probe->h);
  frame_.startSum(x, y, rows);
  w_.C.accumulate(state.ssmRow(layer, 0), y, rows, stride, d_model);
  for (int row = 0; row < rows; ++row) {
    const std::ptrdiff_t first = std::ptrdiff_t{row} * d_model;
    kernels_->addProduct(w_.D.data(), u + first, y + first, d_model);
  }
  frame_.end(y, skip, rows);
}

}  // namespace

std::shared_ptr<const RecurrentBlock> makeSimplifiedMambaKind(const BlockConfig& config,
                                                              const TensorLookup& lookup,
                                                              const Kernels& kernels) {
  return std::make_shared<const SimplifiedMambaKind>(config, lookup, kernels);
}

}  // namespace hiss
