// SPDX-License-Identifier: Apache-2.0
#include "models/subband_net.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "ssm/batch_norm.h"

namespace hiss {
namespace {

// A masked bin beyond this comes from weights that make no sense, and could overflow further on.
constexpr float kMostInBin = 1e15F;

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
  [[nodiscard]] Linear pointwiseConv(const std::string& name, int c_out, int c_in) const {
    const FoldedConv folded = foldedConv(name, c_out, c_in, 1);
    return {folded.weight, folded.bias, c_out, c_in, kernels_};
  }
  [[nodiscard]] Linear linear(const std::string& name, int n_out, int n_in) const {
    return {get(name + ".weight", {n_out, n_in}), get(name + ".bias", {n_out}), n_out, n_in,
            kernels_};
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
  [[nodiscard]] MambaBlock mamba(const std::string& prefix) const {
    const MambaConfig config = mambaConfig(config_);
    const auto below = [&](std::string_view name, const std::vector<std::int64_t>& shape) {
      return lookup_(prefix + std::string(name), shape);
    };
    return {config, std::make_shared<const MambaBlockWeights>(
                        MambaBlockWeights::pack(config, below, kernels_))};
  }

 private:
  const DenoiserConfig& config_;
  const TensorLookup& lookup_;
  const Kernels& kernels_;
};

// First row after the zero rows of a padded activation.
float* inner(AlignedBuffer<float>& padded, int padding, int columns) {
  return padded.data() + padding * columns;
}

// What `run` calls after each part: nothing, or a stop watch.
struct NoLap {
  void operator()() const noexcept HISS_NONBLOCKING {}
};

class TimedLap {
 public:
  explicit TimedLap(std::span<std::uint64_t> ticks) noexcept : ticks_(ticks) {}
  void operator()() noexcept HISS_NONBLOCKING {
    HISS_TRUSTED_BEGIN  // a read of the time stamp counter through the vDSO
        const Clock::time_point now = Clock::now();
    HISS_TRUSTED_END
    ticks_[part_++] = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::nanoseconds>(now - last_).count());
    last_ = now;
  }

 private:
  using Clock = std::chrono::steady_clock;
  std::span<std::uint64_t> ticks_;
  std::size_t part_ = 0;
  Clock::time_point last_ = Clock::now();
};

}  // namespace

MambaConfig mambaConfig(const DenoiserConfig& config) {
  MambaConfig mamba;
  mamba.d_model = config.d_model;
  mamba.d_state = config.d_state;
  mamba.d_conv = config.d_conv;
  mamba.expand = config.expand;
  mamba.dt_rank = config.dt_rank;
  mamba.norm_eps = config.norm_eps;
  mamba.residual = true;
  return mamba;
}

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
  weights->pre = packer.conv("pre", 2, config.kernel, config.stride, config.outerPadding());
  for (int i = 0; i < config.n_conv; ++i) {
    weights->enc.push_back(
        packer.conv("enc." + std::to_string(i), C, config.conv_kernel, 1, config.innerPadding()));
  }
  weights->band_down = packer.bandMix("band_down", n_band, config.rows(), false);
  weights->chan_down = packer.linear("chan_down", d_model, C);
  for (int l = 0; l < config.n_layer; ++l) {
    const std::string prefix = "blocks." + std::to_string(l) + ".";
    Block block;
    block.mamba = packer.mamba(prefix);
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
    decoder.mix = packer.pointwiseConv(name + ".mix", C, 2 * C);
    decoder.conv = packer.conv(name + ".conv", C, config.conv_kernel, 1, config.innerPadding());
    weights->dec.push_back(std::move(decoder));
  }
  weights->post = Linear(packer.get("post.weight", {C, 2 * C, 1}), packer.get("post.bias", {C}), C,
                         2 * C, kernels);
  weights->last = ConvTranspose1d(packer.get("last.weight", {C, 2, config.kernel}),
                                  packer.get("last.bias", {2}), C, 2, config.kernel, config.stride,
                                  config.outerPadding(), kernels);
  return weights;
}

SubbandNetScratch::SubbandNetScratch(const SubbandNetWeights& weights) {
  const DenoiserConfig& config = weights.config;
  const auto size = [](int rows, int columns) {
    return static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
  };
  const int C = config.channels;
  const int F = config.rows();
  const int padded = F + 2 * config.innerPadding();
  features.resize(size(config.usedBins() + 2 * config.outerPadding(), 2));
  for (int i = 0; i <= config.n_conv; ++i) skips.emplace_back(size(padded, C));
  u.resize(size(padded, C));
  t.resize(size(F, C));
  g.resize(size(F, C));
  pair.resize(size(F, 2 * C));
  bands.resize(size(config.n_band, C));
  z.resize(size(config.n_band, config.d_model));
  y.resize(size(config.n_band, config.d_model));
  wide_band.resize(size(config.band_mult * config.n_band, config.d_model));
  wide_chan.resize(size(config.n_band, config.chan_mult * config.d_model));
  mask.resize(size(config.usedBins(), 2));
  taps.resize(weights.last.scratchFloats(F));
  mamba = MambaScratch(mambaConfig(config), config.n_band);
}

SubbandNet::SubbandNet(std::shared_ptr<const SubbandNetWeights> weights)
    : weights_(std::move(weights)) {}

MambaState SubbandNet::makeState() const {
  return {mambaConfig(config()), config().n_band, config().n_layer};
}

void SubbandNet::step(const std::complex<float>* x, std::complex<float>* y, MambaState& state,
                      SubbandNetScratch& scratch) const noexcept HISS_NONBLOCKING {
  NoLap lap;
  run(x, y, state, scratch, lap);
}

void SubbandNet::stepTimed(const std::complex<float>* x, std::complex<float>* y, MambaState& state,
                           SubbandNetScratch& scratch,
                           std::span<std::uint64_t> ticks) const noexcept HISS_NONBLOCKING {
  TimedLap lap(ticks);
  run(x, y, state, scratch, lap);
}

template <class Lap>
void SubbandNet::run(const std::complex<float>* x, std::complex<float>* y, MambaState& state,
                     SubbandNetScratch& scratch, Lap& lap) const noexcept HISS_NONBLOCKING {
  encode(x, scratch, lap);
  mixBlocks(state, scratch, lap);
  decode(scratch, lap);
  applyMask(x, y, scratch);
  lap();
}

// Compressed spectrum -> s.skips, s.z.
template <class Lap>
void SubbandNet::encode(const std::complex<float>* x, SubbandNetScratch& s,
                        Lap& lap) const noexcept HISS_NONBLOCKING {
  const SubbandNetWeights& w = *weights_;
  const DenoiserConfig& config = w.config;
  const int C = config.channels;
  const int F = config.rows();

  // X |X|^(compress - 1), with |X| of at least 1e-5.
  const float exponent = 0.5F * (config.compress - 1.0F);
  float* feature = inner(s.features, config.outerPadding(), 2);
  for (int k = 0; k < config.usedBins(); ++k) {
    const float re = x[k].real();
    const float im = x[k].imag();
    const float scale = std::pow(std::max(re * re + im * im, 1e-10F), exponent);
    feature[2 * k] = re * scale;
    feature[2 * k + 1] = im * scale;
  }
  lap();

  const int padding = config.innerPadding();
  float* h = inner(s.skips[0], padding, C);
  w.pre.forward(s.features.data(), s.t.data(), config.usedBins());
  w.kernels->silu(s.t.data(), h, F * C);
  lap();
  for (std::size_t i = 0; i < w.enc.size(); ++i) {
    float* next = inner(s.skips[i + 1], padding, C);
    w.enc[i].forward(s.skips[i].data(), s.t.data(), F);
    w.kernels->addSilu(h, s.t.data(), next, F * C);
    h = next;
    lap();
  }
  w.band_down.forward(h, s.bands.data(), C);
  w.chan_down.forward(s.bands.data(), s.z.data(), config.n_band);
  lap();
}

// s.z -> s.z
template <class Lap>
void SubbandNet::mixBlocks(MambaState& state, SubbandNetScratch& s,
                           Lap& lap) const noexcept HISS_NONBLOCKING {
  const SubbandNetWeights& w = *weights_;
  const int rows = w.config.n_band;
  const int n = rows * w.config.d_model;
  float* z = s.z.data();
  float* y = s.y.data();
  int layer = 0;
  for (const SubbandNetWeights::Block& block : w.blocks) {
    block.mamba.step(z, z, state, layer++, s.mamba);
    lap();

    block.band_norm.forward(z, y, rows);
    block.band_up.forward(y, s.wide_band.data(), w.config.d_model);
    w.kernels->silu(s.wide_band.data(), s.wide_band.data(), n * w.config.band_mult);
    block.band_down.forward(s.wide_band.data(), y, w.config.d_model);
    w.kernels->add(z, y, z, n);
    lap();

    block.chan_norm.forward(z, y, rows);
    block.chan_up.forward(y, s.wide_chan.data(), rows);
    w.kernels->silu(s.wide_chan.data(), s.wide_chan.data(), n * w.config.chan_mult);
    block.chan_down.forward(s.wide_chan.data(), y, rows);
    w.kernels->add(z, y, z, n);
    lap();
  }
}

// s.z, s.skips -> s.mask
template <class Lap>
void SubbandNet::decode(SubbandNetScratch& s, Lap& lap) const noexcept HISS_NONBLOCKING {
  const SubbandNetWeights& w = *weights_;
  const DenoiserConfig& config = w.config;
  const int C = config.channels;
  const int F = config.rows();
  const int padding = config.innerPadding();

  std::size_t skip = s.skips.size() - 1;
  w.chan_up.forward(s.z.data(), s.bands.data(), config.n_band);
  w.band_up.forward(s.bands.data(), s.t.data(), C);
  w.kernels->add(inner(s.skips[skip], padding, C), s.t.data(), s.g.data(), F * C);
  lap();
  for (const SubbandNetWeights::Decoder& decoder : w.dec) {
    concatenate(s.skips[skip--], s);
    decoder.mix.forward(s.pair.data(), s.t.data(), F);
    w.kernels->silu(s.t.data(), inner(s.u, padding, C), F * C);
    decoder.conv.forward(s.u.data(), s.t.data(), F);
    w.kernels->addSilu(s.g.data(), s.t.data(), s.g.data(), F * C);
    lap();
  }
  concatenate(s.skips[0], s);
  w.post.forward(s.pair.data(), s.t.data(), F);
  w.kernels->silu(s.t.data(), s.t.data(), F * C);
  lap();
  w.last.forward(s.t.data(), s.mask.data(), F, s.taps.data());
  lap();
}

// y = mask x, without what is not sound.
void SubbandNet::applyMask(const std::complex<float>* x, std::complex<float>* y,
                           const SubbandNetScratch& s) const noexcept HISS_NONBLOCKING {
  const int bins = config().usedBins();
  const float* mask = s.mask.data();
  for (int k = 0; k < bins; ++k) {
    // Written out: operator* of std::complex has a slow path for NaN.
    const float re = x[k].real() * mask[2 * k] - x[k].imag() * mask[2 * k + 1];
    const float im = x[k].real() * mask[2 * k + 1] + x[k].imag() * mask[2 * k];
    const bool sound =
        std::fabs(re) <= kMostInBin && std::fabs(im) <= kMostInBin;  // not NaN either
    y[k] = sound ? std::complex<float>(re, im) : std::complex<float>();
  }
  y[bins] = {};
}

// s.pair = [s.g, skip]
void SubbandNet::concatenate(const AlignedBuffer<float>& skip,
                             SubbandNetScratch& s) const noexcept HISS_NONBLOCKING {
  const int C = config().channels;
  const float* right = skip.data() + config().innerPadding() * C;
  for (int f = 0; f < config().rows(); ++f) {
    float* row = s.pair.data() + f * 2 * C;
    std::copy_n(s.g.data() + f * C, C, row);
    std::copy_n(right + f * C, C, row + C);
  }
}

}  // namespace hiss
