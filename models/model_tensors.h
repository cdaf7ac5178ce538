// SPDX-License-Identifier: Apache-2.0
// Internal to models/: what the model files of all tasks have in common.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "models/safetensors.h"
#include "ssm/block_config.h"
#include "ssm/linear.h"
#include "ssm/simd/kernels.h"
#include "ssm/tensor.h"

namespace hiss {

// Throws ModelError unless the metadata `key` of `file` is `expected`. [main-thread]
void requireMetadata(const SafetensorsFile& file, const std::string& key,
                     const std::string& expected);

// Values of a tensor; throws ModelError unless it is there with exactly this shape. [main-thread]
[[nodiscard]] std::span<const float> requireTensor(const SafetensorsFile& file,
                                                   std::string_view name,
                                                   const std::vector<std::int64_t>& shape);

// A layer from `name`.weight [n_out, n_in] and `name`.bias [n_out]; throws as requireTensor().
// `kernels` must outlive it. [main-thread]
[[nodiscard]] Linear requireLinear(const SafetensorsFile& file, const std::string& name, int n_out,
                                   int n_in, const Kernels& kernels);

// Throws ModelError unless `file` holds these tensors and no others. [main-thread]
void requireTensors(const SafetensorsFile& file, const std::vector<TensorSpec>& specs);

// Appends the tensors of one block below `name`; addMixerTensors() those without the norm in front
// of the mixer.
void addBlockTensors(std::vector<TensorSpec>& specs, const std::string& name,
                     const BlockConfig& config);
void addMixerTensors(std::vector<TensorSpec>& specs, const std::string& name,
                     const BlockConfig& config);

// Hash of a config and of the values of `specs`, all of which `file` holds: tells whether a saved
// state belongs to a model. [main-thread]
[[nodiscard]] std::uint64_t modelFingerprint(const SafetensorsFile& file, std::string_view config,
                                             const std::vector<TensorSpec>& specs);

}  // namespace hiss
