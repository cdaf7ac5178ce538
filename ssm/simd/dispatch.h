// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ssm/simd/kernels.h"

namespace hiss {

// Environment variable that forces one kernel set: scalar, sse4, avx2, avx512 (neon on Arm).
inline constexpr const char* kSimdVariable = "HISS_SIMD";

// Every kernel set that this build has and this CPU can run, scalar first, best last.
// [thread-safe], allocates.
std::vector<const Kernels*> availableKernels();

// The set called `name`, or nullptr if this CPU or this build has none. [thread-safe], allocates.
const Kernels* findKernels(std::string_view name);

// The set that HISS_SIMD (here `requested`) asks for; the best one if it is empty.
// Throws std::runtime_error that names the variable, its value and what this CPU has.
const Kernels& selectKernels(std::string_view requested);

// selectKernels of the environment, chosen at the first call and kept for the life of the process.
// Throws like selectKernels; a failed choice is tried again at the next call. [thread-safe]
const Kernels& defaultKernels();

}  // namespace hiss
