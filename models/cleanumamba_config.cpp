// SPDX-License-Identifier: Apache-2.0
#include "models/cleanumamba_config.h"

#include "models/config_reader.h"
#include "models/model_error.h"
#include "models/model_tensors.h"
#include "models/strict_json.h"

namespace hiss {
namespace {

constexpr const char* kArch = "cleanumamba";
constexpr const char* kField = "hiss.config";
constexpr std::size_t kMaxLevels = 10;
constexpr std::size_t kMaxLayers = 32;
constexpr int kMaxWidth = 4096;
constexpr std::int64_t kMaxWeightFloats = std::int64_t{1} << 26U;

using Config = CleanUMambaConfig;

constexpr ConfigKey<Config, int> kIntKeys[] = {
    {"sample_rate", &Config::sample_rate, 4000, 384000},
    {"d_model", &Config::d_model, 1, kMaxWidth},
    {"d_conv", &Config::d_conv, 2, 16},
    {"normalize_input", &Config::normalize_input, 0, 1},
};
constexpr ConfigKey<Config, float> kEpsKey = {"norm_eps", &Config::norm_eps, 1e-12F, 0.1F};

// A list whose length is that of all lists of its kind, the first of which sets it.
struct ListKey {
  const char* name;
  std::vector<int> Config::*member;
  std::size_t shortest;
  std::size_t longest;
  int most;
};
constexpr ListKey kLevelKeys[] = {
    {"channels", &Config::channels, 2, kMaxLevels, kMaxWidth},
    {"conv_channels", &Config::conv_channels, 2, kMaxLevels, kMaxWidth},
    {"gate_channels", &Config::gate_channels, 2, kMaxLevels, kMaxWidth},
};
constexpr ListKey kLayerKeys[] = {
    {"d_inner", &Config::d_inner, 1, kMaxLayers, kMaxWidth},
    {"d_state", &Config::d_state, 1, kMaxLayers, 256},
    {"dt_rank", &Config::dt_rank, 1, kMaxLayers, 512},
};

std::vector<int> readList(const nlohmann::json& json, const ListKey& key, const std::string& path) {
  const std::string field = std::string(kField) + "." + key.name;
  if (!json.is_array() || json.size() < key.shortest || json.size() > key.longest) {
    throw ModelError(path, field,
                     "a list of " + std::to_string(key.shortest) + " to " +
                         std::to_string(key.longest) + " numbers",
                     describeJson(json));
  }
  std::vector<int> values;
  for (const nlohmann::json& item : json) {
    if (!item.is_number_unsigned() || item.get<std::uint64_t>() < 1 ||
        item.get<std::uint64_t>() > static_cast<std::uint64_t>(key.most)) {
      throw ModelError(path, field, "whole numbers from 1 to " + std::to_string(key.most),
                       describeJson(item));
    }
    values.push_back(static_cast<int>(item.get<std::uint64_t>()));
  }
  return values;
}

template <std::size_t kCount>
void readLists(const ListKey (&keys)[kCount], ConfigReader& reader, const std::string& path,
               Config& config) {
  for (const ListKey& key : keys) {
    config.*key.member = readList(reader.value(key.name), key, path);
    const std::size_t length = (config.*keys[0].member).size();
    if ((config.*key.member).size() != length) {
      throw ModelError(
          path, std::string(kField) + "." + key.name,
          "as many values as " + std::string(keys[0].name) + ", " + std::to_string(length),
          std::to_string((config.*key.member).size()));
    }
  }
}

void addConvolution(std::vector<TensorSpec>& specs, const std::string& name,
                    std::vector<std::int64_t> shape, std::int64_t outputs) {
  specs.push_back({name + ".weight", std::move(shape)});
  specs.push_back({name + ".bias", {outputs}});
}

}  // namespace

int CleanUMambaConfig::decoderOutputs(int stage) const {
  const int below = levels() - 2 - stage;
  return below >= 0 ? channels[static_cast<std::size_t>(below)] : 1;
}

MambaConfig CleanUMambaConfig::mamba(int layer) const {
  const auto at = static_cast<std::size_t>(layer);
  MambaConfig mamba;
  mamba.d_model = d_model;
  mamba.d_inner = d_inner[at];
  mamba.d_state = d_state[at];
  mamba.dt_rank = dt_rank[at];
  mamba.d_conv = d_conv;
  mamba.norm = false;
  mamba.residual = false;
  return mamba;
}

double CleanUMambaConfig::macsPerSecond() const {
  double macs = 0.0;  // of a hop
  for (const TensorSpec& spec : cleanUMambaTensors(*this)) {
    if (spec.shape.size() < 2) continue;
    // encoder.I and decoder.I run so many times a hop, everything else once.
    int times = 1;
    if (spec.name.starts_with("encoder.") || spec.name.starts_with("decoder.")) {
      const int place = std::stoi(spec.name.substr(8));
      times = 1 << (spec.name[0] == 'e' ? levels() - 1 - place : place);
    }
    macs += times * static_cast<double>(elementCount(spec.shape));
  }
  return macs * sample_rate / hop();
}

bool isCleanUMambaConfig(std::string_view json, const std::string& path) {
  const nlohmann::json object = parseJsonObject(json, path, kField);
  const auto arch = object.find("arch");
  return arch != object.end() && *arch == kArch;
}

CleanUMambaConfig parseCleanUMambaConfig(std::string_view json, const std::string& path) {
  const nlohmann::json object = parseJsonObject(json, path, kField);
  ConfigReader reader(object, path, kField);
  if (const nlohmann::json& arch = reader.value("arch"); arch != kArch) {
    throw ModelError(path, std::string(kField) + ".arch", quotedText(kArch), describeJson(arch));
  }
  Config config;
  for (const auto& key : kIntKeys) reader.read(key, config);
  reader.read(kEpsKey, config);
  readLists(kLevelKeys, reader, path, config);
  readLists(kLayerKeys, reader, path, config);
  reader.finish();

  std::int64_t weights = 0;
  for (const TensorSpec& spec : cleanUMambaTensors(config)) weights += elementCount(spec.shape);
  if (weights > kMaxWeightFloats) {
    throw ModelError(path, std::string(kField) + ".channels",
                     "at most " + std::to_string(kMaxWeightFloats) + " weights in all",
                     std::to_string(weights));
  }
  return config;
}

std::string toJson(const CleanUMambaConfig& config) {
  nlohmann::json object;
  object["arch"] = kArch;
  for (const auto& key : kIntKeys) object[key.name] = config.*key.member;
  object[kEpsKey.name] = config.norm_eps;
  for (const ListKey& key : kLevelKeys) object[key.name] = config.*key.member;
  for (const ListKey& key : kLayerKeys) object[key.name] = config.*key.member;
  return object.dump();
}

std::vector<TensorSpec> cleanUMambaTensors(const CleanUMambaConfig& config) {
  constexpr std::int64_t kKernel = CleanUMambaConfig::kKernel;
  std::vector<TensorSpec> specs;
  std::int64_t inputs = 1;
  for (int i = 0; i < config.levels(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::string name = "encoder." + std::to_string(i) + ".";
    const std::int64_t middle = config.conv_channels[at];
    const std::int64_t outputs = 2 * config.channels[at];
    addConvolution(specs, name + "0", {middle, inputs, kKernel}, middle);
    addConvolution(specs, name + "2", {outputs, middle, 1}, outputs);
    inputs = config.channels[at];
  }
  for (int i = 0; i < config.levels(); ++i) {
    const auto at = static_cast<std::size_t>(i);
    const std::string name = "decoder." + std::to_string(i) + ".";
    const std::int64_t from = config.channels[config.channels.size() - 1 - at];
    const std::int64_t gated = config.gate_channels[at];
    const std::int64_t outputs = config.decoderOutputs(i);
    addConvolution(specs, name + "0", {2 * gated, from, 1}, 2 * gated);
    addConvolution(specs, name + "2", {gated, outputs, kKernel}, outputs);
  }
  const std::int64_t d_model = config.d_model;
  const std::int64_t deepest = config.channels.back();
  addConvolution(specs, "tsfm_conv1", {d_model, deepest, 1}, d_model);
  for (int i = 0; i < config.layers(); ++i) {
    const std::string name = "tsfm_Mamba_layers." + std::to_string(i) + ".";
    specs.push_back({name + "norm.weight", {d_model}});
    specs.push_back({name + "norm.bias", {d_model}});
    addMixerTensors(specs, name, BlockConfig::of(config.mamba(i)));
  }
  specs.push_back({"norm_f.weight", {d_model}});
  specs.push_back({"norm_f.bias", {d_model}});
  addConvolution(specs, "tsfm_conv2", {deepest, d_model, 1}, deepest);
  return specs;
}

}  // namespace hiss
