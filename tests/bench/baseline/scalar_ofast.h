// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "ssm/simd/kernels.h"

namespace hiss {

// The engine's scalar kernels, compiled once more with -Ofast -march=native; named "scalar-Ofast".
// A MambaBlock packed for it is the engine's own data layout with the compiler's own vector code.
// [thread-safe]
const Kernels& scalarOfastKernels() noexcept;

}  // namespace hiss
