// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "app/engine/monitor/sources/row_decoder.h"

namespace hiss {

// Rows as text, for comparison: "STREAM@STAMP a=1 b=nan", one a line; what was wrong as "! WHY".
inline std::string textOf(const std::vector<Observation>& rows) {
  std::string text;
  for (const Observation& row : rows) {
    if (!text.empty()) text += '\n';
    text += row.stream;
    if (row.stamp_ns) text += fmt::format("@{}", *row.stamp_ns);
    for (const Field& field : row.fields) text += fmt::format(" {}={}", field.name, field.value);
  }
  return text;
}

inline std::string decoded(RowDecoder& decoder, std::string_view message) {
  std::vector<Observation> rows;
  std::string why;
  const bool good = decoder.decode(message, "here", rows, why);
  std::string text = textOf(rows);
  if (!good) text += fmt::format("{}! {}", text.empty() ? "" : "\n", why);
  return text;
}

inline std::string decoded(std::string_view message, DecodeSettings settings = {}) {
  RowDecoder decoder(std::move(settings));
  return decoded(decoder, message);
}

}  // namespace hiss
