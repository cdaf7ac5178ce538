// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstddef>
#include <memory>
#include <numbers>
#include <vector>

#include "ssm/kinds/block_parts.h"
#include "ssm/kinds/kinds.h"
#include "ssm/linear.h"
#include "ssm/packing.h"

namespace hiss {
namespace {

// No step is longer, so that what it lets in stays finite.
constexpr float kMostStep = 1e6f;

// Where a channel stands in a row whose groups are padded each by itself.
struct Places {
  int width;   // of a group
  int stride;  // of a group, padded
  int operator()(int channel) const { return channel / width * stride + channel % width; }
};

// Mamba-2 (state space duality), as `Mamba2.step` of the reference computes it. A row of the
// projection is [z | x, B, C | dt], each part padded; `inner` is a padded row of channels.
class Mamba2Kind final : public RecurrentBlock {
 public:
  Mamba2Kind(const BlockConfig& config, const TensorLookup& lookup, const Kernels& kernels)
      : Mamba2Kind(config, BlockTensors(config, lookup), kernels) {}

  BlockScratch makeScratch(int max_rows) const override;
  void step(const float* x, float* y, BlockState& state, int layer, BlockScratch& scratch,
            const StateProbe* probe) const noexcept HISS_NONBLOCKING override;
  std::vector<float> stateMatrix() const override;

 private:
  // The parts of BlockScratch::values.
  struct Room {
    float* u;          // [rows, d_model]
    float* projected;  // [rows, width_]
    float* y;          // [rows, inner_]
    float* heads;      // [2, heads], dA and dt
    float* dA;         // [inner_], each channel's own
    float* dt;         // [inner_]
  };

  Mamba2Kind(const BlockConfig& config, const BlockTensors& tensors, const Kernels& kernels);
  Room roomOf(BlockScratch& scratch) const noexcept HISS_NONBLOCKING;
  void convolve(float* projected, BlockState& state, int layer,
                int row) const noexcept HISS_NONBLOCKING;
  void stepSizes(const float* projected, const Room& room) const noexcept HISS_NONBLOCKING;
  void advance(float* projected, float* y, float* h,
               const Room& room) const noexcept HISS_NONBLOCKING;
  void show(const float* projected, const Room& room,
            const StateProbe& probe) const noexcept HISS_NONBLOCKING;

  const Kernels* kernels_;
  BlockFrame frame_;
  Places place_;
  int groups_;
  int heads_;
  int inner_;                           // groups * place_.stride
  int xbc_;                             // padded length of x, B and C
  int width_;                           // of a projected row
  Linear in_proj_;                      // with dt_bias
  AlignedBuffer<float> conv1d_weight_;  // [d_conv, xbc_]
  AlignedBuffer<float> conv1d_bias_;    // [xbc_]
  AlignedBuffer<float> head_rates_;     // [heads], see decayRate()
  AlignedBuffer<float> bypass_;         // [inner_], D
  AlignedBuffer<float> norm_weight_;    // [inner_]
  Linear out_proj_;                     // [d_model, inner_]
};

Mamba2Kind::Mamba2Kind(const BlockConfig& config, const BlockTensors& tensors,
                       const Kernels& kernels)
    : RecurrentBlock(config),
      kernels_(&kernels),
      frame_(config, tensors, kernels),
      place_{config.stateShape().groupChannels(), config.stateShape().groupStride()},
      groups_(config.ngroups),
      heads_(config.heads()),
      inner_(groups_ * place_.stride),
      xbc_(config.stateShape().convPadded()),
      width_(inner_ + xbc_ + paddedCount(heads_)) {
  const int d_model = config.d_model;
  const int d_inner = config.dInner();
  const int convolved = config.stateShape().convChannels();
  const auto xbc_place = [&](int c) { return c < d_inner ? place_(c) : inner_ + c - d_inner; };
  const auto row_place = [&](int i) {
    if (i < d_inner) return place_(i);
    if (i < d_inner + convolved) return inner_ + xbc_place(i - d_inner);
    return inner_ + xbc_ + i - d_inner - convolved;
  };
  const int outputs = inner_ + xbc_ + heads_;
  const auto head_place = [&](int h) { return inner_ + xbc_ + h; };
  in_proj_ =
      Linear(spread(tensors("mixer.in_proj.weight"), d_model, outputs, row_place),
             spread(tensors("mixer.dt_bias"), 1, outputs, head_place), outputs, d_model, kernels);
  conv1d_weight_ = transposePadded(
      spread(tensors("mixer.conv1d.weight"), config.d_conv, xbc_, xbc_place), xbc_, config.d_conv);
  conv1d_bias_ = transposePadded(spread(tensors("mixer.conv1d.bias"), 1, xbc_, xbc_place), xbc_, 1);
  norm_weight_ =
      transposePadded(spread(tensors("mixer.norm.weight"), 1, inner_, place_), inner_, 1);
  head_rates_.resize(static_cast<std::size_t>(heads_));
  const auto A_log = tensors("mixer.A_log");
  std::transform(A_log.begin(), A_log.end(), head_rates_.begin(), decayRate);
  bypass_.resize(static_cast<std::size_t>(inner_));
  const auto D = tensors("mixer.D");
  for (int c = 0; c < d_inner; ++c) {
    bypass_[static_cast<std::size_t>(place_(c))] = D[static_cast<std::size_t>(c / config.headdim)];
  }
  const auto out_proj = tensors("mixer.out_proj.weight");
  const auto column_place = [&](int i) { return i / d_inner * inner_ + place_(i % d_inner); };
  out_proj_ =
      Linear(spread(out_proj, 1, d_model * inner_, column_place), {}, d_model, inner_, kernels);
}

std::vector<float> Mamba2Kind::stateMatrix() const {
  const auto of_head = static_cast<std::size_t>(config().headdim * config().d_state);
  std::vector<float> A;
  for (const float rate : head_rates_) {
    A.insert(A.end(), of_head, static_cast<float>(double{rate} * std::numbers::ln2));
  }
  return A;
}

BlockScratch Mamba2Kind::makeScratch(int max_rows) const {
  BlockScratch scratch = emptyScratch(max_rows);
  const auto rows = static_cast<std::size_t>(max_rows);
  scratch.values.resize(
      rows * static_cast<std::size_t>(paddedCount(config().d_model) + width_ + inner_) +
      2 * static_cast<std::size_t>(paddedCount(heads_) + inner_));
  return scratch;
}

Mamba2Kind::Room Mamba2Kind::roomOf(BlockScratch& scratch) const noexcept HISS_NONBLOCKING {
  const std::ptrdiff_t rows = scratch.max_rows;
  Room room{};
  room.u = scratch.values.data();
  room.projected = room.u + rows * paddedCount(config().d_model);
  room.y = room.projected + rows * width_;
  room.heads = room.y + rows * inner_;
  room.dA = room.heads + std::ptrdiff_t{2} * paddedCount(heads_);
  room.dt = room.dA + inner_;
  return room;
}

void Mamba2Kind::convolve(float* projected, BlockState& state, int layer,
                          int row) const noexcept HISS_NONBLOCKING {
  kernels_->causalConvStep({conv1d_weight_.data(), conv1d_bias_.data(), state.convRow(layer, row),
                            projected + inner_, xbc_, xbc_, config().d_conv,
                            state.convOldest(layer, row)});
  state.advanceConv(layer, row);
}

// Of each head, then of each channel.
void Mamba2Kind::stepSizes(const float* projected,
                           const Room& room) const noexcept HISS_NONBLOCKING {
  float* dt = room.heads;
  float* dA = room.heads + paddedCount(heads_);
  kernels_->softplus(projected + inner_ + xbc_, dt, heads_);
  for (int i = 0; i < heads_; ++i) {
    dt[i] = std::min(std::max(dt[i], config().dt_min), std::min(config().dt_max, kMostStep));
    dA[i] = dt[i] * head_rates_[static_cast<std::size_t>(i)];
  }
  kernels_->exp2(dA, dA, heads_);
  const int headdim = config().headdim;
  for (int i = 0; i < heads_; ++i) {
    const int first = place_(i * headdim);
    std::fill_n(room.dA + first, headdim, dA[i]);
    std::fill_n(room.dt + first, headdim, dt[i]);
  }
}

void Mamba2Kind::advance(float* projected, float* y, float* h,
                         const Room& room) const noexcept HISS_NONBLOCKING {
  const int d_state = config().d_state;
  const float* B = projected + 2 * std::ptrdiff_t{inner_};
  SsdStep step{};
  step.channels = place_.width;
  step.d_state = d_state;
  for (int g = 0; g < groups_; ++g) {
    const std::ptrdiff_t first = std::ptrdiff_t{g} * place_.stride;
    step.dA = room.dA + first;
    step.dt = room.dt + first;
    step.x = projected + inner_ + first;
    step.z = projected + first;
    step.B = B + std::ptrdiff_t{g} * d_state;
    step.C = B + std::ptrdiff_t{groups_ + g} * d_state;
    step.D = bypass_.data() + first;
    step.h = h + std::ptrdiff_t{g} * stateFloats(place_.width, d_state);
    step.y = y + first;
    kernels_->ssdStateUpdate(step);
  }
}

// Right after the row's step, which has left the step sizes and the gate, activated.
void Mamba2Kind::show(const float* projected, const Room& room,
                      const StateProbe& probe) const noexcept HISS_NONBLOCKING {
  for (int g = 0; g < groups_; ++g) {
    const std::ptrdiff_t from = std::ptrdiff_t{g} * place_.stride;
    const std::ptrdiff_t to = std::ptrdiff_t{g} * place_.width;
    std::copy_n(projected + inner_ + from, place_.width, probe.x + to);
    std::copy_n(room.dt + from, place_.width, probe.dt + to);
    std::copy_n(projected + from, place_.width, probe.gate + to);
  }
  const float* B = projected + 2 * std::ptrdiff_t{inner_};
  std::copy_n(B, config().d_state, probe.B);
  std::copy_n(B + std::ptrdiff_t{groups_} * config().d_state, config().d_state, probe.C);
}

void Mamba2Kind::step(const float* x, float* y, BlockState& state, int layer, BlockScratch& scratch,
                      const StateProbe* probe) const noexcept HISS_NONBLOCKING {
  const Room room = roomOf(scratch);
  const int rows = state.rows();
  const std::uint8_t* skip = scratch.skip.data();
  frame_.begin(x, room.u, scratch.skip.data(), state);
  in_proj_.forward(room.u, room.projected, rows, config().d_model, width_);
  for (int row = 0; row < rows; ++row) {
    float* projected = room.projected + std::ptrdiff_t{row} * width_;
    float* inner = room.y + std::ptrdiff_t{row} * inner_;
    const bool shown = probe != nullptr && probe->row == row;
    if (skip[row] != 0) {
      std::fill_n(inner, inner_, 0.0f);
      if (shown) showState(state, layer, *probe);
      continue;
    }
    convolve(projected, state, layer, row);
    stepSizes(projected, room);
    advance(projected, inner, state.ssmRow(layer, row), room);
    if (!shown) continue;
    showState(state, layer, *probe);
    show(projected, room, *probe);
  }
  for (int g = 0; g < groups_; ++g) {
    const std::ptrdiff_t first = std::ptrdiff_t{g} * place_.stride;
    kernels_->rmsNorm(room.y + first, inner_, norm_weight_.data() + first, config().norm_eps,
                      room.y + first, inner_, rows, place_.width);
  }
  frame_.startSum(x, y, rows);
  out_proj_.accumulate(room.y, y, rows, inner_, config().d_model);
  frame_.end(y, skip, rows);
}

}  // namespace

std::shared_ptr<const RecurrentBlock> makeMamba2Kind(const BlockConfig& config,
                                                     const TensorLookup& lookup,
                                                     const Kernels& kernels) {
  return std::make_shared<const Mamba2Kind>(config, lookup, kernels);
}

}  // namespace hiss
