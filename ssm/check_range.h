// SPDX-License-Identifier: Apache-2.0
// Internal to ssm/.
#pragma once

#include <stdexcept>
#include <string>

namespace hiss {

// Throws std::invalid_argument that names the field, its value and its range. [main-thread]
inline void checkRange(const char* config, const char* field, int value, int low, int high) {
  if (value >= low && value <= high) return;
  std::string text(config);
  text += ": ";
  text += field;
  text += ": expected ";
  text += std::to_string(low) + " to " + std::to_string(high) + ", found " + std::to_string(value);
  throw std::invalid_argument(text);
}

}  // namespace hiss
