// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "models/denoiser_config.h"
#include "models/forecaster_config.h"
#include "models/sequence_config.h"

namespace hiss {

// A .safetensors file being put together, right or wrong, for tests.
struct TestTensor {
  std::string name;
  std::string dtype = "F32";
  std::vector<std::int64_t> shape;
  std::vector<std::byte> data;
};

// Values as the bytes of a tensor.
std::vector<std::byte> floatBytes(std::span<const float> values);
std::vector<std::byte> halfBytes(std::span<const std::uint16_t> bits);

TestTensor floatTensor(std::string name, std::vector<std::int64_t> shape,
                       std::span<const float> values);

// Length, header and data, one after the other.
std::vector<std::byte> assembleFile(const std::string& header, std::span<const std::byte> data);

// The header's JSON for `tensors` laid one after the other, and the file.
std::string headerOf(const std::vector<TestTensor>& tensors,
                     const std::map<std::string, std::string>& metadata);
std::vector<std::byte> safetensorsBytes(const std::vector<TestTensor>& tensors,
                                        const std::map<std::string, std::string>& metadata);

void writeBytes(const std::filesystem::path& path, std::span<const std::byte> bytes);

// What a model file consists of, to be changed before it is put together.
struct TestModel {
  std::vector<TestTensor> tensors;
  std::map<std::string, std::string> metadata;

  [[nodiscard]] std::vector<std::byte> bytes() const { return safetensorsBytes(tensors, metadata); }
  TestTensor& tensor(const std::string& name);
};

// A denoiser with weights from a fixed random sequence, scaled so that every layer matters.
TestModel randomModel(const DenoiserConfig& config = {}, std::uint32_t seed = 1);

// The same, but with a mask of 1 + 0i at every bin: a denoiser that removes nothing.
TestModel passThroughModel(const DenoiserConfig& config = {});

// A forecaster of sensor channels with weights of that kind, by default a small one.
ForecasterConfig smallForecasterConfig();
TestModel randomForecaster(const ForecasterConfig& config = smallForecasterConfig(),
                           std::uint32_t seed = 1);

// A model of sequences with weights of that kind, and a small one of each kind of block: of tokens
// with a vocabulary of 9, or of 3 features, and as many outputs.
SequenceConfig smallSequenceConfig(BlockKind kind, SequenceConfig::Input input);
TestModel randomSequenceModel(const SequenceConfig& config, std::uint32_t seed = 1);

// A network of a few thousand weights, for tests that run often.
DenoiserConfig smallConfig();

// The same with a head above its band.
DenoiserConfig smallHighBandConfig();

// The small network with a third feature, biases of bands and a block over all bands.
DenoiserConfig smallFullbandConfig();

// The same with blocks of that kind.
DenoiserConfig smallKindConfig(BlockKind kind);

// A network with the same parts in the sizes of `base`, and its windows.
DenoiserConfig fullFullbandConfig();

// The shipped model's windows with a hundredth of its weights, for tests of whole programs.
DenoiserConfig tinyConfig();

}  // namespace hiss
