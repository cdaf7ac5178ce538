// SPDX-License-Identifier: Apache-2.0
// Compiles ssm/simd/kernels_scalar.cpp a second time, with the flags of this folder. Every name in
// it that is not local is renamed, inline functions as well: the linker keeps one copy of an inline
// function, and that copy must not be this one in the engine, nor the engine's one here.
#include "tests/bench/baseline/scalar_ofast.h"

#define scalarKernels includedScalarKernels
#define sigmoid ofastSigmoid
#define silu ofastSilu
#define softplus ofastSoftplus

namespace hiss {
const Kernels& includedScalarKernels() noexcept;
}

#include "ssm/simd/kernels_scalar.cpp"  // NOLINT(bugprone-suspicious-include)

namespace hiss {

const Kernels& scalarOfastKernels() noexcept {
  static const Kernels kernels = [] {
    Kernels table = includedScalarKernels();
    table.name = "scalar-Ofast";
    return table;
  }();
  return kernels;
}

}  // namespace hiss
