// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/message_check.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "app/engine/monitor/sources/message_parts.h"
#include "app/engine/monitor/sources/row_decoder.h"

namespace hiss {
namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

// A name as people and programs can take it.
void checkName(std::string_view name) {
  require(!name.empty() && name.size() <= RowDecoder::kMostNameBytes);
  while (!name.empty()) {
    const std::size_t length = utf8Length(name);
    require(length > 0);
    require(length > 1 || (name.front() >= ' ' && name.front() != '\x7f'));
    name.remove_prefix(length);
  }
}

void checkRows(const std::vector<Observation>& rows) {
  require(rows.size() <= RowDecoder::kMostRows);
  for (const Observation& row : rows) {
    checkName(row.stream);
    require(!row.fields.empty() && row.fields.size() <= RowDecoder::kMostFields);
    std::set<std::string_view> names;
    for (const Field& field : row.fields) {
      checkName(field.name);
      require(!std::isinf(field.value));
      require(names.insert(field.name).second);
    }
  }
}

bool isSame(const Observation& a, const Observation& b) {
  return a.stream == b.stream && a.stamp_ns == b.stamp_ns &&
         std::equal(a.fields.begin(), a.fields.end(), b.fields.begin(), b.fields.end(),
                    [](const Field& x, const Field& y) {
                      return x.name == y.name &&
                             (x.value == y.value || (std::isnan(x.value) && std::isnan(y.value)));
                    });
}

DecodeSettings settingsOf(std::uint8_t choice) {
  constexpr std::array kFormats = {RowFormat::kAuto, RowFormat::kAuto,   RowFormat::kAuto,
                                   RowFormat::kJson, RowFormat::kInflux, RowFormat::kCsv,
                                   RowFormat::kValue};
  DecodeSettings settings;
  settings.format = kFormats[choice % kFormats.size()];
  if ((choice & 0x20U) != 0) settings.time = std::string("a");
  if ((choice & 0x40U) != 0) settings.stream = std::string("b,host");
  if ((choice & 0x80U) != 0) settings.json_paths = {"/a", "b.c"};
  return settings;
}

std::size_t checkMessage(std::string_view bytes, const DecodeSettings& settings) {
  RowDecoder decoder(settings);
  std::array<std::vector<Observation>, 2> rows;
  for (auto& made : rows) {
    std::string why;
    require(decoder.decode(bytes, "here", made, why) || !why.empty());
    checkRows(made);
  }
  require(std::equal(rows[0].begin(), rows[0].end(), rows[1].begin(), rows[1].end(), isSame));
  return rows[0].size();
}

std::vector<std::string> linesOf(std::string_view bytes, std::size_t piece) {
  std::vector<std::string> lines;
  LineSplitter splitter;
  std::string_view line;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
    splitter.feed(bytes.substr(0, piece));
    while (splitter.next(line)) lines.emplace_back(line);
  }
  if (splitter.last(line)) lines.emplace_back(line);
  return lines;
}

std::size_t checkLines(std::string_view bytes, std::size_t piece, DecodeSettings settings) {
  const std::vector<std::string> lines = linesOf(bytes, piece);
  require(lines == linesOf(bytes, bytes.size() + 1));
  settings.lines = true;
  RowDecoder decoder(std::move(settings));
  std::vector<Observation> rows;
  for (const std::string& line : lines) {
    std::string why;
    require(decoder.decode(line, "here", rows, why) || !why.empty());
  }
  checkRows(rows);
  return rows.size();
}

}  // namespace

std::size_t checkMessageBytes(std::string_view bytes, std::size_t piece, std::uint8_t choice) {
  const DecodeSettings settings = settingsOf(choice);
  return checkMessage(bytes, settings) + checkLines(bytes, piece, settings);
}

}  // namespace hiss
