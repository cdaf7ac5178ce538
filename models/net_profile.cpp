// SPDX-License-Identifier: Apache-2.0
#include "models/net_profile.h"

#include <cstdint>
#include <utility>

#include "ssm/tensor.h"

namespace hiss {
namespace {

class PartList {
 public:
  // A part of `macs` with so many weight values.
  NetPart& add(std::string name, double macs, double weights) {
    parts_.push_back({std::move(name), macs, kFloatBytes * weights, 0.0, 0.0});
    return parts_.back();
  }
  [[nodiscard]] std::vector<NetPart> take() { return std::move(parts_); }

  static constexpr double kFloatBytes = 4.0;

 private:
  std::vector<NetPart> parts_;
};

// Exponentials of the state update of one row: exp(dt A), sigmoid and tanh.
double stepExps(const BlockConfig& config) {
  switch (config.kind) {
    case BlockKind::kMamba:
      return static_cast<double>(config.dInner()) * config.d_state;
    case BlockKind::kMamba2:
      return config.heads();
    case BlockKind::kS4d:
      return 0.0;
    case BlockKind::kSelectiveGate:
      return 2.0 * config.d_state;
    default:
      return config.d_state;
  }
}

// A block's mixer over time and the norm in front of it. Model cards count the products dt A of
// mamba as well, one for each state.
void addMixer(const BlockConfig& config, int n_row, const std::string& name, PartList& parts) {
  const double rows = n_row;
  const double products = config.kind == BlockKind::kMamba ? stepExps(config) : 0.0;
  std::int64_t weights = 0;
  for (const TensorSpec& tensor : blockTensors(config)) weights += elementCount(tensor.shape);
  NetPart& mixer = parts.add(name + std::string(blockKindName(config.kind)),
                             rows * (static_cast<double>(stepMacs(config)) + products),
                             static_cast<double>(weights));
  mixer.state_bytes = rows * static_cast<double>(stateBytes(config));
  mixer.exps = rows * stepExps(config);
}

void addFullband(const DenoiserConfig& config, PartList& parts) {
  const double bands = config.n_band;
  const double d_model = config.d_model;
  const double rank = config.fullband_rank;
  const double wide = config.fullband_d_model;
  const double macs = bands * rank * (d_model + wide);
  parts.add("fullband.down", macs, d_model + rank * d_model + rank + wide * bands * rank + wide);
  addMixer(config.fullbandBlock(), 1, "fullband.", parts);
  parts.add("fullband.up", macs,
            wide + bands * rank * wide + bands * rank + rank * d_model + d_model);
}

void addBlock(const DenoiserConfig& config, int layer, PartList& parts) {
  const std::string prefix = "blocks." + std::to_string(layer) + ".";
  const double rows = config.n_band;
  const double d_model = config.d_model;
  addMixer(config.bandBlock(), config.n_band, prefix, parts);

  const double norm = 2.0 * d_model;
  const double wide_band = config.band_mult * rows;
  parts.add(prefix + "band_mix", 2.0 * wide_band * rows * d_model,
            norm + 2.0 * wide_band * rows + wide_band + rows);
  const double wide_chan = config.chan_mult * d_model;
  parts.add(prefix + "chan_mix", 2.0 * rows * wide_chan * d_model,
            norm + 2.0 * wide_chan * d_model + wide_chan + d_model);
}

}  // namespace

std::vector<NetPart> netParts(const DenoiserConfig& config) {
  const double C = config.channels;
  const double F = config.rows();
  const double n_band = config.n_band;
  const double d_model = config.d_model;
  const double first = C * config.features * config.kernel;
  const double last = C * 2.0 * config.kernel;
  const double inner = C * C * config.conv_kernel;  // of one between
  const double pointwise = 2.0 * C * C;

  PartList parts;
  parts.add("features", 0.0, 0.0);
  parts.add("pre", F * first, first + C);
  for (int i = 0; i < config.n_conv; ++i) {
    parts.add("enc." + std::to_string(i), F * inner, inner + C);
  }
  parts.add("down", F * n_band * C + n_band * C * d_model,
            n_band * F + C * d_model + d_model + config.band_bias * n_band * d_model);
  for (int layer = 0; layer < config.n_layer; ++layer) {
    if (config.hasFullband() && layer == config.fullbandBefore()) addFullband(config, parts);
    addBlock(config, layer, parts);
  }
  parts.add("up", n_band * d_model * C + F * n_band * C, d_model * C + C + F * n_band);
  for (int i = 0; i < config.n_conv; ++i) {
    parts.add("dec." + std::to_string(i), F * (pointwise + inner), pointwise + inner + 2.0 * C);
  }
  parts.add("post", F * pointwise, pointwise + C);
  parts.add("last", F * last, last + 2.0);
  parts.add("mask", 0.0, 0.0);
  return parts.take();
}

}  // namespace hiss
