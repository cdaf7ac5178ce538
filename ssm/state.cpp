// SPDX-License-Identifier: Apache-2.0
#include "ssm/state.h"

#include <array>
#include <cmath>
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

// What save() writes first. Plain 32-bit words, no padding.
struct Header {
  std::uint32_t magic;
  std::uint32_t version;
  std::int32_t n_layer;
  std::int32_t rows;
  std::int32_t d_inner;
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

void expectEqual(const char* field, std::int64_t expected, std::int64_t found) {
  if (expected == found) return;
  throw std::runtime_error(std::string("saved state: ") + field + ": expected " +
                           std::to_string(expected) + ", found " + std::to_string(found));
}

// [taps, padded], a ring whose oldest entry is `oldest`, -> [channels, taps].
void convToLogical(const float* from, int oldest, int channels, int taps, int padded,
                   float* to) noexcept {
  for (int i = 0, slot = oldest; i < taps; ++i, slot = slot + 1 < taps ? slot + 1 : 0) {
    for (int c = 0; c < channels; ++c) to[c * taps + i] = from[slot * padded + c];
  }
}

// The way back, into a ring that starts at 0.
void convFromLogical(const float* from, int channels, int taps, int padded, float* to) noexcept {
  for (int c = 0; c < channels; ++c) {
    for (int i = 0; i < taps; ++i) to[i * padded + c] = from[c * taps + i];
  }
}

}  // namespace

MambaState::MambaState(const MambaConfig& config, int rows, int n_layer)
    : rows_(rows),
      n_layer_(n_layer),
      d_inner_(config.dInner()),
      d_state_(config.d_state),
      d_conv_(config.d_conv) {
  config.validate();
  if (rows < 1 || n_layer < 1) {
    throw std::invalid_argument("MambaState: expected at least one row and one layer, found " +
                                std::to_string(rows) + " and " + std::to_string(n_layer));
  }
  const auto padded = static_cast<std::size_t>(paddedCount(d_inner_));
  conv_stride_ = static_cast<std::size_t>(d_conv_ - 1) * padded;
  ssm_stride_ = static_cast<std::size_t>(stateFloats(d_inner_, d_state_));
  const std::size_t count = index(n_layer, 0);
  conv_state_.resize(count * conv_stride_);
  conv_oldest_.resize(count);
  ssm_state_.resize(count * ssm_stride_);
}

void MambaState::reset() noexcept HISS_NONBLOCKING {
  conv_state_.fill(0.0f);
  conv_oldest_.fill(0);
  ssm_state_.fill(0.0f);
  skipped_rows_ = 0;
}

std::size_t MambaState::logicalFloats() const noexcept {
  return index(n_layer_, 0) * static_cast<std::size_t>(d_inner_) *
         static_cast<std::size_t>(d_conv_ - 1 + d_state_);
}

std::size_t MambaState::savedBytes() const noexcept {
  return sizeof(Header) + logicalFloats() * sizeof(float);
}

void MambaState::copyConvState(int layer, float* out) const noexcept HISS_NONBLOCKING {
  const int taps = d_conv_ - 1;
  for (int row = 0; row < rows_; ++row) {
    convToLogical(conv_state_.data() + conv_stride_ * index(layer, row), convOldest(layer, row),
                  d_inner_, taps, paddedCount(d_inner_), out + row * d_inner_ * taps);
  }
}

// In 32 strands: enough to hide the latency of additions whatever the vector length. The padding is
// zero.
float MambaState::sumOfSquares(int layer, int row) const noexcept HISS_NONBLOCKING {
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

void MambaState::copySsmState(int layer, float* out) const noexcept HISS_NONBLOCKING {
  for (int row = 0; row < rows_; ++row) {
    const float* from = ssm_state_.data() + ssm_stride_ * index(layer, row);
    for (int c = 0; c < d_inner_; ++c) {
      for (int n = 0; n < d_state_; ++n) *out++ = from[stateIndex(c, n, d_inner_, d_state_)];
    }
  }
}

void MambaState::save(std::span<std::byte> out) const {
  expectEqual("bytes", static_cast<std::int64_t>(savedBytes()),
              static_cast<std::int64_t>(out.size()));
  std::vector<float> values(logicalFloats());
  float* to = values.data();
  for (int layer = 0; layer < n_layer_; ++layer) {
    copyConvState(layer, to);
    to += rows_ * d_inner_ * (d_conv_ - 1);
    copySsmState(layer, to);
    to += rows_ * d_inner_ * d_state_;
  }
  const auto payload = std::as_bytes(std::span<const float>(values));
  const Header header{kMagic,   kVersion, n_layer_, rows_,
                      d_inner_, d_state_, d_conv_,  checksumOf(payload)};
  std::memcpy(out.data(), &header, sizeof header);
  if (!payload.empty()) std::memcpy(out.data() + sizeof header, payload.data(), payload.size());
}

void MambaState::load(std::span<const std::byte> in) {
  expectEqual("bytes", static_cast<std::int64_t>(savedBytes()),
              static_cast<std::int64_t>(in.size()));
  Header header{};
  std::memcpy(&header, in.data(), sizeof header);
  expectEqual("magic", kMagic, header.magic);
  expectEqual("version", kVersion, header.version);
  expectEqual("n_layer", n_layer_, header.n_layer);
  expectEqual("rows", rows_, header.rows);
  expectEqual("d_inner", d_inner_, header.d_inner);
  expectEqual("d_state", d_state_, header.d_state);
  expectEqual("d_conv", d_conv_, header.d_conv);
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
  const int padded = paddedCount(d_inner_);
  const int taps = d_conv_ - 1;
  const float* from = values.data();
  for (int layer = 0; layer < n_layer_; ++layer) {
    for (int row = 0; row < rows_; ++row, from += d_inner_ * taps) {
      convFromLogical(from, d_inner_, taps, padded, convRow(layer, row));
    }
    for (int row = 0; row < rows_; ++row) {
      float* to = ssmRow(layer, row);
      for (int c = 0; c < d_inner_; ++c) {
        for (int n = 0; n < d_state_; ++n) to[stateIndex(c, n, d_inner_, d_state_)] = *from++;
      }
    }
  }
}

}  // namespace hiss
