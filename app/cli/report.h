// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace hiss {

// Writes text, or a document with line breaks, to standard output. Bytes of file names that are not
// UTF-8 are replaced. Throws Failure(kOutput).
void printText(const std::string& text);
void printJson(const nlohmann::json& document);

// Rows of equally many cells, at least one of each, as lines with columns as wide as their widest
// cell; the last column is not padded.
using TableRow = std::vector<std::string>;
[[nodiscard]] std::string tableText(const std::vector<TableRow>& rows);

}  // namespace hiss
