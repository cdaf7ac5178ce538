// SPDX-License-Identifier: Apache-2.0
#include "models/sequence_config.h"

#include <iterator>
#include <span>

#include "models/config_reader.h"
#include "models/model_error.h"
#include "models/strict_json.h"

namespace hiss {
namespace {

constexpr std::string_view kArch = "ssm-sequence";
constexpr std::string_view kInputs[] = {"tokens", "features"};  // in the order of Input
constexpr std::string_view kRules[] = {"zoh", "bilinear"};      // in the order of S4dRule

// The ranges keep a hostile file from asking for more than 16 MB of state a row.
constexpr std::int64_t kMostStateFloats = std::int64_t{1} << 22U;
constexpr int kMostVocab = 65536;
constexpr int kMostFeatures = 1024;

using BlockKey = ConfigKey<BlockConfig, int>;
constexpr ConfigKey<SequenceConfig, int> kVocab = {"vocab", &SequenceConfig::n_in, 1, kMostVocab};
constexpr ConfigKey<SequenceConfig, int> kIn = {"n_in", &SequenceConfig::n_in, 1, kMostFeatures};
constexpr ConfigKey<SequenceConfig, int> kModelKeys[] = {
    {"n_out", &SequenceConfig::n_out, 1, kMostVocab},
    {"n_layer", &SequenceConfig::n_layer, 1, 64},
};
constexpr BlockKey kWidth = {"d_model", &BlockConfig::d_model, 1, 2048};
constexpr ConfigKey<BlockConfig, float> kEps = {"norm_eps", &BlockConfig::norm_eps, 1e-12F, 0.1F};

constexpr BlockKey kConv = {"d_conv", &BlockConfig::d_conv, 2, 16};
constexpr BlockKey kExpand = {"expand", &BlockConfig::expand, 1, 8};
constexpr BlockKey kState = {"d_state", &BlockConfig::d_state, 1, 1024};
constexpr BlockKey kMambaKeys[] = {
    kState, kConv, kExpand, {"dt_rank", &BlockConfig::dt_rank, 1, 512}};
constexpr BlockKey kMamba2Keys[] = {kState,
                                    kConv,
                                    kExpand,
                                    {"headdim", &BlockConfig::headdim, 1, 2048},
                                    {"ngroups", &BlockConfig::ngroups, 1, 2048}};
constexpr BlockKey kStateKeys[] = {kState};

// What a kind names besides the keys of all.
std::span<const BlockKey> keysOf(BlockKind kind) {
  switch (kind) {
    case BlockKind::kMamba:
      return kMambaKeys;
    case BlockKind::kMamba2:
      return kMamba2Keys;
    default:
      return kStateKeys;
  }
}

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
    (void)choice("arch", {&kArch, 1});
    std::vector<std::string_view> kinds;
    kinds.reserve(std::size(kBlockKinds));
    for (const BlockKind kind : kBlockKinds) kinds.push_back(blockKindName(kind));
    SequenceConfig config;
    BlockConfig& block = config.block;
    block.kind = kBlockKinds[choice("block", kinds)];
    config.input = static_cast<SequenceConfig::Input>(choice("input", kInputs));
    reader_.read(config.input == SequenceConfig::Input::kTokens ? kVocab : kIn, config);
    for (const auto& key : kModelKeys) reader_.read(key, config);
    reader_.read(kWidth, block);
    reader_.read(kEps, block);
    Flags flags;
    for (const auto& key : kFlagKeys) reader_.read(key, flags);
    block.norm = flags.norm == 1;
    block.residual = flags.residual == 1;
    config.norm_f = flags.norm_f == 1;
    for (const BlockKey& key : keysOf(block.kind)) reader_.read(key, block);
    if (block.kind == BlockKind::kS4d) {
      block.rule = static_cast<S4dRule>(choice("rule", kRules));
    }
    reader_.finish();
    checkRelations(config);
    return config;
  }

 private:
  // Place of the member `name` in `texts`, one of which it must be.
  std::size_t choice(const char* name, std::span<const std::string_view> texts) {
    const nlohmann::json& found = reader_.value(name);
    std::string expected;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (found.is_string() && found.get_ref<const std::string&>() == texts[i]) return i;
      if (i > 0) expected += i + 1 < texts.size() ? ", " : " or ";
      expected += quotedText(texts[i]);
    }
    throw ModelError(path_, std::string("hiss.config.") + name, expected, describeJson(found));
  }

  void require(bool good, const std::string& key, const std::string& expected,
               std::int64_t found) const {
    if (!good) {
      throw ModelError(path_, "hiss.config." + key, expected, std::to_string(found));
    }
  }

  // Rules between values; each value alone is in range already.
  void checkRelations(const SequenceConfig& config) const {
    const BlockConfig& block = config.block;
    if (block.kind == BlockKind::kMamba2) {
      require(block.dInner() % block.headdim == 0, "headdim", "a divisor of expand d_model",
              block.headdim);
      require(block.heads() % block.ngroups == 0, "ngroups",
              "a divisor of expand d_model / headdim", block.ngroups);
    }
    if (block.kind == BlockKind::kS4d) {
      require(block.d_state % 2 == 0, "d_state", "an even number", block.d_state);
    }
    const std::int64_t state = config.n_layer * block.stateShape().values();
    require(state <= kMostStateFloats, "n_layer",
            "at most " + std::to_string(kMostStateFloats) + " values of state in all", state);
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
  for (const BlockKey& key : keysOf(block.kind)) object[key.name] = block.*key.member;
  if (block.kind == BlockKind::kS4d) object["rule"] = kRules[block.rule == S4dRule::kZoh ? 0 : 1];
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
    for (TensorSpec& spec : blockTensors(config.block)) {
      specs.push_back({"blocks." + std::to_string(l) + "." + spec.name, std::move(spec.shape)});
    }
  }
  if (config.norm_f) specs.push_back({"norm_f.weight", {width}});
  specs.push_back({"head.weight", {config.n_out, width}});
  specs.push_back({"head.bias", {config.n_out}});
  return specs;
}

}  // namespace hiss
