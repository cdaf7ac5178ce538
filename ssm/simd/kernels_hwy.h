// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssm/simd/kernels.h"

namespace hiss {

// More kernel sets than any one CPU has.
inline constexpr int kMaxVectorKernels = 4;

// Fills `out` [capacity] with the vectorised kernel sets that this CPU can run, worst first, and
// returns their number. Plain pointers only: the file behind it is compiled for several instruction
// sets and shares no inline code with the rest. Used by dispatch.cpp. [thread-safe]
int vectorKernels(const Kernels** out, int capacity) noexcept;

}  // namespace hiss
