// SPDX-License-Identifier: Apache-2.0
#include "models/sequence_config.h"

#include <span>

#include "models/block_keys.h"
#include "models/config_reader.h"
#include "models/model_error.h"
#include "models/model_tensors.h"
#include "models/strict_json.h"

namespace hiss {
namespace {

constexpr std::string_view kArch = "ssm-sequence";
constexpr std::string_view kInputs[] = {"tokens", "features"};  // in the order of Input

// The ranges keep a hostile file from asking for more than 16 MB of state a row.
constexpr std::int64_t kMostStateFloats = std::int64_t{1} << 22U;
constexpr int kMostVocab = 65536;
constexpr int kMostFeatures = 1024;

constexpr ConfigKey<SequenceConfig, int> kVocab = {"vocab", &SequenceConfig::n_in, 1, kMostVocab};
constexpr ConfigKey<SequenceConfig, int> kIn = {"n_in", &SequenceConfig::n_in, 1, kMostFeatures};
constexpr ConfigKey<SequenceConfig, int> kModelKeys[] = {
    {"n_out", &SequenceConfig::n_out, 1, kMostVocab},
    {"n_layer", &SequenceConfig::n_layer, 1, 64},
};
constexpr ConfigKey<BlockConfig, int> kWidth = {"d_model", &BlockConfig::d_model, 1, 2048};
constexpr ConfigKey<BlockConfig, float> kEps = {"norm_eps", &BlockConfig::norm_eps, 1e-12F, 0.1F};

struct Flags {
  int norm = 1;
  int residual = 1;
  int norm_f = 1;
};
constexpr ConfigKey<Flags, int> kFlagKeys[] = {{"norm", &Flags::norm, 0, 1},
                                               {"residual", &Flags::residual, 0, 1},
                                               {"norm_f", &Flags::norm_f, 0, 1}};

class SequenceConfigParser {
 public:
  SequenceConfigParser(const nlohmann::json& object, const std::string& path)
      : path_(path), reader_(object, path, "hiss.config") {}

  SequenceConfig parse() {
    (void)reader_.choice("arch", {&kArch, 1});
    SequenceConfig config;
    BlockConfig& block = config.block;
    block.kind = readBlockKind(reader_, "block", kBlockKinds);
    config.input = static_cast<SequenceConfig::Input>(reader_.choice("input", kInputs));
    reader_.read(config.input == SequenceConfig::Input::kTokens ? kVocab : kIn, config);
    for (const auto& key : kModelKeys) reader_.read(key, config);
    reader_.read(kWidth, block);
    reader_.read(kEps, block);
    Flags flags;
    for (const auto& key : kFlagKeys) reader_.read(key, flags);
    block.norm = flags.norm == 1;
    block.residual = flags.residual == 1;
    config.norm_f = flags.norm_f == 1;
    readBlockSizes(reader_, block);
    reader_.finish();
    checkRelations(config);
    return config;
  }

 private:
  // Rules between values; each value alone is in range already.
  void checkRelations(const SequenceConfig& config) const {
    const BlockConfig& block = config.block;
    requireBlockSizes(block, path_, {});
    const std::int64_t state = config.n_layer * block.stateShape().values();
    if (state > kMostStateFloats) {
      throw ModelError(path_, "hiss.config.n_layer",
                       "at most " + std::to_string(kMostStateFloats) + " values of state in all",
                       std::to_string(state));
    }
  }

  const std::string& path_;
  ConfigReader reader_;
};

}  // namespace

std::int64_t SequenceConfig::macsPerStep() const noexcept {
  const std::int64_t width = block.d_model;
  const std::int64_t embedding = input == Input::kFeatures ? n_in * width : 0;
  return embedding + n_layer * stepMacs(block) + width * n_out;
}

SequenceConfig parseSequenceConfig(std::string_view json, const std::string& path) {
  const nlohmann::json object = parseJsonObject(json, path, "hiss.config");
  return SequenceConfigParser(object, path).parse();
}

std::string toJson(const SequenceConfig& config) {
  const BlockConfig& block = config.block;
  const bool tokens = config.input == SequenceConfig::Input::kTokens;
  nlohmann::ordered_json object;
  object["arch"] = kArch;
  object["block"] = blockKindName(block.kind);
  object["input"] = kInputs[tokens ? 0 : 1];
  object[tokens ? kVocab.name : kIn.name] = config.n_in;
  for (const auto& key : kModelKeys) object[key.name] = config.*key.member;
  object[kWidth.name] = block.d_model;
  object[kEps.name] = block.norm_eps;
  const Flags flags = {block.norm ? 1 : 0, block.residual ? 1 : 0, config.norm_f ? 1 : 0};
  for (const auto& key : kFlagKeys) object[key.name] = flags.*key.member;
  writeBlockSizes(block, object);
  return object.dump();
}

std::vector<TensorSpec> sequenceTensors(const SequenceConfig& config) {
  const std::int64_t width = config.block.d_model;
  std::vector<TensorSpec> specs;
  if (config.input == SequenceConfig::Input::kTokens) {
    specs.push_back({"embedding.weight", {config.n_in, width}});
  } else {
    specs.push_back({"embed.weight", {width, config.n_in}});
    specs.push_back({"embed.bias", {width}});
  }
  for (int l = 0; l < config.n_layer; ++l) {
    addBlockTensors(specs, "blocks." + std::to_string(l) + ".", config.block);
  }
  if (config.norm_f) specs.push_back({"norm_f.weight", {width}});
  specs.push_back({"head.weight", {config.n_out, width}});
  specs.push_back({"head.bias", {config.n_out}});
  return specs;
}

}  // namespace hiss
