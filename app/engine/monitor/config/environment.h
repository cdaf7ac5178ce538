// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace hiss {

// `text` with each "${NAME}" replaced by the variable NAME of the environment and each "$${" by
// "${". Throws std::invalid_argument "expected ..., found ..." for a name that is none or of no
// variable; values are never part of it.
std::string expandVariables(std::string_view text);

}  // namespace hiss
