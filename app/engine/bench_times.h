// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "app/engine/bench_result.h"

namespace hiss {

// The value that a part `q` (0 ... 1) of sorted, non-empty `values` does not exceed: the element of
// rank ceil(q n), so that every quantile is a time that was measured.
double quantile(const std::vector<double>& sorted, double q);

// Zeros if there are no times. Takes the times to sort them.
BenchTimes summarise(std::vector<double> times_us);

// The median alone; 0 if there are no times.
double median(std::vector<double> times_us);

}  // namespace hiss
