// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/csv_cells.h"

namespace hiss {

void appendCell(fmt::memory_buffer& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    appendText(out, text);
    return;
  }
  out.push_back('"');
  for (const char c : text) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
}

}  // namespace hiss
