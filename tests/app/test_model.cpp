// SPDX-License-Identifier: Apache-2.0
#include "tests/app/test_model.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>

namespace hiss {
namespace {

bool endsWith(const std::string& name, std::string_view end) {
  return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

// Values that keep a random network tame: unit norms, decaying states, small weights.
class WeightSource {
 public:
  std::vector<float> make(const TensorSpec& spec) {
    const auto count =
        std::accumulate(spec.shape.begin(), spec.shape.end(), std::int64_t{1}, std::multiplies<>());
    std::vector<float> values(static_cast<std::size_t>(count));
    const auto columns = static_cast<float>(spec.shape.back());
    const float scale = 0.5F / std::sqrt(static_cast<float>(count / spec.shape.front()));
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (endsWith(spec.name, "A_log")) {
        values[i] = std::log(1.0F + std::fmod(static_cast<float>(i), columns));
      } else if (endsWith(spec.name, "running_var") || endsWith(spec.name, ".D") ||
                 endsWith(spec.name, "norm.weight") || endsWith(spec.name, "bn.weight")) {
        values[i] = 1.0F;
      } else {
        values[i] = scale * next();
      }
    }
    return values;
  }

 private:
  // Uniform in -1 ... 1.
  float next() {
    seed_ = seed_ * 6364136223846793005U + 1442695040888963407U;
    return static_cast<float>(static_cast<std::int32_t>(seed_ >> 32)) / 2147483648.0F;
  }

  std::uint64_t seed_ = 1;
};

}  // namespace

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

std::vector<std::byte> makeTestModel(const DenoiserConfig& config) {
  static_assert(std::endian::native == std::endian::little);
  const nlohmann::json card = {{"name", "test"},
                               {"description", "random weights"},
                               {"data", "none"},
                               {"licence", "Apache-2.0"}};
  nlohmann::json header = {{"__metadata__",
                            {{"hiss.format", "1"},
                             {"hiss.task", "denoise"},
                             {"hiss.config", toJson(config)},
                             {"hiss.card", card.dump()}}}};
  WeightSource source;
  std::vector<float> data;
  for (const TensorSpec& spec : denoiserTensors(config)) {
    const std::size_t begin = data.size() * sizeof(float);
    const std::vector<float> values = source.make(spec);
    data.insert(data.end(), values.begin(), values.end());
    header[spec.name] = {{"dtype", "F32"},
                         {"shape", spec.shape},
                         {"data_offsets", {begin, data.size() * sizeof(float)}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  std::vector<std::byte> bytes(sizeof(length) + text.size() + data.size() * sizeof(float));
  std::memcpy(bytes.data(), &length, sizeof(length));
  std::memcpy(bytes.data() + sizeof(length), text.data(), text.size());
  std::memcpy(bytes.data() + sizeof(length) + text.size(), data.data(),
              data.size() * sizeof(float));
  return bytes;
}

void writeTestModel(const std::filesystem::path& path, const DenoiserConfig& config) {
  const std::vector<std::byte> bytes = makeTestModel(config);
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

}  // namespace hiss
