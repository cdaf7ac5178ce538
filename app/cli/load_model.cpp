// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <stdexcept>
#include <string>

#include "app/cli/commands.h"
#include "models/model_error.h"
#include "models/model_registry.h"
#include "ssm/simd/dispatch.h"

namespace hiss {
namespace {

void setStrength(Denoiser& denoiser, const ModelOptions& options) {
  denoiser.setAttenuationLimitDb(options.attenuation_limit_db);
  denoiser.setMix(options.mix);
  denoiser.setLinkChannels(options.channels);
}

}  // namespace

std::shared_ptr<const DenoiserModel> loadDenoiserModel(const std::string& model) {
  std::shared_ptr<const DenoiserModel> loaded;
  try {
    loaded = DenoiserModel::load(ModelRegistry().find(model));
  } catch (const ModelError& error) {
    throw Failure(FailureKind::kModel, error.what());
  }
  try {
    defaultKernels();
  } catch (const std::runtime_error& error) {
    throw Failure(FailureKind::kUsage, error.what());
  }
  return loaded;
}

LoadedModel loadModel(const ModelOptions& options) {
  LoadedModel loaded;
  loaded.model = loadDenoiserModel(options.model);
  loaded.name = std::filesystem::path(loaded.model->path()).stem().string();
  loaded.denoiser = makeDenoiser(loaded, options);
  return loaded;
}

std::unique_ptr<Denoiser> makeDenoiser(const LoadedModel& loaded, const ModelOptions& options) {
  auto denoiser = std::make_unique<Denoiser>(loaded.model);
  setStrength(*denoiser, options);
  return denoiser;
}

}  // namespace hiss
