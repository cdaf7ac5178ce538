// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "ssm/tensor.h"

namespace hiss {

// The bytes of a .safetensors file: `metadata`, and `tensors` as F32 in their order. Throws
// ModelError about `origin` if no reader would take the file for its size. [main-thread]
[[nodiscard]] std::vector<std::byte> safetensorsBytes(
    const std::map<std::string, std::string>& metadata, std::span<const TensorView> tensors,
    const std::string& origin);

}  // namespace hiss
