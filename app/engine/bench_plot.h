// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/engine/bench_result.h"
#include "app/engine/byte_file.h"

namespace hiss {

inline constexpr int kBenchPlotWidthPx = 1900;
inline constexpr int kBenchPlotHeightPx = 860;

// Draws what was measured as a PNG picture of the size above. Left: the time of a hop for each SIMD
// set against the time that the hop's sound lasts. Middle: the parts of a hop, longest first, and
// how much of each the core's own limits explain. Right: the roofline, a dot for each part. Writes
// to `png`, called `name` in messages. Throws Failure(kOutput).
void drawBench(const BenchReport& report, ByteFile& png, const std::string& name);

// What the picture calls parts of one kind: "enc.1" is "enc", "blocks.0.mamba" is "mamba".
std::string partKind(const std::string& part_name);

}  // namespace hiss
