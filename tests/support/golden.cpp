// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"

namespace hiss {

std::filesystem::path goldenPath(std::string_view name) {
  return std::filesystem::path(HISS_GOLDEN_DIR) / name;
}

float goldenUniform(std::uint32_t stream, std::uint32_t index) noexcept {
  std::uint32_t h = index * 0x9E3779B9u + stream * 0x85EBCA6Bu;
  h ^= h >> 16;
  h *= 0x7FEB352Du;
  h ^= h >> 15;
  h *= 0x846CA68Bu;
  h ^= h >> 16;
  return static_cast<float>(static_cast<std::int32_t>(h >> 8) - (1 << 23)) * 0x1p-23f;
}

std::vector<float> goldenTensor(std::uint32_t stream, std::size_t count, float scale,
                                float offset) {
  std::vector<float> values(count);
  for (std::size_t i = 0; i < count; ++i) {
    values[i] = offset + scale * goldenUniform(stream, static_cast<std::uint32_t>(i));
  }
  return values;
}

}  // namespace hiss
