// SPDX-License-Identifier: Apache-2.0
// The two articles' examples on the engine: their cells with random weights, over sequences of
// their shapes, one step at a time. Prints the shapes and a few norms.
//   SelectiveSSM      (batch 4, 32 steps, 128 values) -> the same
//   SimplifiedMamba   (batch 2, 20 steps, 10 values) -> the same, through embedding, 2 layers,
//   linear
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <utility>
#include <vector>

#include "ssm/block_stack.h"
#include "ssm/linear.h"
#include "tests/ssm/random_block.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

struct Example {
  const char* name;
  BlockKind kind;
  int batch;
  int steps;
  int features;  // in and out
  int d_model;   // another number: between an embedding and a linear layer
  int d_state;
  int layers;
};

double norm(const std::vector<float>& values) {
  double sum = 0.0;
  for (const float value : values) sum += double{value} * value;
  return std::sqrt(sum);
}

Linear randomLinear(std::uint32_t stream, int n_out, int n_in) {
  const auto scale = static_cast<float>(1.0 / std::sqrt(static_cast<double>(n_in)));
  const auto count = static_cast<std::size_t>(n_out) * static_cast<std::size_t>(n_in);
  return {goldenTensor(stream, count, scale), {}, n_out, n_in, defaultKernels()};
}

BlockStack makeStack(const Example& example) {
  BlockConfig config;
  config.kind = example.kind;
  config.d_model = example.d_model;
  config.d_state = example.d_state;
  config.norm = false;
  config.residual = false;
  std::vector<std::shared_ptr<const RecurrentBlock>> blocks;
  for (int i = 0; i < example.layers; ++i) {
    blocks.push_back(RandomKind(config, static_cast<std::uint32_t>(1 + 20 * i)).block());
  }
  return BlockStack(std::move(blocks));
}

void run(const Example& example) {
  const BlockStack stack = makeStack(example);
  const bool embedded = example.features != example.d_model;
  const Linear embedding = randomLinear(201, example.d_model, example.features);
  const Linear head = randomLinear(202, example.features, example.d_model);
  BlockState state = stack.makeState(example.batch);
  BlockScratch scratch = stack.makeScratch(example.batch);
  const auto rows = static_cast<std::size_t>(example.batch);
  std::vector<float> inner(rows * static_cast<std::size_t>(example.d_model));
  std::vector<float> output;  // [steps, batch, features]
  for (int t = 0; t < example.steps; ++t) {
    std::vector<float> x = goldenTensor(static_cast<std::uint32_t>(300 + t),
                                        rows * static_cast<std::size_t>(example.features), 1.0f);
    if (embedded) {
      embedding.forward(x.data(), inner.data(), example.batch);
      stack.step(inner.data(), inner.data(), state, scratch);
      head.forward(inner.data(), x.data(), example.batch);
    } else {
      stack.step(x.data(), x.data(), state, scratch);
    }
    output.insert(output.end(), x.begin(), x.end());
  }
  std::printf("%s (%s, %d state values, %d layers): (%d, %d, %d) -> (%zu, %d, %d)\n", example.name,
              blockKindName(example.kind).data(), example.d_state, example.layers, example.batch,
              example.steps, example.features, rows, example.steps,
              static_cast<int>(output.size() / rows) / example.steps);
  std::printf("  norm of all outputs %.4f\n", norm(output));
  for (int layer = 0; layer < example.layers; ++layer) {
    std::printf("  norm of the state of layer %d, row 0: %.4f\n", layer,
                std::sqrt(static_cast<double>(state.sumOfSquares(layer, 0))));
  }
}

}  // namespace
}  // namespace hiss

int main() {
  hiss::run({"SelectiveSSM", hiss::BlockKind::kSelectiveGate, 4, 32, 128, 128, 16, 1});
  hiss::run({"SimplifiedMamba", hiss::BlockKind::kSimplifiedMamba, 2, 20, 10, 32, 16, 2});
}
