// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstring>

#include "ssm/simd/roofline_loops.h"

namespace hiss {
namespace {

// Four floats are what every processor of the families in use has as its baseline. Written as a
// vector because the compiler does not keep an array of chains in registers.
constexpr int kLanes = 4;
using Four = float __attribute__((vector_size(kLanes * sizeof(float))));

Four four(float value) { return Four{value, value, value, value}; }

void store(Four sum, float* sink) { *sink = sum[0] + sum[1] + sum[2] + sum[3]; }

void multiplyAdd(float factor, float term, int rounds, float* sink) noexcept {
  const Four a = four(factor);
  const Four b = four(term);
  Four x[kMultiplyAddChains];
  for (int i = 0; i < kMultiplyAddChains; ++i) x[i] = four(static_cast<float>(i));
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < kMultiplyAddChains; ++i) x[i] = x[i] * a + b;
  }
  for (int i = 1; i < kMultiplyAddChains; ++i) x[0] += x[i];
  store(x[0], sink);
}

void read(const float* data, int n, float* sink) noexcept {
  Four sum[kReadChains] = {};
  for (int i = 0; i < n; i += kReadChains * kLanes) {
    for (int k = 0; k < kReadChains; ++k) {
      Four x;
      std::memcpy(&x, data + i + std::ptrdiff_t{k} * kLanes, sizeof(x));
      sum[k] += x;
    }
  }
  for (int k = 1; k < kReadChains; ++k) sum[0] += sum[k];
  store(sum[0], sink);
}

constexpr RooflineLoops kLoops = {"scalar", kMultiplyAddChains* kLanes, multiplyAdd, read};

}  // namespace

const RooflineLoops& scalarRooflineLoops() noexcept { return kLoops; }

}  // namespace hiss
