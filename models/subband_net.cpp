// SPDX-License-Identifier: Apache-2.0
#include "models/subband_net.h"

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "models/state_layer.h"

namespace hiss {
namespace {

// A masked bin beyond this comes from weights that make no sense, and could overflow further on.
constexpr float kMostInBin = 1e15F;

// std::complex<float> has the layout of float[2] ([complex.numbers]).
const float* asFloats(const std::complex<float>* x) noexcept {
  return reinterpret_cast<const float*>(x);
}
float* asFloats(std::complex<float>* x) noexcept { return reinterpret_cast<float*>(x); }

// What `run` calls after each part: nothing, or a stop watch.
struct NoLap {
  void operator()() const noexcept HISS_NONBLOCKING {}
};

class TimedLap {
 public:
  explicit TimedLap(std::span<std::uint64_t> ticks) noexcept : ticks_(ticks) {}
  void operator()() noexcept HISS_NONBLOCKING {
    // Reads the time stamp counter, through the vDSO.
    HISS_TRUSTED_BEGIN
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

SubbandNet::SubbandNet(std::shared_ptr<const SubbandNetWeights> weights)
    : weights_(std::move(weights)) {}

SubbandNetState SubbandNet::makeState() const {
  SubbandNetState state;
  state.blocks = BlockState(config().bandBlock(), config().n_band, config().n_layer);
  if (config().hasFullband()) state.fullband = BlockState(config().fullbandBlock(), 1, 1);
  return state;
}

StateLayout SubbandNet::stateLayout() const {
  StateLayout layout;
  layout.step_seconds = static_cast<double>(config().hop) / config().sample_rate;
  int number = 0;
  for (const SubbandNetWeights::Block& block : weights_->blocks) {
    if (config().hasFullband() && number == config().fullbandBefore()) {
      layout.layers.push_back(stateLayer("all bands", *weights_->fullband.mixer, 1));
    }
    const std::string name = "block " + std::to_string(++number);
    layout.layers.push_back(stateLayer(name, *block.mixer, config().n_band));
  }
  return layout;
}

std::vector<NetPart> SubbandNet::parts() const {
  std::vector<NetPart> parts = netParts(config());
  if (!config().hasFullband()) return parts;
  constexpr double kSaved = 2.0;  // bytes of a weight in bfloat16
  const SubbandNetWeights::Fullband& block = weights_->fullband;
  const BlockConfig mamba = config().fullbandBlock();
  const double matrix = static_cast<double>(block.down.inputs()) * block.down.outputs();
  const double mixer =
      static_cast<double>(mamba.dInner()) * (3 * mamba.d_model + mamba.dt_rank + 2 * mamba.d_state);
  for (NetPart& part : parts) {
    const auto save = [&](const char* name, WeightFormat format, double weights) {
      if (part.name == name && format == WeightFormat::kBf16) part.weight_bytes -= kSaved * weights;
    };
    save("fullband.down", block.down.format(), matrix);
    save("fullband.mamba", block.mixer_format, mixer);
    save("fullband.up", block.up.format(), matrix);
  }
  return parts;
}

void SubbandNet::step(const std::complex<float>* x, std::complex<float>* y, SubbandNetState& state,
                      SubbandNetScratch& scratch) const noexcept HISS_NONBLOCKING {
  NoLap lap;
  SubbandNetState* const states = &state;
  run({&x, &y, &states, 1}, scratch, lap);
}

void SubbandNet::step(const std::complex<float>* const* x, std::complex<float>* const* y,
                      SubbandNetState* const* states, int count,
                      SubbandNetScratch& scratch) const noexcept HISS_NONBLOCKING {
  NoLap lap;
  run({x, y, states, count}, scratch, lap);
}

void SubbandNet::stepTimed(const std::complex<float>* x, std::complex<float>* y,
                           SubbandNetState& state, SubbandNetScratch& scratch,
                           std::span<std::uint64_t> ticks) const noexcept HISS_NONBLOCKING {
  TimedLap lap(ticks);
  SubbandNetState* const states = &state;
  run({&x, &y, &states, 1}, scratch, lap);
}

void SubbandNet::estimate(const std::complex<float>* x, std::complex<float>* mask,
                          SubbandNetState& state, SubbandNetScratch& scratch,
                          const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  NoLap lap;
  SubbandNetState* const states = &state;
  findMasks({&x, nullptr, &states, 1, probe}, scratch, lap);
  std::copy_n(maskOf(scratch, 0), taps() * config().usedBins(), mask);
}

void SubbandNet::apply(const std::complex<float>* const* spectra, const std::complex<float>* mask,
                       std::complex<float>* y) const noexcept HISS_NONBLOCKING {
  static_assert(SubbandNetWeights::kTaps == 1);
  weights_->kernels->complexMask(asFloats(spectra[0]), asFloats(mask), asFloats(y), kMostInBin,
                                 config().usedBins());
}

template <class Lap>
void SubbandNet::run(const Streams& streams, SubbandNetScratch& s,
                     Lap& lap) const noexcept HISS_NONBLOCKING {
  findMasks(streams, s, lap);
  for (int i = 0; i < streams.count; ++i) {
    apply(streams.x + i, maskOf(s, i), streams.y[i]);
    streams.y[i][config().usedBins()] = {};
  }
  lap();
}

// Spectra -> s.mask
template <class Lap>
void SubbandNet::findMasks(const Streams& streams, SubbandNetScratch& s,
                           Lap& lap) const noexcept HISS_NONBLOCKING {
  encode(streams, s, lap);
  mixBlocks(streams, s, lap);
  decode(streams, s, lap);
}

std::complex<float>* SubbandNet::maskOf(SubbandNetScratch& s,
                                        int stream) const noexcept HISS_NONBLOCKING {
  return s.mask.data() + std::ptrdiff_t{taps()} * config().usedBins() * stream;
}

// Compressed spectra -> s.skips, s.z.
template <class Lap>
void SubbandNet::encode(const Streams& streams, SubbandNetScratch& s,
                        Lap& lap) const noexcept HISS_NONBLOCKING {
  const SubbandNetWeights& w = *weights_;
  const DenoiserConfig& config = w.config;
  const int C = config.channels;
  const int F = config.rows();

  // X |X|^(compress - 1), with |X| of at least 1e-5, and |X|^compress.
  const auto compress =
      config.features == 3 ? w.kernels->compressWithMagnitude : w.kernels->compress;
  const float exponent = 0.5F * (config.compress - 1.0F);
  for (int i = 0; i < streams.count; ++i) {
    compress(asFloats(streams.x[i]), s.features.inner(i), exponent, config.usedBins());
  }
  lap();

  for (int i = 0; i < streams.count; ++i) {
    w.pre.forward(s.features.padded(i), s.t.data(), config.usedBins());
    w.kernels->silu(s.t.data(), s.skips[0].inner(i), F * C);
  }
  lap();
  for (std::size_t l = 0; l < w.enc.size(); ++l) {
    for (int i = 0; i < streams.count; ++i) {
      w.enc[l].forward(s.skips[l].padded(i), s.t.data(), F, s.conv.data());
      w.kernels->addSilu(s.skips[l].inner(i), s.t.data(), s.skips[l + 1].inner(i), F * C);
    }
    lap();
  }
  for (int i = 0; i < streams.count; ++i) {
    w.band_down.forward(s.skips.back().inner(i), s.bands.data() + i * config.n_band * C, C);
  }
  w.chan_down.forward(s.bands.data(), s.z.data(), streams.count * config.n_band);
  if (config.band_bias == 1) {
    const int one = config.n_band * config.d_model;
    for (int i = 0; i < streams.count; ++i) {
      float* z = s.z.data() + i * one;
      w.kernels->add(z, w.band_bias.data(), z, one);
    }
  }
  lap();
}

// s.z -> s.z
template <class Lap>
void SubbandNet::mixBlocks(const Streams& streams, SubbandNetScratch& s,
                           Lap& lap) const noexcept HISS_NONBLOCKING {
  const SubbandNetWeights& w = *weights_;
  const int d_model = w.config.d_model;
  const int rows = streams.count * w.config.n_band;
  const int n = rows * d_model;
  float* z = s.z.data();
  float* y = s.y.data();
  int layer = 0;  // of the blocks that every band goes through
  int place = 0;  // of a block in the network
  const int one = w.config.n_band * d_model;
  for (int i = 0; i < streams.count; ++i) {
    const auto k = static_cast<std::size_t>(i);
    s.block_states[k] = &streams.states[i]->blocks;
    s.fullband_states[k] = &streams.states[i]->fullband;
  }
  for (const SubbandNetWeights::Block& block : w.blocks) {
    if (w.config.hasFullband() && layer == w.config.fullbandBefore()) {
      mixAllBands(streams, StateProbe::ofLayer(streams.probe, place++), s, lap);
    }
    block.mixer->stepStreams(z, z, s.block_states.data(), streams.count, layer++, s.mixer,
                             StateProbe::ofLayer(streams.probe, place++));
    lap();

    block.band_norm.forward(z, y, rows);
    for (int i = 0; i < streams.count; ++i) {
      block.band_up.forward(y + i * one, s.wide_band.data() + i * one * w.config.band_mult,
                            d_model);
    }
    w.kernels->silu(s.wide_band.data(), s.wide_band.data(), n * w.config.band_mult);
    for (int i = 0; i < streams.count; ++i) {
      block.band_down.forward(s.wide_band.data() + i * one * w.config.band_mult, y + i * one,
                              d_model);
    }
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

// s.z -> s.z
template <class Lap>
void SubbandNet::mixAllBands(const Streams& streams, const StateProbe* probe, SubbandNetScratch& s,
                             Lap& lap) const noexcept HISS_NONBLOCKING {
  const SubbandNetWeights& w = *weights_;
  const SubbandNetWeights::Fullband& block = w.fullband;
  const int rows = streams.count * w.config.n_band;
  float* z = s.z.data();
  float* y = s.y.data();
  float* narrow = s.narrow.data();
  float* wide = s.wide.data();
  block.norm.forward(z, y, rows);
  block.chan_down.forward(y, narrow, rows);
  block.down.forward(narrow, wide, streams.count);  // a stream's bands side by side
  lap();

  block.mixer->stepStreams(wide, wide, s.fullband_states.data(), streams.count, 0, s.fullband,
                           probe);
  lap();

  block.up_norm.forward(wide, s.wide_norm.data(), streams.count);
  block.up.forward(s.wide_norm.data(), narrow, streams.count);
  w.kernels->silu(narrow, narrow, rows * w.config.fullband_rank);
  block.chan_up.forward(narrow, y, rows);
  w.kernels->add(z, y, z, rows * w.config.d_model);
  lap();
}

// s.z, s.skips -> s.mask
template <class Lap>
void SubbandNet::decode(const Streams& streams, SubbandNetScratch& s,
                        Lap& lap) const noexcept HISS_NONBLOCKING {
  const SubbandNetWeights& w = *weights_;
  const DenoiserConfig& config = w.config;
  const int C = config.channels;
  const int F = config.rows();
  const int n = F * C;

  std::size_t skip = s.skips.size() - 1;
  w.chan_up.forward(s.z.data(), s.bands.data(), streams.count * config.n_band);
  for (int i = 0; i < streams.count; ++i) {
    w.band_up.forward(s.bands.data() + i * config.n_band * C, s.t.data(), C);
    w.kernels->add(s.skips[skip].inner(i), s.t.data(), s.g.data() + i * n, n);
  }
  lap();
  for (const SubbandNetWeights::Decoder& decoder : w.dec) {
    for (int i = 0; i < streams.count; ++i) {
      float* g = s.g.data() + i * n;
      decoder.mix.forward(g, s.skips[skip].inner(i), s.t.data(), F);
      w.kernels->silu(s.t.data(), s.u.inner(0), n);
      decoder.conv.forward(s.u.padded(0), s.t.data(), F, s.conv.data());
      w.kernels->addSilu(g, s.t.data(), g, n);
    }
    --skip;
    lap();
  }
  for (int i = 0; i < streams.count; ++i) {
    float* post = s.post.data() + i * n;
    w.post.forward(s.g.data() + i * n, s.skips[0].inner(i), post, F);
    w.kernels->silu(post, post, n);
  }
  lap();
  for (int i = 0; i < streams.count; ++i) {
    w.last.forward(s.post.data() + i * n, asFloats(maskOf(s, i)), F, s.taps.data());
  }
  lap();
}

}  // namespace hiss
