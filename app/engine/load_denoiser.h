// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string_view>

#include "models/denoiser_model.h"
#include "models/model_registry.h"

namespace hiss {

// See ModelRegistry::find. Throws Failure(kModel). [main-thread]
std::filesystem::path findModel(const ModelRegistry& registry, std::string_view name);

// The model in this file, once it is known that this CPU can run it. Throws Failure: kModel, or
// kUsage if HISS_SIMD asks for what this CPU lacks. [thread-safe]
std::shared_ptr<const DenoiserModel> loadDenoiser(const std::filesystem::path& path);

}  // namespace hiss
