// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "models/net_profile.h"
#include "ssm/roofline.h"

namespace hiss {

// The multiply-adds of the polynomial of one exponential exp(dt A): degree 5 in
// ssm/simd/vec_math-inl.h (exp2Unit). Its range reduction and scaling are left out, as they run
// beside it at best.
inline constexpr double kExpMultiplyAdds = 5.0;

enum class CacheLevel { kL1, kL2, kL3 };

// "L1", "L2", "L3"
const char* levelName(CacheLevel level) noexcept;

struct CacheSizes {
  double l1_bytes = 0.0;
  double l2_bytes = 0.0;
  double l3_bytes = 0.0;
};

// The smallest cache that holds `footprint_bytes`, else the L3.
CacheLevel levelOf(double footprint_bytes, const CacheSizes& caches) noexcept;

// The least time that some work can take.
struct Bound {
  double multiply_adds = 0.0;  // macs + kExpMultiplyAdds exps
  double bytes = 0.0;          // weights and state, each read once
  double seconds = 0.0;
  bool by_memory = false;  // reading takes longer than computing
};

// max(multiply_adds / fma_per_s, bytes / own_bytes_per_s); 0 for no work. `roofline` is that of a
// probe made for the footprint: the weights and states of all parts together, for all of them have
// gone through the caches when a part comes round again.
Bound boundOf(const NetPart& work, const Roofline& roofline) noexcept;

// Weights and states of all parts, bytes.
double footprintOf(const std::vector<NetPart>& parts) noexcept;

}  // namespace hiss
