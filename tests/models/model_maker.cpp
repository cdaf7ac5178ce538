// SPDX-License-Identifier: Apache-2.0
#include "tests/models/model_maker.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "models/denoiser_model.h"
#include "ssm/tensor.h"

namespace hiss {
namespace {

// Uniform in -1 ... 1, the same on every platform.
class Uniform {
 public:
  explicit Uniform(std::uint32_t seed) : engine_(seed) {}
  float next() { return static_cast<float>(engine_()) / 2147483648.0F - 1.0F; }

 private:
  std::mt19937 engine_;
};

// Values that keep the activations near 1 through the layers.
std::vector<float> randomValues(const TensorSpec& spec, Uniform& uniform) {
  const std::string_view name = spec.name;
  const auto count = static_cast<std::size_t>(elementCount(spec.shape));
  std::int64_t fan_in = 1;
  for (std::size_t i = 1; i < spec.shape.size(); ++i) fan_in *= spec.shape[i];
  if (name == "last.weight") fan_in = spec.shape[0] * 2;
  const float spread = std::sqrt(3.0F / static_cast<float>(fan_in));

  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    const float u = uniform.next();
    if (name.ends_with("norm.weight") || name.ends_with("bn.weight") || name.ends_with(".D")) {
      values[i] = 1.0F + 0.3F * u;
    } else if (name.ends_with("running_var")) {
      values[i] = 1.0F + 0.5F * u;
    } else if (name.ends_with("A_log")) {
      const auto state = static_cast<float>(static_cast<std::int64_t>(i) % spec.shape.back());
      values[i] = std::log(1.0F + state) + 0.1F * u;
    } else if (name.ends_with("A_imag")) {
      values[i] = 3.0F * static_cast<float>(static_cast<std::int64_t>(i) % spec.shape[1]) + u;
    } else if (name.ends_with("dt_proj.bias") || name.ends_with("dt_bias") ||
               name.ends_with("log_dt")) {
      values[i] = -3.0F + 1.5F * u;
    } else if (spec.shape.size() == 1) {
      values[i] = 0.2F * u;
    } else {
      values[i] = spread * u;
    }
  }
  return values;
}

}  // namespace

std::vector<std::byte> floatBytes(std::span<const float> values) {
  std::vector<std::byte> bytes(values.size_bytes());
  if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

std::vector<std::byte> halfBytes(std::span<const std::uint16_t> bits) {
  std::vector<std::byte> bytes(bits.size_bytes());
  if (!bytes.empty()) std::memcpy(bytes.data(), bits.data(), bytes.size());
  return bytes;
}

TestTensor floatTensor(std::string name, std::vector<std::int64_t> shape,
                       std::span<const float> values) {
  return {std::move(name), "F32", std::move(shape), floatBytes(values)};
}

std::vector<std::byte> assembleFile(const std::string& header, std::span<const std::byte> data) {
  std::vector<std::byte> bytes;
  const std::uint64_t length = header.size();
  for (unsigned i = 0; i < 8; ++i) bytes.push_back(static_cast<std::byte>(length >> (8 * i)));
  for (const char c : header) bytes.push_back(static_cast<std::byte>(c));
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::string headerOf(const std::vector<TestTensor>& tensors,
                     const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::size_t offset = 0;
  for (const TestTensor& tensor : tensors) {
    nlohmann::ordered_json& entry = header[tensor.name];
    entry["dtype"] = tensor.dtype;
    entry["shape"] = tensor.shape;
    entry["data_offsets"] = {offset, offset + tensor.data.size()};
    offset += tensor.data.size();
  }
  return header.dump();
}

std::vector<std::byte> safetensorsBytes(const std::vector<TestTensor>& tensors,
                                        const std::map<std::string, std::string>& metadata) {
  std::vector<std::byte> data;
  for (const TestTensor& tensor : tensors) {
    data.insert(data.end(), tensor.data.begin(), tensor.data.end());
  }
  return assembleFile(headerOf(tensors, metadata), data);
}

void writeBytes(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::ofstream stream(path, std::ios::binary);
  stream.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
  if (!stream) throw std::runtime_error("cannot write " + path.string());
}

TestTensor& TestModel::tensor(const std::string& name) {
  for (TestTensor& candidate : tensors) {
    if (candidate.name == name) return candidate;
  }
  throw std::out_of_range("no tensor " + name);
}

TestModel randomModel(const DenoiserConfig& config, std::uint32_t seed) {
  TestModel model;
  Uniform uniform(seed);
  for (const TensorSpec& spec : denoiserTensors(config)) {
    model.tensors.push_back(floatTensor(spec.name, spec.shape, randomValues(spec, uniform)));
  }
  model.metadata["hiss.format"] = config.isPlain() ? kPlainModelFormat : kModelFormat;
  model.metadata["hiss.task"] = "denoise";
  model.metadata["hiss.config"] = toJson(config);
  model.metadata["hiss.card"] =
      R"({"name": "random", "description": "random weights", "data": "none",)"
      R"( "licence": "Apache-2.0", "figures": {"devset": {"wb_pesq": 1.0}}})";
  return model;
}

TestModel passThroughModel(const DenoiserConfig& config) {
  TestModel model = randomModel(config);
  TestTensor& weight = model.tensor("last.weight");
  weight.data.assign(weight.data.size(), std::byte{0});
  model.tensor("last.bias").data = floatBytes(std::vector<float>{1.0F, 0.0F});
  return model;
}

ForecasterConfig smallForecasterConfig() {
  ForecasterConfig config;
  config.d_model = 8;
  config.d_state = 4;
  config.dt_rank = 1;
  return config;
}

TestModel randomForecaster(const ForecasterConfig& config, std::uint32_t seed) {
  TestModel model;
  Uniform uniform(seed);
  for (const TensorSpec& spec : forecasterTensors(config)) {
    model.tensors.push_back(floatTensor(spec.name, spec.shape, randomValues(spec, uniform)));
  }
  model.metadata["hiss.format"] = kModelFormat;
  model.metadata["hiss.task"] = "forecaster";
  model.metadata["hiss.config"] = toJson(config);
  model.metadata["hiss.card"] =
      R"({"name": "random", "description": "random weights", "data": "none",)"
      R"( "licence": "Apache-2.0"})";
  return model;
}

SequenceConfig smallSequenceConfig(BlockKind kind, SequenceConfig::Input input) {
  SequenceConfig config;
  config.input = input;
  config.n_in = input == SequenceConfig::Input::kTokens ? 9 : 3;
  config.n_out = config.n_in;
  config.n_layer = 2;
  config.block.kind = kind;
  config.block.d_model = 10;
  config.block.d_state = 6;
  config.block.d_conv = 3;
  config.block.dt_rank = 2;
  config.block.headdim = 5;
  config.block.ngroups = 2;
  return config;
}

TestModel randomSequenceModel(const SequenceConfig& config, std::uint32_t seed) {
  TestModel model;
  Uniform uniform(seed);
  for (const TensorSpec& spec : sequenceTensors(config)) {
    model.tensors.push_back(floatTensor(spec.name, spec.shape, randomValues(spec, uniform)));
  }
  model.metadata["hiss.format"] = kModelFormat;
  model.metadata["hiss.task"] = "sequence";
  model.metadata["hiss.config"] = toJson(config);
  model.metadata["hiss.card"] =
      R"({"name": "random", "description": "random weights", "data": "none",)"
      R"( "licence": "Apache-2.0"})";
  return model;
}

DenoiserConfig smallConfig() {
  DenoiserConfig config;
  config.n_fft = 128;
  config.hop = 32;
  config.synthesis_length = 64;
  config.channels = 6;
  config.n_conv = 1;
  config.n_band = 5;
  config.d_model = 4;
  config.n_layer = 2;
  config.d_state = 3;
  config.dt_rank = 2;
  return config;
}

DenoiserConfig smallHighBandConfig() {
  DenoiserConfig config = smallConfig();
  HighBandConfig& head = config.high_band.emplace();
  head.bands = 6;
  head.low_bands = 4;
  head.d_model = 5;
  head.n_layer = 1;
  head.d_state = 3;
  return config;
}

DenoiserConfig smallFullbandConfig() {
  DenoiserConfig config = smallConfig();
  config.features = 3;
  config.band_bias = 1;
  config.fullband_d_model = 10;
  config.fullband_rank = 3;
  return config;
}

DenoiserConfig smallKindConfig(BlockKind kind) {
  DenoiserConfig config = smallFullbandConfig();
  if (kind == BlockKind::kMamba) return config;
  BlockConfig& block = config.block.emplace();
  block.kind = kind;
  block.d_state = 6;
  block.d_conv = 3;
  block.headdim = 2;
  block.ngroups = 2;
  config.fullband_d_state = 8;
  return config;
}

DenoiserConfig fullFullbandConfig() {
  DenoiserConfig config;
  config.hop = 200;
  config.synthesis_length = 320;
  config.channels = 32;
  config.n_band = 20;
  config.d_model = 40;
  config.n_layer = 4;
  config.features = 3;
  config.band_bias = 1;
  config.fullband_d_model = 128;
  config.fullband_rank = 12;
  return config;
}

DenoiserConfig tinyConfig() {
  DenoiserConfig config;
  config.channels = 4;
  config.n_conv = 1;
  config.n_band = 4;
  config.d_model = 4;
  config.n_layer = 1;
  config.d_state = 4;
  config.dt_rank = 1;
  return config;
}

}  // namespace hiss
