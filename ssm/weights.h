// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "dsp/aligned_buffer.h"
#include "ssm/config.h"
#include "ssm/linear.h"
#include "ssm/norm.h"
#include "ssm/simd/kernels.h"
#include "ssm/tensor.h"

namespace hiss {

// The weights of one Mamba block, packed for `kernels`. Immutable once packed and shared by every
// stream through std::shared_ptr<const MambaBlockWeights>. [thread-safe]
// P = paddedCount(d_inner); padding is zero.
struct MambaBlockWeights {
  MambaConfig config;
  const Kernels* kernels = nullptr;

  RmsNorm norm;                        // weight [d_model]; unused unless config.norm
  Linear in_proj;                      // [P + d_inner, d_model]: x, zeros up to P, z
  AlignedBuffer<float> conv1d_weight;  // [d_conv, P]
  AlignedBuffer<float> conv1d_bias;    // [P]
  Linear x_proj;                       // [dt_rank + 2 d_state, d_inner]: dt, B, C
  Linear dt_proj;                      // [d_inner, dt_rank], with bias
  AlignedBuffer<float> A;  // -exp(A_log) log2(e), so that dA = 2^(dt A); as stateIndex()
  AlignedBuffer<float> D;  // [P]
  Linear out_proj;         // [d_model, d_inner]

  // Fetches every tensor by name and exact shape and packs it. The names, relative to the block:
  //   norm.weight [d_model]
  //   mixer.in_proj.weight [2 d_inner, d_model]          mixer.conv1d.weight [d_inner, 1, d_conv]
  //   mixer.conv1d.bias [d_inner]                        mixer.x_proj.weight [dt_rank + 2 d_state,
  //   d_inner] mixer.dt_proj.weight [d_inner, dt_rank]            mixer.dt_proj.bias [d_inner]
  //   mixer.A_log [d_inner, d_state]                     mixer.D [d_inner]
  //   mixer.out_proj.weight [d_model, d_inner]
  // Throws std::invalid_argument for a bad config or for values not as many as the shape says, and
  // whatever `lookup` throws. `kernels` must outlive the result. `format` is that of in_proj,
  // x_proj and out_proj; dt_proj is small and sets the memory's length, so that it stays exact.
  // [main-thread]
  static MambaBlockWeights pack(const MambaConfig& config, const TensorLookup& lookup,
                                const Kernels& kernels, WeightFormat format = WeightFormat::kF32);
};

}  // namespace hiss
