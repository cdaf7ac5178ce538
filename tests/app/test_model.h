// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

#include "models/denoiser_config.h"

namespace hiss {

// A network a hundred times cheaper than the shipped one, for tests in which quality is no matter.
DenoiserConfig tinyConfig();

// The bytes of a valid denoiser model file with repeatable random weights.
std::vector<std::byte> makeTestModel(const DenoiserConfig& config);

// Throws std::runtime_error.
void writeTestModel(const std::filesystem::path& path, const DenoiserConfig& config);

}  // namespace hiss
