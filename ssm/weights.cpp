// SPDX-License-Identifier: Apache-2.0
#include "ssm/weights.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "ssm/packing.h"

namespace hiss {

MambaBlockWeights MambaBlockWeights::pack(const MambaConfig& config, const TensorLookup& lookup,
                                          const Kernels& kernels, WeightFormat format) {
  config.validate();
  const int d_model = config.d_model;
  const int d_inner = config.dInner();
  const int d_state = config.d_state;
  const int d_conv = config.d_conv;
  const int dt_rank = config.dt_rank;
  const int x_proj_width = dt_rank + 2 * d_state;
  const int padded = paddedCount(d_inner);

  MambaBlockWeights w;
  w.config = config;
  w.kernels = &kernels;
  if (config.norm) {
    w.norm = RmsNorm(fetchTensor(lookup, "norm.weight", {d_model}), config.norm_eps, kernels);
  }

  // The z half starts at a padded offset, so that each half of an output row is padded by itself.
  const auto in_proj = fetchTensor(lookup, "mixer.in_proj.weight", {2 * d_inner, d_model});
  std::vector<float> spread(static_cast<std::size_t>(padded + d_inner) *
                            static_cast<std::size_t>(d_model));
  const auto half = static_cast<std::ptrdiff_t>(in_proj.size() / 2);
  std::copy(in_proj.begin(), in_proj.begin() + half, spread.begin());
  std::copy(in_proj.begin() + half, in_proj.end(), spread.end() - half);
  w.in_proj = Linear(spread, {}, padded + d_inner, d_model, kernels, format);

  w.conv1d_weight = transposePadded(
      fetchTensor(lookup, "mixer.conv1d.weight", {d_inner, 1, d_conv}), d_inner, d_conv);
  w.conv1d_bias = transposePadded(fetchTensor(lookup, "mixer.conv1d.bias", {d_inner}), d_inner, 1);
  w.x_proj = Linear(fetchTensor(lookup, "mixer.x_proj.weight", {x_proj_width, d_inner}), {},
                    x_proj_width, d_inner, kernels, format);
  const auto dt_weight = fetchTensor(lookup, "mixer.dt_proj.weight", {d_inner, dt_rank});
  const auto dt_bias = fetchTensor(lookup, "mixer.dt_proj.bias", {d_inner});
  w.dt_proj = Linear(dt_weight, dt_bias, d_inner, dt_rank, kernels);
  const auto A_log = fetchTensor(lookup, "mixer.A_log", {d_inner, d_state});
  w.A.resize(static_cast<std::size_t>(stateFloats(d_inner, d_state)));
  for (int c = 0; c < d_inner; ++c) {
    for (int n = 0; n < d_state; ++n) {
      w.A[static_cast<std::size_t>(stateIndex(c, n, d_inner, d_state))] =
          decayRate(A_log[static_cast<std::size_t>(c * d_state + n)]);
    }
  }
  w.D = transposePadded(fetchTensor(lookup, "mixer.D", {d_inner}), d_inner, 1);
  w.out_proj = Linear(fetchTensor(lookup, "mixer.out_proj.weight", {d_model, d_inner}), {}, d_model,
                      d_inner, kernels, format);
  return w;
}

}  // namespace hiss
