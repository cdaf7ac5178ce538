// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser_config.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "models/model_error.h"
#include "models/strict_json.h"

namespace hiss {
namespace {

constexpr const char* kArch = "subband-mamba";

// Keys of the config in one place, for reading and for writing.
struct IntKey {
  const char* name;
  int DenoiserConfig::*member;
  int least;
  int most;
};
constexpr IntKey kIntKeys[] = {
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
    {"d_state", &DenoiserConfig::d_state, 1, 256},
    {"d_conv", &DenoiserConfig::d_conv, 2, 16},
    {"expand", &DenoiserConfig::expand, 1, 4},
    {"dt_rank", &DenoiserConfig::dt_rank, 1, 512},
    {"band_mult", &DenoiserConfig::band_mult, 1, 8},
    {"chan_mult", &DenoiserConfig::chan_mult, 1, 8},
};

struct FloatKey {
  const char* name;
  float DenoiserConfig::*member;
  float least;
  float most;
};
constexpr FloatKey kFloatKeys[] = {
    {"compress", &DenoiserConfig::compress, 0.05F, 1.0F},
    {"norm_eps", &DenoiserConfig::norm_eps, 1e-12F, 0.1F},
    {"bn_eps", &DenoiserConfig::bn_eps, 1e-12F, 0.1F},
};

// Limits of what one stream or one model may take, in floats.
constexpr std::int64_t kMaxStateFloats = std::int64_t{1} << 24U;
constexpr std::int64_t kMaxWeightFloats = std::int64_t{1} << 26U;

class Checker {
 public:
  explicit Checker(const std::string& path) : path_(path) {}
  void require(bool good, const std::string& key, const std::string& expected,
               std::int64_t found) const {
    if (!good) throw ModelError(path_, "hiss.config." + key, expected, std::to_string(found));
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

// Rules between values; each value alone is in range already.
void checkRelations(const DenoiserConfig& c, const std::string& path) {
  const Checker check(path);
  check.require(c.n_fft % 2 == 0 && hasOnlySmallFactors(c.n_fft / 2), "n_fft",
                "twice a product of 2, 3 and 5", c.n_fft);
  check.require(c.synthesis_length <= c.n_fft && c.synthesis_length % 2 == 0, "synthesis_length",
                "an even number up to n_fft", c.synthesis_length);
  check.require(c.synthesis_length % c.hop == 0 && 2 * c.hop <= c.synthesis_length, "hop",
                "a divisor of synthesis_length, at most half of it", c.hop);
  check.require(c.usedBins() % c.stride == 0, "stride", "a divisor of n_fft/2", c.stride);
  check.require(c.kernel >= c.stride && (c.kernel - c.stride) % 2 == 0, "kernel",
                "stride plus an even number", c.kernel);
  check.require(c.kernel <= c.usedBins(), "kernel", "at most n_fft/2", c.kernel);
  check.require(c.conv_kernel % 2 == 1, "conv_kernel", "an odd number", c.conv_kernel);
  check.require(c.n_band <= c.rows(), "n_band", "at most n_fft/2/stride", c.n_band);
  check.require(c.dt_rank <= c.d_model, "dt_rank", "at most d_model", c.dt_rank);

  const std::int64_t state =
      std::int64_t{c.n_layer} * c.n_band * c.dInner() * (c.d_state + c.d_conv);
  check.require(state <= kMaxStateFloats, "n_layer",
                "at most " + std::to_string(kMaxStateFloats) + " values of state in all", state);
  std::int64_t weights = 0;
  for (const TensorSpec& tensor : denoiserTensors(c)) {
    std::int64_t count = 1;
    for (const std::int64_t extent : tensor.shape) count *= extent;  // each below 2^15
    weights += count;
  }
  check.require(weights <= kMaxWeightFloats, "channels",
                "at most " + std::to_string(kMaxWeightFloats) + " weights in all", weights);
}

std::string rangeText(double least, double most) {
  const nlohmann::json low = least;
  const nlohmann::json high = most;
  return "a number from " + low.dump() + " to " + high.dump();
}

void addBatchNorm(std::vector<TensorSpec>& specs, const std::string& name, std::int64_t channels) {
  for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"}) {
    specs.push_back({name + part, {channels}});
  }
}

}  // namespace

DenoiserConfig parseDenoiserConfig(std::string_view json, const std::string& path) {
  const nlohmann::json object = parseJsonObject(json, path, "hiss.config");
  const auto value_of = [&](const char* name) -> const nlohmann::json& {
    const auto found = object.find(name);
    if (found == object.end()) {
      throw ModelError(path, std::string("hiss.config.") + name, "a value", "none");
    }
    return *found;
  };

  if (const nlohmann::json& arch = value_of("arch"); arch != kArch) {
    throw ModelError(path, "hiss.config.arch", quotedText(kArch), describeJson(arch));
  }
  DenoiserConfig config;
  std::size_t known = 1;
  for (const IntKey& key : kIntKeys) {
    const nlohmann::json& value = value_of(key.name);
    if (!value.is_number_unsigned() ||
        value.get<std::uint64_t>() < static_cast<std::uint64_t>(key.least) ||
        value.get<std::uint64_t>() > static_cast<std::uint64_t>(key.most)) {
      throw ModelError(
          path, std::string("hiss.config.") + key.name,
          "a whole number from " + std::to_string(key.least) + " to " + std::to_string(key.most),
          describeJson(value));
    }
    config.*key.member = static_cast<int>(value.get<std::uint64_t>());
    ++known;
  }
  for (const FloatKey& key : kFloatKeys) {
    const nlohmann::json& value = value_of(key.name);
    const double number = value.is_number() ? value.get<double>() : -1.0;
    const auto rounded = static_cast<float>(number);
    if (!(rounded >= key.least && rounded <= key.most)) {
      throw ModelError(path, std::string("hiss.config.") + key.name, rangeText(key.least, key.most),
                       describeJson(value));
    }
    config.*key.member = rounded;
    ++known;
  }
  if (object.size() != known) {
    for (const auto& item : object.items()) {
      bool expected = item.key() == "arch";
      for (const IntKey& key : kIntKeys) expected = expected || item.key() == key.name;
      for (const FloatKey& key : kFloatKeys) expected = expected || item.key() == key.name;
      if (!expected) {
        throw ModelError(path, "hiss.config", "only known keys", quotedText(item.key()));
      }
    }
  }
  checkRelations(config, path);
  return config;
}

std::string toJson(const DenoiserConfig& config) {
  nlohmann::ordered_json object;
  object["arch"] = kArch;
  for (const IntKey& key : kIntKeys) object[key.name] = config.*key.member;
  for (const FloatKey& key : kFloatKeys) object[key.name] = config.*key.member;
  return object.dump();
}

std::vector<TensorSpec> denoiserTensors(const DenoiserConfig& config) {
  const std::int64_t C = config.channels;
  const std::int64_t F = config.rows();
  const std::int64_t kernel = config.kernel;
  const std::int64_t conv_kernel = config.conv_kernel;
  const std::int64_t n_band = config.n_band;
  const std::int64_t d_model = config.d_model;
  const std::int64_t d_inner = config.dInner();
  const std::int64_t n_state = config.d_state;
  const std::int64_t dt_rank = config.dt_rank;
  const std::int64_t band_wide = config.band_mult * n_band;
  const std::int64_t chan_wide = config.chan_mult * d_model;

  std::vector<TensorSpec> specs;
  specs.push_back({"pre.conv.weight", {C, 2, kernel}});
  addBatchNorm(specs, "pre.bn", C);
  for (int i = 0; i < config.n_conv; ++i) {
    const std::string name = "enc." + std::to_string(i);
    specs.push_back({name + ".conv.weight", {C, C, conv_kernel}});
    addBatchNorm(specs, name + ".bn", C);
  }
  specs.push_back({"band_down.weight", {n_band, F}});
  specs.push_back({"chan_down.weight", {d_model, C}});
  specs.push_back({"chan_down.bias", {d_model}});
  for (int l = 0; l < config.n_layer; ++l) {
    const std::string name = "blocks." + std::to_string(l) + ".";
    specs.push_back({name + "norm.weight", {d_model}});
    specs.push_back({name + "mixer.in_proj.weight", {2 * d_inner, d_model}});
    specs.push_back({name + "mixer.conv1d.weight", {d_inner, 1, config.d_conv}});
    specs.push_back({name + "mixer.conv1d.bias", {d_inner}});
    specs.push_back({name + "mixer.x_proj.weight", {dt_rank + 2 * n_state, d_inner}});
    specs.push_back({name + "mixer.dt_proj.weight", {d_inner, dt_rank}});
    specs.push_back({name + "mixer.dt_proj.bias", {d_inner}});
    specs.push_back({name + "mixer.A_log", {d_inner, n_state}});
    specs.push_back({name + "mixer.D", {d_inner}});
    specs.push_back({name + "mixer.out_proj.weight", {d_model, d_inner}});
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
  return specs;
}

}  // namespace hiss
