// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/model_file_check.h"

#include <cmath>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "models/denoiser.h"
#include "models/denoiser_model.h"
#include "models/model_error.h"

namespace hiss {

bool checkModelBytes(std::span<const std::byte> bytes) {
  std::shared_ptr<const DenoiserModel> model;
  try {
    model = DenoiserModel::parse(bytes, "fuzz");
  } catch (const ModelError& error) {
    if (std::string(error.what()).find('\n') != std::string::npos) std::abort();
    return false;
  }
  Denoiser denoiser(model, scalarKernels());
  const int hop = model->config().hop;
  denoiser.prepare({model->config().sample_rate, 1, hop});
  std::vector<float> samples(static_cast<std::size_t>(hop), 0.1F);
  float* const block = samples.data();
  for (int i = 0; i < 3; ++i) {
    denoiser.process(&block, &block, hop);
    for (const float sample : samples) {
      if (!std::isfinite(sample)) std::abort();
    }
  }
  return true;
}

}  // namespace hiss
