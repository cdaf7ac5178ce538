// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser_config.h"

#include <cstdint>
#include <span>

#include "dsp/window.h"
#include "models/block_keys.h"
#include "models/config_reader.h"
#include "models/model_error.h"
#include "models/model_tensors.h"
#include "models/strict_json.h"

namespace hiss {
namespace {

constexpr const char* kArch = "subband-mamba";

// Keys of the config in one place, for reading and for writing.
template <class Config, class Value>
using Key = ConfigKey<Config, Value>;
constexpr Key<DenoiserConfig, int> kIntKeys[] = {
    {"sample_rate", &DenoiserConfig::sample_rate, 4000, 384000},
    {"n_fft", &DenoiserConfig::n_fft, 16, 8192},
    {"hop", &DenoiserConfig::hop, 4, 4096},
    {"synthesis_length", &DenoiserConfig::synthesis_length, 8, 8192},
    {"channels", &DenoiserConfig::channels, 1, 512},
    {"kernel", &DenoiserConfig::kernel, 1, 64},
    {"stride", &DenoiserConfig::stride, 1, 64},
    {"n_conv", &DenoiserConfig::n_conv, 0, 16},
    {"conv_kernel", &DenoiserConfig::conv_kernel, 1, 15},
    {"n_band", &DenoiserConfig::n_band, 1, 512},
    {"d_model", &DenoiserConfig::d_model, 1, 512},
    {"n_layer", &DenoiserConfig::n_layer, 1, 32},
};
// Of a network whose blocks are `mamba`.
constexpr Key<DenoiserConfig, int> kMambaKeys[] = {
    {"d_state", &DenoiserConfig::d_state, 1, 256},
    {"d_conv", &DenoiserConfig::d_conv, 2, 16},
    {"expand", &DenoiserConfig::expand, 1, 4},
    {"dt_rank", &DenoiserConfig::dt_rank, 1, 512},
};
constexpr Key<DenoiserConfig, int> kMixKeys[] = {
    {"band_mult", &DenoiserConfig::band_mult, 1, 8},
    {"chan_mult", &DenoiserConfig::chan_mult, 1, 8},
};

// Left out where they have the value of DenoiserConfig{}.
constexpr Key<DenoiserConfig, int> kOptionalKeys[] = {
    {"features", &DenoiserConfig::features, 2, 3},
    {"band_bias", &DenoiserConfig::band_bias, 0, 1},
    {"fullband_d_model", &DenoiserConfig::fullband_d_model, 0, 1024},
    {"fullband_rank", &DenoiserConfig::fullband_rank, 0, 512},
    {"fullband_d_state", &DenoiserConfig::fullband_d_state, 0, 1024},
};

constexpr Key<DenoiserConfig, float> kFloatKeys[] = {
    {"compress", &DenoiserConfig::compress, 0.05F, 1.0F},
    {"norm_eps", &DenoiserConfig::norm_eps, 1e-12F, 0.1F},
    {"bn_eps", &DenoiserConfig::bn_eps, 1e-12F, 0.1F},
};
constexpr const char* kBlock = "block";
constexpr const char* kHighBand = "high_band";
constexpr Key<HighBandConfig, int> kHighBandIntKeys[] = {
    {"bands", &HighBandConfig::bands, 1, 256},
    {"low_bands", &HighBandConfig::low_bands, 1, 256},
    {"d_model", &HighBandConfig::d_model, 1, 512},
    {"n_layer", &HighBandConfig::n_layer, 1, 32},
    {"d_state", &HighBandConfig::d_state, 1, 256},
    {"d_conv", &HighBandConfig::d_conv, 2, 16},
    {"expand", &HighBandConfig::expand, 1, 4},
    {"dt_rank", &HighBandConfig::dt_rank, 1, 512},
};
constexpr Key<HighBandConfig, float> kHighBandFloatKeys[] = {
    {"compress", &HighBandConfig::compress, 0.05F, 1.0F},
    {"norm_eps", &HighBandConfig::norm_eps, 1e-12F, 0.1F},
};

// Limits of what one stream or one model may take, in floats.
constexpr std::int64_t kMaxStateFloats = std::int64_t{1} << 24U;
constexpr std::int64_t kMaxWeightFloats = std::int64_t{1} << 26U;

// A Mamba block of that width in the network or in its head.
template <class Config>
BlockConfig mambaOf(const Config& config, int d_model, int dt_rank) noexcept {
  BlockConfig mamba;
  mamba.d_model = d_model;
  mamba.d_state = config.d_state;
  mamba.d_conv = config.d_conv;
  mamba.expand = config.expand;
  mamba.dt_rank = dt_rank;
  mamba.norm_eps = config.norm_eps;
  return mamba;
}

std::string fieldOf(const std::string& name) { return "hiss.config." + name; }

const nlohmann::json& objectOf(const nlohmann::json& value, const char* name,
                               const std::string& path) {
  if (!value.is_object()) throw ModelError(path, fieldOf(name), "an object", describeJson(value));
  return value;
}

class Checker {
 public:
  explicit Checker(const std::string& path) : path_(path) {}
  void require(bool good, const std::string& key, const std::string& expected,
               std::int64_t found) const {
    if (!good) throw ModelError(path_, fieldOf(key), expected, std::to_string(found));
  }

 private:
  const std::string& path_;
};

bool hasOnlySmallFactors(int n) {
  for (const int factor : {2, 3, 5}) {
    while (n % factor == 0) n /= factor;
  }
  return n == 1;
}

// Of a network with blocks that are not `mamba`.
void checkBlock(const DenoiserConfig& c, const std::string& path) {
  const std::string sizes = fieldOf(kBlock) + ".";
  requireBlockSizes(c.bandBlock(), path, {sizes, sizes + "d_state"});
  if (!c.hasFullband()) return;
  Checker(path).require(c.fullband_d_state > 0, "fullband_d_state",
                        "at least 1 with a block and a fullband_d_model", c.fullband_d_state);
  requireBlockSizes(c.fullbandBlock(), path,
                    {sizes, fieldOf("fullband_d_state"), "fullband_d_model"});
}

// Rules between values; each value alone is in range already.
void checkRelations(const DenoiserConfig& c, const std::string& path) {
  const Checker check(path);
  check.require(c.n_fft % 2 == 0 && hasOnlySmallFactors(c.n_fft / 2), "n_fft",
                "twice a product of 2, 3 and 5", c.n_fft);
  check.require(c.synthesis_length <= c.n_fft, "synthesis_length", "at most n_fft",
                c.synthesis_length);
  check.require(hasWindowPair(c.n_fft, c.hop, c.synthesis_length), "hop",
                "from half of synthesis_length to less than it, or an even part of it", c.hop);
  check.require(c.usedBins() % c.stride == 0, "stride", "a divisor of n_fft/2", c.stride);
  check.require(c.kernel >= c.stride && (c.kernel - c.stride) % 2 == 0, "kernel",
                "stride plus an even number", c.kernel);
  check.require(c.kernel <= c.usedBins(), "kernel", "at most n_fft/2", c.kernel);
  check.require(c.conv_kernel % 2 == 1, "conv_kernel", "an odd number", c.conv_kernel);
  check.require(c.n_band <= c.rows(), "n_band", "at most n_fft/2/stride", c.n_band);
  check.require(c.block || c.dt_rank <= c.d_model, "dt_rank", "at most d_model", c.dt_rank);
  if (c.block) checkBlock(c, path);

  std::int64_t state = c.n_layer * c.n_band * c.bandBlock().stateShape().values();
  if (!c.block || !c.hasFullband()) {
    check.require(c.fullband_d_state == 0, "fullband_d_state",
                  "0 without a block and a fullband_d_model", c.fullband_d_state);
  }
  if (c.hasFullband()) {
    check.require(c.fullband_rank > 0, "fullband_rank", "at least 1 with a fullband_d_model",
                  c.fullband_rank);
    check.require(c.n_layer >= 2, "n_layer", "at least 2 with a fullband_d_model", c.n_layer);
    state += c.fullbandBlock().stateShape().values();
  } else {
    check.require(c.fullband_rank == 0, "fullband_rank", "0 without a fullband_d_model",
                  c.fullband_rank);
  }
  if (c.high_band) {
    const HighBandConfig& h = *c.high_band;
    check.require(c.usedBins() % h.low_bands == 0, "high_band.low_bands", "a divisor of n_fft/2",
                  h.low_bands);
    check.require(h.dt_rank <= h.d_model, "high_band.dt_rank", "at most d_model", h.dt_rank);
    state += h.n_layer * mambaOf(h, h.d_model, h.dt_rank).stateShape().values();
  }
  check.require(state <= kMaxStateFloats, "n_layer",
                "at most " + std::to_string(kMaxStateFloats) + " values of state in all", state);
  std::int64_t weights = 0;
  for (const TensorSpec& tensor : denoiserTensors(c)) {
    std::int64_t count = 1;
    for (const std::int64_t extent : tensor.shape) count *= extent;  // at most 2^23 x 2^10
    weights += count;
  }
  check.require(weights <= kMaxWeightFloats, "channels",
                "at most " + std::to_string(kMaxWeightFloats) + " weights in all", weights);
}

void addBatchNorm(std::vector<TensorSpec>& specs, const std::string& name, std::int64_t channels) {
  for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
    specs.push_back({name + part, {channels}});
  }
}

void addFullband(std::vector<TensorSpec>& specs, const DenoiserConfig& config) {
  const std::int64_t d_model = config.d_model;
  const std::int64_t wide = config.fullband_d_model;
  const std::int64_t rank = config.fullband_rank;
  const std::int64_t all = config.n_band * rank;
  specs.push_back({"fullband.norm.weight", {d_model}});
  specs.push_back({"fullband.chan_down.weight", {rank, d_model}});
  specs.push_back({"fullband.chan_down.bias", {rank}});
  specs.push_back({"fullband.down.weight", {wide, all}});
  specs.push_back({"fullband.down.bias", {wide}});
  specs.push_back({"fullband.mixer_norm.weight", {wide}});
  addMixerTensors(specs, "fullband.", config.fullbandBlock());
  specs.push_back({"fullband.up_norm.weight", {wide}});
  specs.push_back({"fullband.up.weight", {all, wide}});
  specs.push_back({"fullband.up.bias", {all}});
  specs.push_back({"fullband.chan_up.weight", {d_model, rank}});
  specs.push_back({"fullband.chan_up.bias", {d_model}});
}

void addHighBand(std::vector<TensorSpec>& specs, const HighBandConfig& config) {
  specs.push_back({"high_band.pre.weight", {config.d_model, config.inputs()}});
  specs.push_back({"high_band.pre.bias", {config.d_model}});
  for (int l = 0; l < config.n_layer; ++l) {
    addBlockTensors(specs, "high_band.blocks." + std::to_string(l) + ".",
                    mambaOf(config, config.d_model, config.dt_rank));
  }
  specs.push_back({"high_band.norm.weight", {config.d_model}});
  specs.push_back({"high_band.post.weight", {config.bands, config.d_model}});
  specs.push_back({"high_band.post.bias", {config.bands}});
}

// A model of kind `mamba` says so by having no object of this name.
BlockConfig readBlock(const nlohmann::json& object, const std::string& path) {
  ConfigReader reader(objectOf(object, kBlock, path), path, fieldOf(kBlock));
  BlockConfig block;
  block.kind = readBlockKind(reader, "kind", std::span(kBlockKinds).subspan(1));
  readBlockSizes(reader, block);
  reader.finish();
  return block;
}

}  // namespace

BlockConfig DenoiserConfig::bandBlock() const noexcept {
  if (!block) return mambaOf(*this, d_model, dt_rank);
  BlockConfig config = *block;
  config.d_model = d_model;
  config.norm_eps = norm_eps;
  return config;
}

BlockConfig DenoiserConfig::fullbandBlock() const noexcept {
  BlockConfig config = bandBlock();
  config.d_model = fullband_d_model;
  config.dt_rank = (fullband_d_model + 15) / 16;  // as the reference chooses it
  if (block) config.d_state = fullband_d_state;
  return config;
}

DenoiserConfig parseDenoiserConfig(std::string_view json, const std::string& path) {
  const nlohmann::json object = parseJsonObject(json, path, "hiss.config");
  ConfigReader reader(object, path, "hiss.config");
  if (const nlohmann::json& arch = reader.value("arch"); arch != kArch) {
    throw ModelError(path, "hiss.config.arch", quotedText(kArch), describeJson(arch));
  }
  DenoiserConfig config;
  for (const auto& key : kIntKeys) reader.read(key, config);
  if (const nlohmann::json* block = reader.optional(kBlock)) {
    config.block = readBlock(*block, path);
  } else {
    for (const auto& key : kMambaKeys) reader.read(key, config);
  }
  for (const auto& key : kMixKeys) reader.read(key, config);
  for (const auto& key : kFloatKeys) reader.read(key, config);
  for (const auto& key : kOptionalKeys) reader.readOptional(key, config);
  if (const nlohmann::json* high_band = reader.optional(kHighBand)) {
    ConfigReader below(objectOf(*high_band, kHighBand, path), path, fieldOf(kHighBand));
    HighBandConfig& head = config.high_band.emplace();
    for (const auto& key : kHighBandIntKeys) below.read(key, head);
    for (const auto& key : kHighBandFloatKeys) below.read(key, head);
    below.finish();
  }
  reader.finish();
  checkRelations(config, path);
  return config;
}

std::string toJson(const DenoiserConfig& config) {
  nlohmann::ordered_json object;
  object["arch"] = kArch;
  for (const auto& key : kIntKeys) object[key.name] = config.*key.member;
  if (!config.block) {
    for (const auto& key : kMambaKeys) object[key.name] = config.*key.member;
  }
  for (const auto& key : kMixKeys) object[key.name] = config.*key.member;
  for (const auto& key : kFloatKeys) object[key.name] = config.*key.member;
  const DenoiserConfig plain;
  for (const auto& key : kOptionalKeys) {
    if (config.*key.member != plain.*key.member) object[key.name] = config.*key.member;
  }
  if (config.block) {
    nlohmann::ordered_json& block = object[kBlock];
    block["kind"] = blockKindName(config.block->kind);
    writeBlockSizes(*config.block, block);
  }
  if (config.high_band) {
    nlohmann::ordered_json& head = object[kHighBand];
    for (const auto& key : kHighBandIntKeys) head[key.name] = (*config.high_band).*key.member;
    for (const auto& key : kHighBandFloatKeys) head[key.name] = (*config.high_band).*key.member;
  }
  return object.dump();
}

std::vector<TensorSpec> denoiserTensors(const DenoiserConfig& config) {
  const std::int64_t C = config.channels;
  const std::int64_t F = config.rows();
  const std::int64_t kernel = config.kernel;
  const std::int64_t conv_kernel = config.conv_kernel;
  const std::int64_t n_band = config.n_band;
  const std::int64_t d_model = config.d_model;
  const std::int64_t band_wide = config.band_mult * n_band;
  const std::int64_t chan_wide = config.chan_mult * d_model;

  std::vector<TensorSpec> specs;
  specs.push_back({"pre.conv.weight", {C, config.features, kernel}});
  addBatchNorm(specs, "pre.bn", C);
  for (int i = 0; i < config.n_conv; ++i) {
    const std::string name = "enc." + std::to_string(i);
    specs.push_back({name + ".conv.weight", {C, C, conv_kernel}});
    addBatchNorm(specs, name + ".bn", C);
  }
  specs.push_back({"band_down.weight", {n_band, F}});
  specs.push_back({"chan_down.weight", {d_model, C}});
  specs.push_back({"chan_down.bias", {d_model}});
  if (config.band_bias == 1) specs.push_back({"band_bias", {n_band, d_model}});
  if (config.hasFullband()) addFullband(specs, config);
  for (int l = 0; l < config.n_layer; ++l) {
    const std::string name = "blocks." + std::to_string(l) + ".";
    addBlockTensors(specs, name, config.bandBlock());
    specs.push_back({name + "band_norm.weight", {d_model}});
    specs.push_back({name + "band_norm.bias", {d_model}});
    specs.push_back({name + "band_up.weight", {band_wide, n_band}});
    specs.push_back({name + "band_up.bias", {band_wide}});
    specs.push_back({name + "band_down.weight", {n_band, band_wide}});
    specs.push_back({name + "band_down.bias", {n_band}});
    specs.push_back({name + "chan_norm.weight", {d_model}});
    specs.push_back({name + "chan_norm.bias", {d_model}});
    specs.push_back({name + "chan_up.weight", {chan_wide, d_model}});
    specs.push_back({name + "chan_up.bias", {chan_wide}});
    specs.push_back({name + "chan_down.weight", {d_model, chan_wide}});
    specs.push_back({name + "chan_down.bias", {d_model}});
  }
  specs.push_back({"band_up.weight", {F, n_band}});
  specs.push_back({"chan_up.weight", {C, d_model}});
  specs.push_back({"chan_up.bias", {C}});
  for (int i = 0; i < config.n_conv; ++i) {
    const std::string name = "dec." + std::to_string(i);
    specs.push_back({name + ".mix.conv.weight", {C, 2 * C, 1}});
    addBatchNorm(specs, name + ".mix.bn", C);
    specs.push_back({name + ".conv.conv.weight", {C, C, conv_kernel}});
    addBatchNorm(specs, name + ".conv.bn", C);
  }
  specs.push_back({"post.weight", {C, 2 * C, 1}});
  specs.push_back({"post.bias", {C}});
  specs.push_back({"last.weight", {C, 2, kernel}});
  specs.push_back({"last.bias", {2}});
  if (config.high_band) addHighBand(specs, *config.high_band);
  return specs;
}

}  // namespace hiss
