// SPDX-License-Identifier: Apache-2.0
#include "ssm/state.h"

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "ssm/simd/kernels.h"

namespace hiss {
namespace {

constexpr std::uint32_t kMagic = 0x54535348;  // "HSST" on a little-endian machine
constexpr std::uint32_t kVersion = 1;
constexpr int kKindShift = 8;  // the block's kind stands above the version, mamba being 0

// What save() writes first. Plain 32-bit words, no padding.
struct Header {
  std::uint32_t magic;
  std::uint32_t version;
  std::int32_t n_layer;
  std::int32_t rows;
  std::int32_t channels;
  std::int32_t d_state;
  std::int32_t d_conv;
  std::uint32_t checksum;
};
static_assert(sizeof(Header) == 8 * sizeof(std::uint32_t));

// FNV-1a, 32 bits: enough to refuse a damaged or foreign block.
std::uint32_t checksumOf(std::span<const std::byte> bytes) noexcept {
  std::uint32_t hash = 2166136261u;
  for (const std::byte b : bytes) hash = (hash ^ static_cast<std::uint32_t>(b)) * 16777619u;
  return hash;
}

std::uint32_t versionOf(const StateShape& shape) noexcept {
  return kVersion | static_cast<std::uint32_t>(shape.kind) << kKindShift;
}

void expectEqual(const char* field, std::int64_t expected, std::int64_t found) {
  if (expected == found) return;
  throw std::runtime_error(std::string("saved state: ") + field + ": expected " +
                           std::to_string(expected) + ", found " + std::to_string(found));
}

// Calls op(channel, place in a padded array) for every channel that is convolved.
template <class Op>
void forEachConvChannel(const StateShape& shape, const Op& op) {
  for (int c = 0; c < shape.channels; ++c) {
    op(c, c / shape.groupChannels() * shape.groupStride() + c % shape.groupChannels());
  }
  for (int i = 0; i < shape.conv_extra; ++i) {
    op(shape.channels + i, shape.groups * shape.groupStride() + i);
  }
}

// A ring [taps, padded] whose oldest entry is `oldest` -> [channels, taps].
void convToLogical(const StateShape& shape, const float* from, int oldest, float* to) noexcept {
  const int taps = shape.d_conv - 1;
  for (int i = 0, slot = oldest; i < taps; ++i, slot = slot + 1 < taps ? slot + 1 : 0) {
    const float* entry = from + std::ptrdiff_t{slot} * shape.convPadded();
    forEachConvChannel(shape, [&](int c, int place) { to[c * taps + i] = entry[place]; });
  }
}

// The way back, into a ring that starts at 0.
void convFromLogical(const StateShape& shape, const float* from, float* to) noexcept {
  const int taps = shape.d_conv - 1;
  for (int i = 0; i < taps; ++i) {
    float* entry = to + std::ptrdiff_t{i} * shape.convPadded();
    forEachConvChannel(shape, [&](int c, int place) { entry[place] = from[c * taps + i]; });
  }
}

// Calls op(place) for every value of a row of the state, in the logical order.
template <class Op>
void forEachState(const StateShape& shape, const Op& op) {
  const int width = shape.groupChannels();
  const std::ptrdiff_t stride = stateFloats(width, shape.d_state);
  for (int g = 0; g < shape.groups; ++g) {
    for (int c = 0; c < width; ++c) {
      const std::ptrdiff_t first = g * stride + stateIndex(c, 0, width, shape.d_state);
      const std::ptrdiff_t step = stateBlockWidth(c, width);
      for (int n = 0; n < shape.d_state; ++n) op(first + n * step);
    }
  }
}

StateShape checkedShape(const BlockConfig& config) {
  config.validate();
  return config.stateShape();
}

}  // namespace

BlockState::BlockState(const MambaConfig& config, int rows, int n_layer)
    : BlockState(BlockConfig::of(config), rows, n_layer) {}

BlockState::BlockState(const BlockConfig& config, int rows, int n_layer)
    : BlockState(checkedShape(config), rows, n_layer) {}

BlockState::BlockState(const StateShape& shape, int rows, int n_layer)
    : shape_(shape), rows_(rows), n_layer_(n_layer) {
  if (rows < 1 || n_layer < 1) {
    throw std::invalid_argument("BlockState: expected at least one row and one layer, found " +
                                std::to_string(rows) + " and " + std::to_string(n_layer));
  }
  conv_stride_ =
      static_cast<std::size_t>(shape.d_conv - 1) * static_cast<std::size_t>(shape.convPadded());
  ssm_stride_ = static_cast<std::size_t>(shape.groups) *
                static_cast<std::size_t>(stateFloats(shape.groupChannels(), shape.d_state));
  const std::size_t count = index(n_layer, 0);
  conv_state_.resize(count * conv_stride_);
  conv_oldest_.resize(count);
  ssm_state_.resize(count * ssm_stride_);
}

void BlockState::reset() noexcept HISS_NONBLOCKING {
  conv_state_.fill(0.0f);
  conv_oldest_.fill(0);
  ssm_state_.fill(0.0f);
  skipped_rows_ = 0;
}

std::size_t BlockState::logicalFloats() const noexcept {
  return index(n_layer_, 0) * static_cast<std::size_t>(shape_.values());
}

std::size_t BlockState::savedBytes() const noexcept {
  return sizeof(Header) + logicalFloats() * sizeof(float);
}

void BlockState::copyConvState(int layer, float* out) const noexcept HISS_NONBLOCKING {
  const std::ptrdiff_t values = std::ptrdiff_t{shape_.convChannels()} * (shape_.d_conv - 1);
  for (int row = 0; row < rows_; ++row) {
    convToLogical(shape_, conv_state_.data() + conv_stride_ * index(layer, row),
                  convOldest(layer, row), out + row * values);
  }
}

// In 32 strands: enough to hide the latency of additions whatever the vector length. The padding is
// zero.
float BlockState::sumOfSquares(int layer, int row) const noexcept HISS_NONBLOCKING {
  constexpr std::size_t kStrands = 32;
  const float* x = ssm_state_.data() + ssm_stride_ * index(layer, row);
  std::array<float, kStrands> sums{};
  std::size_t i = 0;
  for (; i + kStrands <= ssm_stride_; i += kStrands) {
    for (std::size_t k = 0; k < kStrands; ++k) sums[k] += x[i + k] * x[i + k];
  }
  for (; i < ssm_stride_; ++i) sums[0] += x[i] * x[i];
  return std::accumulate(sums.begin(), sums.end(), 0.0f);
}

void BlockState::copySsmState(int layer, float* out) const noexcept HISS_NONBLOCKING {
  for (int row = 0; row < rows_; ++row) {
    copySsmRow(layer, row, out);
    out += std::ptrdiff_t{shape_.channels} * shape_.d_state;
  }
}

void BlockState::copySsmRow(int layer, int row, float* out) const noexcept HISS_NONBLOCKING {
  const float* from = ssm_state_.data() + ssm_stride_ * index(layer, row);
  forEachState(shape_, [&](std::ptrdiff_t place) { *out++ = from[place]; });
}

void BlockState::save(std::span<std::byte> out) const {
  expectEqual("bytes", static_cast<std::int64_t>(savedBytes()),
              static_cast<std::int64_t>(out.size()));
  std::vector<float> values(logicalFloats());
  float* to = values.data();
  for (int layer = 0; layer < n_layer_; ++layer) {
    copyConvState(layer, to);
    to += std::ptrdiff_t{rows_} * shape_.convChannels() * (shape_.d_conv - 1);
    copySsmState(layer, to);
    to += std::ptrdiff_t{rows_} * shape_.channels * shape_.d_state;
  }
  const auto payload = std::as_bytes(std::span<const float>(values));
  const Header header{kMagic,          versionOf(shape_), n_layer_,      rows_,
                      shape_.channels, shape_.d_state,    shape_.d_conv, checksumOf(payload)};
  std::memcpy(out.data(), &header, sizeof header);
  if (!payload.empty()) std::memcpy(out.data() + sizeof header, payload.data(), payload.size());
}

void BlockState::load(std::span<const std::byte> in) {
  expectEqual("bytes", static_cast<std::int64_t>(savedBytes()),
              static_cast<std::int64_t>(in.size()));
  Header header{};
  std::memcpy(&header, in.data(), sizeof header);
  expectEqual("magic", kMagic, header.magic);
  expectEqual("version and kind", versionOf(shape_), header.version);
  expectEqual("n_layer", n_layer_, header.n_layer);
  expectEqual("rows", rows_, header.rows);
  expectEqual("channels", shape_.channels, header.channels);
  expectEqual("d_state", shape_.d_state, header.d_state);
  expectEqual("d_conv", shape_.d_conv, header.d_conv);
  const auto payload = in.subspan(sizeof header);
  expectEqual("checksum", checksumOf(payload), header.checksum);
  std::vector<float> values(logicalFloats());
  if (!payload.empty()) std::memcpy(values.data(), payload.data(), payload.size());
  for (const float value : values) {
    if (!std::isfinite(value)) {
      throw std::runtime_error("saved state: expected finite values, found " +
                               std::to_string(value));
    }
  }
  conv_oldest_.fill(0);
  const float* from = values.data();
  for (int layer = 0; layer < n_layer_; ++layer) {
    for (int row = 0; row < rows_; ++row) {
      convFromLogical(shape_, from, convRow(layer, row));
      from += std::ptrdiff_t{shape_.convChannels()} * (shape_.d_conv - 1);
    }
    for (int row = 0; row < rows_; ++row) {
      float* to = ssmRow(layer, row);
      forEachState(shape_, [&](std::ptrdiff_t place) { to[place] = *from++; });
    }
  }
}

}  // namespace hiss
