// SPDX-License-Identifier: Apache-2.0
#include "app/engine/load_denoiser.h"

#include <stdexcept>

#include "app/engine/failure.h"
#include "models/model_error.h"
#include "ssm/simd/dispatch.h"

namespace hiss {

std::filesystem::path findModel(const ModelRegistry& registry, std::string_view name) {
  try {
    return registry.find(name);
  } catch (const ModelError& error) {
    throw Failure(FailureKind::kModel, error.what());
  }
}

std::shared_ptr<const DenoiserModel> loadDenoiser(const std::filesystem::path& path) {
  std::shared_ptr<const DenoiserModel> model;
  try {
    model = DenoiserModel::load(path);
  } catch (const ModelError& error) {
    throw Failure(FailureKind::kModel, error.what());
  }
  try {
    defaultKernels();
  } catch (const std::runtime_error& error) {
    throw Failure(FailureKind::kUsage, error.what());
  }
  return model;
}

}  // namespace hiss
