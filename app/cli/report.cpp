// SPDX-License-Identifier: Apache-2.0
#include "app/cli/report.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "app/engine/failure.h"

namespace hiss {

void printText(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return;
  throw Failure(FailureKind::kOutput, "standard output", "room to write the report",
                errnoText(errno));
}

void printJson(const nlohmann::json& document) {
  printText(document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

std::string tableText(const std::vector<TableRow>& rows) {
  std::vector<std::size_t> widths(rows.front().size());
  // Characters, not bytes: UTF-8's continuation bytes take no place of their own.
  const auto characters = [](const std::string& cell) {
    return static_cast<std::size_t>(std::count_if(cell.begin(), cell.end(), [](char c) {
      return (static_cast<unsigned>(c) & 0xC0U) != 0x80U;
    }));
  };
  for (const TableRow& row : rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      widths[c] = std::max(widths[c], characters(row[c]));
    }
  }
  std::string text;
  for (const TableRow& row : rows) {
    for (std::size_t c = 0; c + 1 < row.size(); ++c) {
      text += row[c] + std::string(widths[c] - characters(row[c]) + 2, ' ');
    }
    text += row.back() + "\n";
  }
  return text;
}

}  // namespace hiss
