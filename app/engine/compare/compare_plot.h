// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

#include "app/engine/byte_file.h"
#include "app/engine/compare/compare_result.h"

namespace hiss {

inline constexpr int kComparePlotWidthPx = 1600;
inline constexpr int kComparePlotHeightPx = 1000;
// As many as there are colours that can be told apart.
inline constexpr std::size_t kMostCompared = 8;

// Draws what a step costs each model, its first figure of quality with the baseline, and over the
// steps the size of the followed state and the mean step size, both on a logarithmic axis. Of more
// than kMostCompared models the first are drawn. Throws Failure(kOutput) that calls the file
// `name`. [main-thread]
void drawComparison(const CompareReport& report, ByteFile& png, const std::string& name);

}  // namespace hiss
