// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hiss {

// Sizes of one Mamba (S6) block; the names are those of the reference implementation. A value type.
struct MambaConfig {
  int d_model = 0;         // width of the residual stream
  int d_state = 16;        // state values per channel (N of the paper)
  int d_conv = 4;          // taps of the depthwise causal convolution
  int expand = 2;          // d_inner = expand * d_model
  int dt_rank = 1;         // rank of the step-size projection (reference: ceil(d_model / 16))
  float norm_eps = 1e-5f;  // of the RMSNorm in front of the mixer
  bool residual = true;    // y = x + mixer(norm(x)) rather than y = mixer(norm(x))
  bool norm = true;        // false: y = mixer(x), with no tensor norm.weight
  int d_inner = 0;         // of pruned models, whose width is no multiple; 0: expand * d_model

  // Channels of the recurrent part.
  int dInner() const noexcept { return d_inner > 0 ? d_inner : expand * d_model; }

  // Throws std::invalid_argument that names the field, its value and its range. [main-thread]
  void validate() const;

  bool operator==(const MambaConfig&) const = default;
};

}  // namespace hiss
