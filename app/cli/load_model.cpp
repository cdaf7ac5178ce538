// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <string>

#include "app/cli/commands.h"
#include "app/engine/load_denoiser.h"

namespace hiss {
namespace {

void setStrength(Denoiser& denoiser, const ModelOptions& options) {
  denoiser.setAttenuationLimitDb(options.attenuation_limit_db);
  denoiser.setMix(options.mix);
  denoiser.setLinkChannels(options.channels);
}

}  // namespace

std::shared_ptr<const DenoiserModel> loadDenoiserModel(const std::string& model) {
  return loadDenoiser(findModel(ModelRegistry(), model));
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
