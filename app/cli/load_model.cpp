// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <stdexcept>
#include <string>

#include "app/cli/commands.h"
#include "models/model_error.h"
#include "models/model_registry.h"
#include "ssm/simd/dispatch.h"

namespace hiss {

LoadedModel loadModel(const ModelOptions& options) {
  LoadedModel loaded;
  try {
    loaded.model = DenoiserModel::load(ModelRegistry().find(options.model));
  } catch (const ModelError& error) {
    throw Failure(FailureKind::kModel, error.what());
  }
  loaded.name = std::filesystem::path(loaded.model->path()).stem().string();
  const Kernels* kernels = nullptr;
  try {
    kernels = &defaultKernels();
  } catch (const std::runtime_error& error) {
    throw Failure(FailureKind::kUsage, error.what());
  }
  loaded.denoiser = std::make_unique<Denoiser>(loaded.model, *kernels);
  loaded.denoiser->setAttenuationLimitDb(options.attenuation_limit_db);
  loaded.denoiser->setMix(options.mix);
  loaded.denoiser->setLinkChannels(options.channels);
  return loaded;
}

}  // namespace hiss
