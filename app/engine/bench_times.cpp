// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_times.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

namespace hiss {

double quantile(const std::vector<double>& sorted, double q) {
  const auto n = static_cast<double>(sorted.size());
  const double rank = std::clamp(std::ceil(q * n), 1.0, n);
  return sorted[static_cast<std::size_t>(rank) - 1];
}

BenchTimes summarise(std::vector<double> times_us) {
  BenchTimes times;
  times.count = times_us.size();
  if (times_us.empty()) return times;
  std::sort(times_us.begin(), times_us.end());
  times.mean_us =
      std::accumulate(times_us.begin(), times_us.end(), 0.0) / static_cast<double>(times_us.size());
  times.min_us = times_us.front();
  times.p50_us = quantile(times_us, 0.5);
  times.p99_us = quantile(times_us, 0.99);
  times.p999_us = quantile(times_us, 0.999);
  times.max_us = times_us.back();
  return times;
}

double median(std::vector<double> times_us) { return summarise(std::move(times_us)).p50_us; }

}  // namespace hiss
