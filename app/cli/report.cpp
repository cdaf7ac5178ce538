// SPDX-License-Identifier: Apache-2.0
#include "app/cli/report.h"

#include <cerrno>
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

}  // namespace hiss
