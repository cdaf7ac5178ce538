// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/engine/bench_result.h"

namespace hiss {

// Adds to report.notes what makes the figures doubtful: a core whose rate of multiply-adds varied
// by more than 10 % or that other programs took more than twice a second, so few hops that the 99.9
// % quantile is the maximum.
void addNotes(BenchReport& report);

// Tables for people, lines of at most 100 columns where names are of usual length.
std::string benchText(const BenchReport& report, const std::string& version);

// The document of `hiss bench --json`, without a line break at its end; the keys are listed in
// app/README.md. Bytes that are not UTF-8 are replaced.
std::string benchJson(const BenchReport& report, const std::string& version);

}  // namespace hiss
