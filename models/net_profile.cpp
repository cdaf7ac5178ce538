// SPDX-License-Identifier: Apache-2.0
#include "models/net_profile.h"

#include <utility>

#include "models/subband_net.h"

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

// The mixer of a Mamba block and the norm in front of it.
void addMamba(const MambaConfig& config, int n_row, const std::string& name, PartList& parts) {
  const double rows = n_row;
  const double d_model = config.d_model;
  const double d_inner = config.dInner();
  const double d_state = config.d_state;
  const double dt_rank = config.dt_rank;
  const double projections = d_model * 2.0 * d_inner + d_inner * (dt_rank + 2.0 * d_state) +
                             dt_rank * d_inner + d_inner * d_model;
  const double conv = d_inner * config.d_conv;
  NetPart& mamba = parts.add(name, rows * (projections + conv + 3.0 * d_inner * d_state),
                             // norm; conv bias, dt bias and D; A
                             projections + conv + d_model + 3.0 * d_inner + d_inner * d_state);
  mamba.state_bytes = PartList::kFloatBytes * rows * d_inner * (d_state + config.d_conv - 1.0);
  mamba.exps = rows * d_inner * d_state;
}

void addFullband(const DenoiserConfig& config, PartList& parts) {
  const double bands = config.n_band;
  const double d_model = config.d_model;
  const double rank = config.fullband_rank;
  const double wide = config.fullband_d_model;
  const double macs = bands * rank * (d_model + wide);
  parts.add("fullband.down", macs, d_model + rank * d_model + rank + wide * bands * rank + wide);
  addMamba(fullbandConfig(config), 1, "fullband.mamba", parts);
  parts.add("fullband.up", macs,
            wide + bands * rank * wide + bands * rank + rank * d_model + d_model);
}

void addBlock(const DenoiserConfig& config, int layer, PartList& parts) {
  const std::string prefix = "blocks." + std::to_string(layer) + ".";
  const double rows = config.n_band;
  const double d_model = config.d_model;
  addMamba(mambaConfig(config), config.n_band, prefix + "mamba", parts);

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
