// SPDX-License-Identifier: Apache-2.0
#include "tests/quality/known_misses.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace hiss {
namespace {

constexpr double kRoundingMargin = 0.1;

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" `");
  if (begin == std::string_view::npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" `") - begin + 1));
}

std::vector<std::string> cells(std::string_view line) {
  std::vector<std::string> found;
  for (std::size_t at = 0; (at = line.find('|', at)) != std::string_view::npos;) {
    const std::size_t end = line.find('|', ++at);
    if (end == std::string_view::npos) break;
    found.push_back(trimmed(line.substr(at, end - at)));
  }
  return found;
}

KnownMiss parse(const std::string& line) {
  const std::vector<std::string> row = cells(line);
  KnownMiss miss;
  const std::size_t colon = row.size() < 3 ? std::string::npos : row[1].find(": ");
  if (colon != std::string::npos) {
    miss.model = row[0];
    miss.behaviour = row[1].substr(0, colon);
    miss.figure = row[1].substr(colon + 2);
    const char* const end = row[2].data() + row[2].size();
    const auto [rest, error] = std::from_chars(row[2].data(), end, miss.reached);
    if (error == std::errc() && (rest == end || *rest == ' ')) return miss;
  }
  throw std::runtime_error(
      "known misses: expected | model | behaviour: figure | number unit |, found " + line);
}

// How far `value` lies out of the figure's bounds.
double excess(const Figure& figure, double value) {
  return std::max({figure.least - value, value - figure.most, 0.0});
}

}  // namespace

std::vector<KnownMiss> readKnownMisses(const std::filesystem::path& readme) {
  std::ifstream file(readme);
  std::vector<KnownMiss> misses;
  bool in_section = false;
  bool found = false;
  int table_line = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) in_section = line == "## Not reached";
    found = found || in_section;
    table_line = in_section && line.starts_with("|") ? table_line + 1 : 0;
    if (table_line > 2) misses.push_back(parse(line));  // after the heading and its rule
  }
  if (!found) throw std::runtime_error(readme.string() + ": expected ## Not reached, found none");
  return misses;
}

Verdict judge(const Figure& figure, const std::string& model, const std::string& behaviour,
              const std::vector<KnownMiss>& known) {
  if (figure.keepsBound()) return Verdict::kKept;
  const auto miss = std::find_if(known.begin(), known.end(), [&](const KnownMiss& entry) {
    return entry.model == model && entry.behaviour == behaviour && entry.figure == figure.name;
  });
  if (miss == known.end()) return Verdict::kFailed;
  const double allowed = excess(figure, miss->reached) + kRoundingMargin;
  return excess(figure, figure.value) <= allowed ? Verdict::kKnownMiss : Verdict::kFailed;
}

}  // namespace hiss
