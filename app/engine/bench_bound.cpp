// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_bound.h"

#include <algorithm>

namespace hiss {

const char* levelName(CacheLevel level) noexcept {
  switch (level) {
    case CacheLevel::kL1:
      return "L1";
    case CacheLevel::kL2:
      return "L2";
    case CacheLevel::kL3:
      break;
  }
  return "L3";
}

CacheLevel levelOf(double footprint_bytes, const CacheSizes& caches) noexcept {
  if (footprint_bytes <= caches.l1_bytes) return CacheLevel::kL1;
  if (footprint_bytes <= caches.l2_bytes) return CacheLevel::kL2;
  return CacheLevel::kL3;
}

Bound boundOf(const NetPart& work, const Roofline& roofline) noexcept {
  Bound bound;
  bound.multiply_adds = work.macs + kExpMultiplyAdds * work.exps;
  bound.bytes = work.weight_bytes + work.state_bytes;
  const double computing =
      bound.multiply_adds > 0.0 ? bound.multiply_adds / roofline.fma_per_s : 0.0;
  const double reading = bound.bytes > 0.0 ? bound.bytes / roofline.own_bytes_per_s : 0.0;
  bound.seconds = std::max(computing, reading);
  bound.by_memory = reading > computing;
  return bound;
}

double footprintOf(const std::vector<NetPart>& parts) noexcept {
  double bytes = 0.0;
  for (const NetPart& part : parts) bytes += part.weight_bytes + part.state_bytes;
  return bytes;
}

}  // namespace hiss
