// SPDX-License-Identifier: Apache-2.0
// How the network's weights are packed, and its scratch memory.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/subband_net.h"
#include "ssm/batch_norm.h"

namespace hiss {
namespace {

// Fetches tensors below a prefix and makes layers of them.
class Packer {
 public:
  Packer(const DenoiserConfig& config, const TensorLookup& lookup, const Kernels& kernels)
      : config_(config), lookup_(lookup), kernels_(kernels) {}

  [[nodiscard]] std::span<const float> get(const std::string& name,
                                           const std::vector<std::int64_t>& shape) const {
    return lookup_(name, shape);
  }

  // `name`.conv followed by `name`.bn.
  [[nodiscard]] FoldedConv foldedConv(const std::string& name, int c_out, int c_in,
                                      int kernel) const {
    return foldBatchNorm(get(name + ".conv.weight", {c_out, c_in, kernel}), {},
                         get(name + ".bn.weight", {c_out}), get(name + ".bn.bias", {c_out}),
                         get(name + ".bn.running_mean", {c_out}),
                         get(name + ".bn.running_var", {c_out}), config_.bn_eps);
  }
  [[nodiscard]] Conv1d conv(const std::string& name, int c_in, int kernel, int stride,
                            int padding) const {
    const FoldedConv folded = foldedConv(name, config_.channels, c_in, kernel);
    return {folded.weight, folded.bias, config_.channels, c_in, kernel, stride, padding, kernels_};
  }
  // A convolution with kernel 1 over two inputs of `channels` columns each.
  [[nodiscard]] PairLinear pair(std::span<const float> weight, std::span<const float> bias) const {
    const auto C = static_cast<std::size_t>(config_.channels);
    std::vector<float> left;
    std::vector<float> right;
    for (std::size_t row = 0; row < C; ++row) {
      const float* values = weight.data() + row * 2 * C;
      left.insert(left.end(), values, values + C);
      right.insert(right.end(), values + C, values + 2 * C);
    }
    const int n = config_.channels;
    return {Linear(left, bias, n, n, kernels_), Linear(right, {}, n, n, kernels_)};
  }
  [[nodiscard]] PairLinear foldedPair(const std::string& name) const {
    const FoldedConv folded = foldedConv(name, config_.channels, 2 * config_.channels, 1);
    return pair(folded.weight, folded.bias);
  }
  [[nodiscard]] Linear linear(const std::string& name, int n_out, int n_in) const {
    return {get(name + ".weight", {n_out, n_in}), get(name + ".bias", {n_out}), n_out, n_in,
            kernels_};
  }
  // Of one row a hop: it waits for its weights, so they are packed as small as they are exact.
  [[nodiscard]] Linear rowLinear(const std::string& name, int n_out, int n_in) const {
    const std::span<const float> weight = get(name + ".weight", {n_out, n_in});
    return {weight, get(name + ".bias", {n_out}), n_out, n_in, kernels_, exactFormat(weight)};
  }
  [[nodiscard]] RmsNorm rmsNorm(const std::string& name, int n) const {
    return {get(name + ".weight", {n}), config_.norm_eps, kernels_};
  }
  [[nodiscard]] BandMix bandMix(const std::string& name, int f_out, int f_in, bool bias) const {
    const std::span<const float> none;
    return {get(name + ".weight", {f_out, f_in}), bias ? get(name + ".bias", {f_out}) : none, f_out,
            f_in, kernels_};
  }
  [[nodiscard]] LayerNorm layerNorm(const std::string& name) const {
    return {get(name + ".weight", {config_.d_model}), get(name + ".bias", {config_.d_model}),
            config_.norm_eps, kernels_};
  }
  [[nodiscard]] std::shared_ptr<const RecurrentBlock> mixer(const std::string& prefix) const {
    const auto below = [&](std::string_view name, const std::vector<std::int64_t>& shape) {
      return lookup_(prefix + std::string(name), shape);
    };
    return makeBlock(config_.bandBlock(), below, kernels_);
  }
  [[nodiscard]] SubbandNetWeights::Fullband fullband() const {
    const int wide = config_.fullband_d_model;
    const int rank = config_.fullband_rank;
    const int all = config_.n_band * rank;
    SubbandNetWeights::Fullband block;
    block.norm = rmsNorm("fullband.norm", config_.d_model);
    block.chan_down = linear("fullband.chan_down", rank, config_.d_model);
    block.down = rowLinear("fullband.down", wide, all);
    block.mixer_format = fullbandFormat();
    block.mixer = fullbandMixer(block.mixer_format);
    block.up_norm = rmsNorm("fullband.up_norm", wide);
    block.up = rowLinear("fullband.up", all, wide);
    block.chan_up = linear("fullband.chan_up", config_.d_model, rank);
    return block;
  }

 private:
  [[nodiscard]] std::span<const float> fullbandTensor(
      std::string_view name, const std::vector<std::int64_t>& shape) const {
    const bool norm = name == "norm.weight";
    return get(norm ? "fullband.mixer_norm.weight" : "fullband." + std::string(name), shape);
  }
  // What the three large matrices of its mixer can be packed as.
  [[nodiscard]] WeightFormat fullbandFormat() const {
    const BlockConfig config = config_.fullbandBlock();
    if (config.kind != BlockKind::kMamba) return WeightFormat::kF32;
    const std::int64_t d_inner = config.dInner();
    for (const auto& [name, shape] :
         {TensorSpec{"mixer.in_proj.weight", {2 * d_inner, config.d_model}},
          TensorSpec{"mixer.x_proj.weight", {config.dt_rank + 2 * config.d_state, d_inner}},
          TensorSpec{"mixer.out_proj.weight", {config.d_model, d_inner}}}) {
      if (exactFormat(fullbandTensor(name, shape)) == WeightFormat::kF32) return WeightFormat::kF32;
    }
    return WeightFormat::kBf16;
  }
  [[nodiscard]] std::shared_ptr<const RecurrentBlock> fullbandMixer(WeightFormat format) const {
    const auto below = [this](std::string_view name, const std::vector<std::int64_t>& shape) {
      return fullbandTensor(name, shape);
    };
    return makeBlock(config_.fullbandBlock(), below, kernels_, format);
  }

  const DenoiserConfig& config_;
  const TensorLookup& lookup_;
  const Kernels& kernels_;
};

}  // namespace

std::shared_ptr<const SubbandNetWeights> SubbandNetWeights::pack(const DenoiserConfig& config,
                                                                 const TensorLookup& lookup,
                                                                 const Kernels& kernels) {
  const Packer packer(config, lookup, kernels);
  const int C = config.channels;
  const int n_band = config.n_band;
  const int d_model = config.d_model;

  auto weights = std::make_shared<SubbandNetWeights>();
  weights->config = config;
  weights->kernels = &kernels;
  weights->pre =
      packer.conv("pre", config.features, config.kernel, config.stride, config.outerPadding());
  for (int i = 0; i < config.n_conv; ++i) {
    weights->enc.push_back(
        packer.conv("enc." + std::to_string(i), C, config.conv_kernel, 1, config.innerPadding()));
  }
  weights->band_down = packer.bandMix("band_down", n_band, config.rows(), false);
  weights->chan_down = packer.linear("chan_down", d_model, C);
  if (config.band_bias == 1) {
    const std::span<const float> bias = packer.get("band_bias", {n_band, d_model});
    weights->band_bias.resize(bias.size());
    std::copy(bias.begin(), bias.end(), weights->band_bias.data());
  }
  if (config.hasFullband()) weights->fullband = packer.fullband();
  for (int l = 0; l < config.n_layer; ++l) {
    const std::string prefix = "blocks." + std::to_string(l) + ".";
    Block block;
    block.mixer = packer.mixer(prefix);
    block.band_norm = packer.layerNorm(prefix + "band_norm");
    block.band_up = packer.bandMix(prefix + "band_up", config.band_mult * n_band, n_band, true);
    block.band_down = packer.bandMix(prefix + "band_down", n_band, config.band_mult * n_band, true);
    block.chan_norm = packer.layerNorm(prefix + "chan_norm");
    block.chan_up = packer.linear(prefix + "chan_up", config.chan_mult * d_model, d_model);
    block.chan_down = packer.linear(prefix + "chan_down", d_model, config.chan_mult * d_model);
    weights->blocks.push_back(std::move(block));
  }
  weights->chan_up = packer.linear("chan_up", C, d_model);
  weights->band_up = packer.bandMix("band_up", config.rows(), n_band, false);
  for (int i = 0; i < config.n_conv; ++i) {
    const std::string name = "dec." + std::to_string(i);
    Decoder decoder;
    decoder.mix = packer.foldedPair(name + ".mix");
    decoder.conv = packer.conv(name + ".conv", C, config.conv_kernel, 1, config.innerPadding());
    weights->dec.push_back(std::move(decoder));
  }
  weights->post =
      packer.pair(packer.get("post.weight", {C, 2 * C, 1}), packer.get("post.bias", {C}));
  weights->last = ConvTranspose1d(packer.get("last.weight", {C, 2, config.kernel}),
                                  packer.get("last.bias", {2}), C, 2, config.kernel, config.stride,
                                  config.outerPadding(), kernels);
  return weights;
}

PaddedRows::PaddedRows(int streams, int rows, int padding, int columns)
    : stride_(std::ptrdiff_t{rows + 2 * padding} * columns),
      offset_(std::ptrdiff_t{padding} * columns) {
  values_.resize(static_cast<std::size_t>(streams) * static_cast<std::size_t>(stride_));
}

SubbandNetScratch::SubbandNetScratch(const SubbandNetWeights& weights, int max_streams) {
  const DenoiserConfig& config = weights.config;
  const auto size = [](int rows, int columns) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  };
  const int C = config.channels;
  const int F = config.rows();
  const int bands_of_all = max_streams * config.n_band;
  features = PaddedRows(max_streams, config.usedBins(), config.outerPadding(), config.features);
  for (int i = 0; i <= config.n_conv; ++i) {
    skips.emplace_back(max_streams, F, config.innerPadding(), C);
  }
  g.resize(size(max_streams * F, C));
  post.resize(size(max_streams * F, C));
  bands.resize(size(bands_of_all, C));
  z.resize(size(bands_of_all, config.d_model));
  y.resize(size(bands_of_all, config.d_model));
  wide_band.resize(size(config.band_mult * bands_of_all, config.d_model));
  wide_chan.resize(size(bands_of_all, config.chan_mult * config.d_model));
  mask.resize(size(max_streams * SubbandNetWeights::kTaps, config.usedBins()));
  mixer = weights.blocks.front().mixer->makeScratch(bands_of_all);
  block_states.resize(static_cast<std::size_t>(max_streams));
  fullband_states.resize(static_cast<std::size_t>(max_streams));
  if (config.hasFullband()) {
    narrow.resize(size(bands_of_all, config.fullband_rank));
    wide.resize(size(max_streams, config.fullband_d_model));
    wide_norm.resize(size(max_streams, config.fullband_d_model));
    fullband = weights.fullband.mixer->makeScratch(max_streams);
  }
  u = PaddedRows(1, F, config.innerPadding(), C);
  t.resize(size(F, C));
  std::size_t conv_floats = 0;
  for (const Conv1d& layer : weights.enc) {
    conv_floats = std::max(conv_floats, layer.scratchFloats(F));
  }
  for (const SubbandNetWeights::Decoder& decoder : weights.dec) {
    conv_floats = std::max(conv_floats, decoder.conv.scratchFloats(F));
  }
  conv.resize(conv_floats);
  taps.resize(weights.last.scratchFloats(F));
}

}  // namespace hiss
