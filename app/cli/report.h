// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace hiss {

// Writes text, or a document with line breaks, to standard output. Bytes of file names that are not
// UTF-8 are replaced. Throws Failure(kOutput).
void printText(const std::string& text);
void printJson(const nlohmann::json& document);

}  // namespace hiss
