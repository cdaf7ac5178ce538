// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ssm/config.h"
#include "ssm/mamba_block.h"
#include "ssm/recurrent_block.h"
#include "ssm/simd/dispatch.h"
#include "ssm/tensor.h"

namespace hiss {

// The tensors of a block by name, drawn from the golden generator. Tensor i (in the order of
// drawing) is stream first_stream + i.
class RandomTensors {
 public:
  explicit RandomTensors(std::uint32_t first_stream) : stream_(first_stream) {}

  void draw(const std::string& name, std::vector<std::int64_t> shape, float scale, float offset);
  std::vector<float>& operator[](const std::string& name) { return values_.at(name); }
  // Looks names up as a model file would; throws std::runtime_error for a wrong name or shape.
  TensorLookup lookup() const;

 private:
  std::uint32_t stream_;
  std::map<std::string, std::vector<float>> values_;
  std::map<std::string, std::vector<std::int64_t>> shapes_;
};

// The weights of one Mamba block as models/training/make_mamba_golden.py draws them: projections
// uniform within 1 / sqrt(fan-in), step sizes from about 0.001 to 0.1, A = -(1 ... d_state), as a
// fresh Mamba is initialised.
class RandomBlock {
 public:
  explicit RandomBlock(const MambaConfig& config, std::uint32_t first_stream = 1);

  const MambaConfig& config() const { return config_; }
  std::vector<float>& tensor(const std::string& name) { return tensors_[name]; }
  TensorLookup lookup() const { return tensors_.lookup(); }
  std::shared_ptr<const MambaBlockWeights> weights(const Kernels& kernels = defaultKernels(),
                                                   WeightFormat format = WeightFormat::kF32) const;
  MambaBlock block(const Kernels& kernels = defaultKernels()) const;

 private:
  MambaConfig config_;
  RandomTensors tensors_;
};

// The weights of one block of any kind, of mamba as above, of the others as
// models/training/make_block_golden.py draws them.
class RandomKind {
 public:
  explicit RandomKind(const BlockConfig& config, std::uint32_t first_stream = 1);

  std::vector<float>& tensor(const std::string& name) { return tensors_[name]; }
  TensorLookup lookup() const { return tensors_.lookup(); }
  std::shared_ptr<const RecurrentBlock> block(const Kernels& kernels = defaultKernels()) const {
    return makeBlock(config_, lookup(), kernels);
  }

 private:
  BlockConfig config_;
  RandomTensors tensors_;
};

// A config with the reference's dt_rank, ceil(d_model / 16).
MambaConfig mambaConfig(int d_model, int d_state);

}  // namespace hiss
