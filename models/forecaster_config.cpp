// SPDX-License-Identifier: Apache-2.0
#include "models/forecaster_config.h"

#include <cstdint>
#include <set>

#include "models/model_error.h"
#include "models/model_tensors.h"
#include "models/strict_json.h"

namespace hiss {
namespace {

constexpr const char* kArch = "channel-mamba";
constexpr float kLeastEps = 1e-12F;
constexpr float kMostEps = 0.1F;

// Whole numbers of the config in one place, for reading and for writing. The ranges keep a hostile
// file from asking for more than 16 MB of state a channel.
struct Key {
  const char* name;
  int ForecasterConfig::*member;
  int least;
  int most;
};
constexpr Key kKeys[] = {
    {"d_model", &ForecasterConfig::d_model, 1, 512},
    {"n_layer", &ForecasterConfig::n_layer, 1, 16},
    {"d_state", &ForecasterConfig::d_state, 1, 128},
    {"d_conv", &ForecasterConfig::d_conv, 2, 16},
    {"expand", &ForecasterConfig::expand, 1, 4},
    {"dt_rank", &ForecasterConfig::dt_rank, 1, 512},
};

nlohmann::json toObject(const ForecasterConfig& config) {
  nlohmann::json object = {{"arch", kArch},
                           {"norm_eps", config.norm_eps},
                           {"horizons", ForecasterConfig::kHorizons},
                           {"quantiles", ForecasterConfig::kQuantiles}};
  for (const Key& key : kKeys) object[key.name] = config.*key.member;
  return object;
}

// The members of one JSON object; each may be asked for once.
class Reader {
 public:
  Reader(const nlohmann::json& object, const std::string& path) : object_(object), path_(path) {}

  const nlohmann::json& value(const std::string& name) {
    known_.insert(name);
    const auto found = object_.find(name);
    if (found == object_.end()) throw ModelError(path_, "hiss.config." + name, "a value", "none");
    return *found;
  }
  void require(bool good, const std::string& name, const std::string& expected) {
    if (good) return;
    throw ModelError(path_, "hiss.config." + name, expected, describeJson(value(name)));
  }
  void finish() const {
    for (const auto& item : object_.items()) {
      if (!known_.contains(item.key())) {
        throw ModelError(path_, "hiss.config", "only known keys", quotedText(item.key()));
      }
    }
  }

 private:
  const nlohmann::json& object_;
  const std::string& path_;
  std::set<std::string> known_;
};

}  // namespace

MambaConfig ForecasterConfig::mamba() const {
  MambaConfig mamba;
  mamba.d_model = d_model;
  mamba.d_state = d_state;
  mamba.d_conv = d_conv;
  mamba.expand = expand;
  mamba.dt_rank = dt_rank;
  mamba.norm_eps = norm_eps;
  mamba.residual = true;
  return mamba;
}

double ForecasterConfig::macsPerRow() const {
  const double d_inner = mamba().dInner();
  const double width = d_model;
  const double block =
      d_inner * (3.0 * width + 2.0 * dt_rank + 2.0 * d_state + d_conv) + 3.0 * d_inner * d_state;
  return n_layer * block + width * (kFeatures + kOutputs);
}

ForecasterConfig parseForecasterConfig(std::string_view json, const std::string& path) {
  const nlohmann::json object = parseJsonObject(json, path, "hiss.config");
  Reader reader(object, path);
  reader.require(reader.value("arch") == kArch, "arch", quotedText(kArch));
  ForecasterConfig config;
  for (const Key& key : kKeys) {
    const nlohmann::json& number = reader.value(key.name);
    const bool good = number.is_number_unsigned() &&
                      number.get<std::uint64_t>() >= static_cast<std::uint64_t>(key.least) &&
                      number.get<std::uint64_t>() <= static_cast<std::uint64_t>(key.most);
    reader.require(
        good, key.name,
        "a whole number from " + std::to_string(key.least) + " to " + std::to_string(key.most));
    config.*key.member = static_cast<int>(number.get<std::uint64_t>());
  }
  reader.require(config.dt_rank <= config.d_model, "dt_rank", "at most d_model");
  const nlohmann::json& eps = reader.value("norm_eps");
  config.norm_eps = eps.is_number() ? eps.get<float>() : -1.0F;
  reader.require(config.norm_eps >= kLeastEps && config.norm_eps <= kMostEps, "norm_eps",
                 "a number from 1e-12 to 0.1");
  const nlohmann::json expected = toObject(config);
  for (const char* name : {"horizons", "quantiles"}) {
    reader.require(reader.value(name) == expected[name], name, expected[name].dump());
  }
  reader.finish();
  return config;
}

std::string toJson(const ForecasterConfig& config) { return toObject(config).dump(); }

std::vector<TensorSpec> forecasterTensors(const ForecasterConfig& config) {
  constexpr std::int64_t kIn = ForecasterConfig::kFeatures;
  constexpr std::int64_t kOut = ForecasterConfig::kOutputs;
  std::vector<TensorSpec> specs;
  specs.push_back({"embed.weight", {config.d_model, kIn}});
  specs.push_back({"embed.bias", {config.d_model}});
  for (int l = 0; l < config.n_layer; ++l) {
    addBlockTensors(specs, "blocks." + std::to_string(l) + ".", BlockConfig::of(config.mamba()));
  }
  specs.push_back({"norm_f.weight", {config.d_model}});
  specs.push_back({"head.weight", {kOut, config.d_model}});
  specs.push_back({"head.bias", {kOut}});
  return specs;
}

}  // namespace hiss
