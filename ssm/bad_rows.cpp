// SPDX-License-Identifier: Apache-2.0
#include "ssm/bad_rows.h"

#include <algorithm>
#include <bit>
#include <cstddef>

#include "ssm/block_config.h"

namespace hiss {
namespace {

// Tests the bits, so that the loop vectorises and no compiler flag can remove it.
bool isFinite(const float* values, int n) noexcept HISS_NONBLOCKING {
  std::uint32_t largest = 0;
  for (int i = 0; i < n; ++i) {
    largest = std::max(largest, std::bit_cast<std::uint32_t>(values[i]) & 0x7fffffffu);
  }
  return largest < 0x7f800000u;
}

}  // namespace

int blankBadRows(float* values, int rows, int n, std::uint8_t* skip) noexcept HISS_NONBLOCKING {
  int bad = 0;
  for (int r = 0; r < rows; ++r) {
    float* row = values + std::ptrdiff_t{r} * n;
    const bool finite = isFinite(row, n);
    skip[r] = finite ? 0 : 1;
    if (finite) continue;
    std::fill_n(row, n, 0.0f);
    ++bad;
  }
  return bad;
}

void limitValues(float* values, int n) noexcept HISS_NONBLOCKING {
  constexpr float kMost = BlockConfig::kMostInput;
  for (int i = 0; i < n; ++i) values[i] = std::clamp(values[i], -kMost, kMost);
}

}  // namespace hiss
