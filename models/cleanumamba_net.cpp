// SPDX-License-Identifier: Apache-2.0
//
// Positions of level l (0: samples) are counted from the start of the stream, N_l = 2^(levels - l)
// of them a hop. When hop k, counted from 0, has come in, level l is known up to position
// N_l (k + 1) - 1 - lag_l, for a position needs four of the level above, 2 j ... 2 j + 3. With
// lag_0 = 0 that makes lags of 1, 2, 2, 2, ...: the deepest level, with one position a hop, has
// come to k - 2, from where the decoder needs nothing that is not known. What lies before position
// 0 is made of zeros and goes into nothing that is kept.
#include "models/cleanumamba_net.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "models/state_layer.h"

namespace hiss {
namespace {

constexpr int kHopsKept = CleanUMambaConfig::kLookAheadHops + 1;
constexpr int kStride = 2;

int lagOf(int level) { return std::min(level, CleanUMambaConfig::kLookAheadHops); }
// Positions of a level in one hop.
int positionsOf(const CleanUMambaConfig& config, int level) {
  return 1 << (config.levels() - level);
}
int channelsOf(const CleanUMambaConfig& config, int level) {
  return level == 0 ? 1 : config.channels[static_cast<std::size_t>(level - 1)];
}

std::size_t product(int a, int b) {
  return static_cast<std::size_t>(a) * static_cast<std::size_t>(b);
}

void relu(float* x, std::size_t n) noexcept HISS_NONBLOCKING {
  for (std::size_t i = 0; i < n; ++i) x[i] = std::max(0.0F, x[i]);
}

std::span<const float> half(std::span<const float> values, int which) {
  return values.subspan(values.size() / 2 * static_cast<std::size_t>(which), values.size() / 2);
}

// Tensors by the names of the reference.
class Packer {
 public:
  Packer(const CleanUMambaConfig& config, const TensorLookup& lookup, const Kernels& kernels)
      : config_(config), lookup_(lookup), kernels_(kernels) {}

  CleanUMambaWeights pack() const {
    CleanUMambaWeights w;
    w.config = config_;
    w.kernels = &kernels_;
    for (int i = 0; i < config_.levels(); ++i) w.encoder.push_back(encoder(i));
    const int d_model = config_.d_model;
    const int deepest = config_.channels.back();
    w.in = pointwise("tsfm_conv1", d_model, deepest);
    for (int i = 0; i < config_.layers(); ++i) w.blocks.push_back(block(i));
    w.norm_f = norm("norm_f");
    w.out = pointwise("tsfm_conv2", deepest, d_model);
    for (int i = 0; i < config_.levels(); ++i) w.decoder.push_back(decoder(i));
    return w;
  }

 private:
  Linear pointwise(const std::string& name, int n_out, int n_in) const {
    return {lookup_(name + ".weight", {n_out, n_in, 1}), lookup_(name + ".bias", {n_out}), n_out,
            n_in, kernels_};
  }

  CleanUMambaWeights::Gated gated(const std::string& name, int n_out, int n_in) const {
    const auto weight = lookup_(name + ".weight", {2 * n_out, n_in, 1});
    const auto bias = lookup_(name + ".bias", {2 * n_out});
    return {Linear(half(weight, 0), half(bias, 0), n_out, n_in, kernels_),
            Linear(half(weight, 1), half(bias, 1), n_out, n_in, kernels_)};
  }

  LayerNorm norm(const std::string& name) const {
    return {lookup_(name + ".weight", {config_.d_model}),
            lookup_(name + ".bias", {config_.d_model}), config_.norm_eps, kernels_};
  }

  CleanUMambaWeights::Encoder encoder(int i) const {
    const std::string name = "encoder." + std::to_string(i) + ".";
    const int c_in = channelsOf(config_, i);
    const int middle = config_.conv_channels[static_cast<std::size_t>(i)];
    constexpr int kKernel = CleanUMambaConfig::kKernel;
    return {Conv1d(lookup_(name + "0.weight", {middle, c_in, kKernel}),
                   lookup_(name + "0.bias", {middle}), middle, c_in, kKernel, kStride, 0, kernels_),
            gated(name + "2", channelsOf(config_, i + 1), middle)};
  }

  CleanUMambaWeights::Decoder decoder(int i) const {
    const std::string name = "decoder." + std::to_string(i) + ".";
    const int n_in = config_.gate_channels[static_cast<std::size_t>(i)];
    const int n_out = config_.decoderOutputs(i);
    constexpr int kKernel = CleanUMambaConfig::kKernel;
    // Position j reaches outputs 2 j ... 2 j + 3, so outputs 2 j and 2 j + 1 are taps 2 and 3 of
    // position j - 1 and taps 0 and 1 of position j.
    const auto weight = lookup_(name + "2.weight", {n_in, n_out, kKernel});
    const auto bias = lookup_(name + "2.bias", {n_out});
    std::vector<float> pairs;
    std::vector<float> biases;
    for (int tap = 0; tap < kStride; ++tap) {
      for (int c = 0; c < n_out; ++c) {
        for (const int shift : {kStride, 0}) {
          for (int k = 0; k < n_in; ++k) {
            pairs.push_back(
                weight[product(k * n_out + c, kKernel) + static_cast<std::size_t>(shift + tap)]);
          }
        }
      }
      biases.insert(biases.end(), bias.begin(), bias.end());
    }
    return {gated(name + "0", n_in, channelsOf(config_, config_.levels() - i)),
            Linear(pairs, biases, kStride * n_out, kStride * n_in, kernels_)};
  }

  CleanUMambaWeights::Block block(int i) const {
    const std::string name = "tsfm_Mamba_layers." + std::to_string(i) + ".";
    const TensorLookup within = [&](std::string_view part, const std::vector<std::int64_t>& shape) {
      return lookup_(name + std::string(part), shape);
    };
    const MambaConfig config = config_.mamba(i);
    return {norm(name + "norm"),
            MambaBlock(config, std::make_shared<const MambaBlockWeights>(
                                   MambaBlockWeights::pack(config, within, kernels_)))};
  }

  const CleanUMambaConfig& config_;
  const TensorLookup& lookup_;
  const Kernels& kernels_;
};

}  // namespace

std::shared_ptr<const CleanUMambaWeights> CleanUMambaWeights::pack(const CleanUMambaConfig& config,
                                                                   const TensorLookup& lookup,
                                                                   const Kernels& kernels) {
  return std::make_shared<const CleanUMambaWeights>(Packer(config, lookup, kernels).pack());
}

CleanUMambaState::CleanUMambaState(const CleanUMambaConfig& config) {
  for (int level = 0; level <= config.levels(); ++level) {
    Rows rows;
    rows.count = kHopsKept * positionsOf(config, level) - lagOf(level);
    rows.columns = channelsOf(config, level);
    rows.values.resize(product(rows.count, rows.columns));
    levels_.push_back(std::move(rows));
  }
  for (const int channels : config.gate_channels) {
    tails_.emplace_back(static_cast<std::size_t>(channels));
  }
  for (int i = 0; i < config.layers(); ++i) {
    const MambaConfig mamba = config.mamba(i);
    blocks_.emplace_back(mamba, 1, 1);
    block_values_.push_back(static_cast<float>(mamba.dInner() * mamba.d_state));
  }
}

void CleanUMambaState::reset() noexcept HISS_NONBLOCKING {
  for (Rows& rows : levels_) rows.values.fill(0.0F);
  for (AlignedBuffer<float>& tail : tails_) tail.fill(0.0F);
  for (MambaState& block : blocks_) block.reset();
  hops_ = 0;
}

float CleanUMambaState::ssmStateRms(int layer) const noexcept HISS_NONBLOCKING {
  const auto at = static_cast<std::size_t>(layer);
  return std::sqrt(blocks_[at].sumOfSquares(0, 0) / block_values_[at]);
}

void CleanUMambaState::save(StateWriter& writer) const {
  writer.integer(static_cast<std::uint64_t>(hops_));
  for (const Rows& rows : levels_) writer.floats(rows.values.span());
  for (const AlignedBuffer<float>& tail : tails_) writer.floats(tail.span());
  for (const MambaState& block : blocks_) block.save(writer.reserve(block.savedBytes()));
}

void CleanUMambaState::load(StateReader& reader) {
  hops_ = static_cast<int>(reader.integer("hops", CleanUMambaConfig::kLookAheadHops));
  for (Rows& rows : levels_) reader.floats(rows.values.span());
  for (AlignedBuffer<float>& tail : tails_) reader.floats(tail.span());
  for (MambaState& block : blocks_) block.load(reader.take(block.savedBytes()));
}

CleanUMambaScratch::CleanUMambaScratch(const CleanUMambaConfig& config) {
  const int levels = config.levels();
  std::size_t most_conv = 0;
  std::size_t most_gate = 0;
  std::size_t most_x = product(1, config.channels.back());
  for (int i = 0; i < levels; ++i) {
    const int rows = positionsOf(config, i + 1);
    const auto at = static_cast<std::size_t>(i);
    most_conv = std::max(most_conv, product(rows, config.conv_channels[at]));
    most_gate = std::max(most_gate, product(rows, config.channels[at]));
    const int decoder_rows = 1 << i;
    const int gates = config.gate_channels[at];
    most_gate = std::max(most_gate, product(decoder_rows, gates));
    most_x = std::max(most_x, product(kStride * decoder_rows, config.decoderOutputs(i)));
    gated.emplace_back(product(1 + decoder_rows, gates));
  }
  conv.resize(most_conv);
  gate.resize(most_gate);
  x.resize(most_x);
  z.resize(static_cast<std::size_t>(config.d_model));
  u.resize(static_cast<std::size_t>(config.d_model));
  for (int i = 0; i < config.layers(); ++i) blocks.emplace_back(config.mamba(i), 1);
}

CleanUMambaNet::CleanUMambaNet(std::shared_ptr<const CleanUMambaWeights> weights)
    : weights_(std::move(weights)) {}

StateLayout CleanUMambaNet::stateLayout() const {
  StateLayout layout;
  layout.step_seconds = static_cast<double>(config().hop()) / config().sample_rate;
  for (int i = 0; i < config().layers(); ++i) {
    layout.layers.push_back(stateLayer("block " + std::to_string(i + 1),
                                       weights_->blocks[static_cast<std::size_t>(i)].mamba, 1));
  }
  return layout;
}

bool CleanUMambaNet::step(const float* in, float* out, CleanUMambaState& state,
                          CleanUMambaScratch& scratch,
                          const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  encode(in, state, scratch);
  if (state.hops_ < CleanUMambaConfig::kLookAheadHops) {
    ++state.hops_;
    std::fill_n(out, config().hop(), 0.0F);
    return false;
  }
  mix(state, scratch, probe);
  decode(out, state, scratch);
  return true;
}

// Each level moves on by a hop, the finest first.
void CleanUMambaNet::encode(const float* in, CleanUMambaState& state,
                            CleanUMambaScratch& s) const noexcept HISS_NONBLOCKING {
  for (int level = 0; level <= config().levels(); ++level) {
    CleanUMambaState::Rows& rows = state.levels_[static_cast<std::size_t>(level)];
    const int n = positionsOf(config(), level);
    const std::size_t gone = product(n, rows.columns);
    float* const first = rows.values.data();
    float* const end = first + rows.values.size();
    std::copy(first + gone, end, first);
    float* const newest = end - gone;
    if (level == 0) {
      std::copy_n(in, n, newest);
      continue;
    }
    const auto at = static_cast<std::size_t>(level - 1);
    const CleanUMambaState::Rows& above = state.levels_[at];
    const CleanUMambaWeights::Encoder& encoder = weights_->encoder[at];
    const int used = kStride * n + CleanUMambaConfig::kKernel - kStride;
    const float* const from =
        above.values.data() + product(2 * (kStride * n - lagOf(level)), above.columns);
    encoder.conv.forward(from, s.conv.data(), used);
    relu(s.conv.data(), product(n, encoder.gated.value.inputs()));
    gate(encoder.gated, s.conv.data(), newest, n, s);
  }
}

// The newest position of the deepest level -> the decoder's first input.
void CleanUMambaNet::mix(CleanUMambaState& state, CleanUMambaScratch& s,
                         const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  const CleanUMambaWeights& w = *weights_;
  const CleanUMambaState::Rows& deepest = state.levels_.back();
  w.in.forward(deepest.values.data() + deepest.values.size() - deepest.columns, s.z.data(), 1);
  for (std::size_t i = 0; i < w.blocks.size(); ++i) {
    const CleanUMambaWeights::Block& block = w.blocks[i];
    block.norm.forward(s.z.data(), s.u.data(), 1);
    block.mamba.step(s.u.data(), s.u.data(), state.blocks_[i], 0, s.blocks[i],
                     StateProbe::ofLayer(probe, static_cast<int>(i)));
    w.kernels->add(s.z.data(), s.u.data(), s.z.data(), config().d_model);
  }
  w.norm_f.forward(s.z.data(), s.u.data(), 1);
  w.out.forward(s.u.data(), s.x.data(), 1);
}

void CleanUMambaNet::decode(float* out, CleanUMambaState& state,
                            CleanUMambaScratch& s) const noexcept HISS_NONBLOCKING {
  const CleanUMambaWeights& w = *weights_;
  const int levels = config().levels();
  for (int i = 0; i < levels; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const CleanUMambaWeights::Decoder& decoder = w.decoder[at];
    const CleanUMambaState::Rows& skip = state.levels_[static_cast<std::size_t>(levels - i)];
    const int rows = 1 << i;
    w.kernels->add(s.x.data(), skip.values.data(), s.x.data(), rows * skip.columns);
    const int channels = decoder.gated.value.outputs();
    float* const with_tail = s.gated[at].data();
    std::copy_n(state.tails_[at].data(), channels, with_tail);
    gate(decoder.gated, s.x.data(), with_tail + channels, rows, s);
    std::copy_n(with_tail + product(rows, channels), channels, state.tails_[at].data());
    const bool last = i == levels - 1;
    decoder.up.forward(with_tail, last ? out : s.x.data(), rows, channels, decoder.up.outputs());
    if (!last) relu(s.x.data(), product(rows, decoder.up.outputs()));
  }
}

// x [rows, inputs] -> y [rows, outputs].
void CleanUMambaNet::gate(const CleanUMambaWeights::Gated& gated, const float* x, float* y,
                          int rows, CleanUMambaScratch& s) const noexcept HISS_NONBLOCKING {
  const auto n = product(rows, gated.value.outputs());
  gated.value.forward(x, y, rows);
  gated.gate.forward(x, s.gate.data(), rows);
  weights_->kernels->sigmoid(s.gate.data(), s.gate.data(), static_cast<int>(n));
  for (std::size_t i = 0; i < n; ++i) y[i] *= s.gate[i];
}

}  // namespace hiss
