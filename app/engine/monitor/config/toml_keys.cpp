// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/config/toml_keys.h"

#include <fmt/format.h>

#include <cmath>
#include <stdexcept>
#include <utility>

#include "app/engine/edit_distance.h"
#include "app/engine/failure.h"
#include "app/engine/monitor/config/environment.h"
#include "app/engine/monitor/units.h"

namespace hiss {
namespace {

constexpr std::size_t kMostShown = 100;

// What stands there, for messages; environment variables are not put in, for they may be secrets.
std::string described(const toml::node& node) {
  if (const auto* text = node.as_string()) {
    const std::string& value = text->get();
    const bool is_long = value.size() > kMostShown;
    return fmt::format("\"{}\"{}", value.substr(0, kMostShown), is_long ? "..." : "");
  }
  if (const auto* number = node.as_integer()) return std::to_string(number->get());
  if (const auto* number = node.as_floating_point()) return fmt::format("{}", number->get());
  if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  if (node.is_table()) return "a table";
  if (node.is_array()) return "a list";
  return "a date or time";
}

}  // namespace

TomlKeys::TomlKeys(const toml::table& table, std::string file, std::string name)
    : table_(table), file_(std::move(file)), name_(std::move(name)) {}

const toml::node* TomlKeys::find(const std::string& key) {
  taken_.insert(key);
  return table_.get(key);
}

std::optional<std::string> TomlKeys::text(const std::string& key) {
  const toml::node* const node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_string()) failNode(key, "a text in quotes");
  return expanded(key, node->as_string()->get());
}

std::optional<std::string> TomlKeys::oneOf(const std::string& key,
                                           const std::set<std::string>& allowed) {
  std::optional<std::string> word = text(key);
  if (word && allowed.count(*word) == 0) failNode(key, "one of " + quotedList(allowed));
  return word;
}

std::optional<double> TomlKeys::number(const std::string& key, double least, double most) {
  const toml::node* const node = find(key);
  if (node == nullptr) return std::nullopt;
  const std::optional<double> number = node->is_number() ? node->value<double>() : std::nullopt;
  if (!number || !(*number >= least && *number <= most)) {
    failNode(key, std::isfinite(least) && std::isfinite(most)
                      ? fmt::format("a number from {} to {}", least, most)
                      : "a number");
  }
  return number;
}

std::optional<std::int64_t> TomlKeys::integer(const std::string& key, std::int64_t least,
                                              std::int64_t most) {
  const toml::node* const node = find(key);
  if (node == nullptr) return std::nullopt;
  const std::optional<std::int64_t> number =
      node->is_integer() ? node->value<std::int64_t>() : std::nullopt;
  if (!number || *number < least || *number > most) {
    failNode(key, fmt::format("a whole number from {} to {}", least, most));
  }
  return number;
}

std::optional<bool> TomlKeys::flag(const std::string& key) {
  const toml::node* const node = find(key);
  if (node == nullptr) return std::nullopt;
  if (!node->is_boolean()) failNode(key, "true or false");
  return node->as_boolean()->get();
}

std::optional<double> TomlKeys::seconds(const std::string& key, double least, double most) {
  const toml::node* const node = find(key);
  if (node == nullptr) return std::nullopt;
  std::optional<double> seconds;
  if (node->is_number()) seconds = node->value<double>();
  if (node->is_string()) seconds = parseDuration(expanded(key, node->as_string()->get()));
  if (!seconds || !(*seconds >= least && *seconds <= most)) {
    failNode(key,
             fmt::format("{} to {} seconds, or a text such as \"30s\" or \"5m\"", least, most));
  }
  return seconds;
}

const toml::table* TomlKeys::table(const std::string& key) {
  const toml::node* const node = find(key);
  if (node == nullptr) return nullptr;
  if (!node->is_table()) failNode(key, fmt::format("a table [{}]", key));
  return node->as_table();
}

std::vector<const toml::table*> TomlKeys::tables(const std::string& key) {
  std::vector<const toml::table*> tables;
  const toml::node* const node = find(key);
  if (node == nullptr) return tables;
  const std::string expected =
      name_.empty() ? fmt::format("tables [[{}]]", key) : "a list of tables [{...}, {...}]";
  if (!node->is_array()) failNode(key, expected);
  for (const toml::node& element : *node->as_array()) {
    if (!element.is_table()) fail(key, expected, described(element));
    tables.push_back(element.as_table());
  }
  return tables;
}

std::vector<std::pair<std::string, std::string>> TomlKeys::rest() {
  std::vector<std::pair<std::string, std::string>> options;
  const auto scalar = [&](const std::string& key, const toml::node& node) {
    if (node.is_string()) return expanded(key, node.as_string()->get());
    if (node.is_integer() || node.is_floating_point() || node.is_boolean()) return described(node);
    failNode(key, "a text, a number, true, false, or a list of them");
  };
  for (const auto& [toml_key, node] : table_) {
    const std::string key(toml_key.str());
    if (!taken_.insert(key).second) continue;
    std::string value;
    if (const toml::array* list = node.as_array()) {
      for (const toml::node& element : *list) {
        if (!value.empty()) value += ',';
        value += scalar(key, element);
      }
    } else {
      value = scalar(key, node);
    }
    options.emplace_back(key, std::move(value));
  }
  return options;
}

void TomlKeys::done() const {
  for (const auto& [key, node] : table_) {
    const std::string name(key.str());
    if (taken_.count(name) > 0) continue;
    const std::optional<std::string> closest = closestName(name, taken_);
    const std::string expected =
        closest ? fmt::format("\"{}\"", *closest) : "one of " + quotedList(taken_);
    fail(name, expected, "a key that is not known");
  }
}

std::string TomlKeys::nameOf(const std::string& key) const {
  return name_.empty() ? key : name_ + "." + key;
}

std::string TomlKeys::place(const toml::source_region& region) const {
  return fmt::format("{}:{}", file_, region.begin.line);
}

std::string TomlKeys::place() const { return place(table_.source()); }

std::string TomlKeys::place(const std::string& key) const {
  const auto found = table_.find(key);
  if (found == table_.cend()) return place();
  // That of a table [[name]] is where the first one of them begins.
  const bool is_key = found->first.source().begin.line > 0;
  return place(is_key ? found->first.source() : found->second.source());
}

void TomlKeys::fail(const std::string& key, std::string_view expected,
                    std::string_view found) const {
  throw Failure(FailureKind::kUsage, place(key) + ": " + nameOf(key), expected, found);
}

void TomlKeys::failNode(const std::string& key, std::string_view expected) const {
  fail(key, expected, described(*table_.get(key)));
}

std::string TomlKeys::expanded(const std::string& key, const std::string& text) const {
  try {
    return expandVariables(text);
  } catch (const std::invalid_argument& error) {
    throw Failure(FailureKind::kUsage, place(key) + ": " + nameOf(key) + ": " + error.what());
  }
}

}  // namespace hiss
