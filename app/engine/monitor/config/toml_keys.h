// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <toml++/toml.h>

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hiss {

// Takes the keys of one table of a configuration one by one and complains about what nobody took.
// Every error is a Failure(kUsage) "FILE:LINE: KEY: expected ..., found ...". The table must
// outlive this. Not thread-safe.
class TomlKeys {
 public:
  // `name`: of the table, in messages; empty: the file itself.
  TomlKeys(const toml::table& table, std::string file, std::string name);

  // With the variables of the environment put in, as expandVariables() does.
  std::optional<std::string> text(const std::string& key);
  std::optional<std::string> oneOf(const std::string& key, const std::set<std::string>& allowed);
  std::optional<double> number(const std::string& key, double least, double most);
  std::optional<std::int64_t> integer(const std::string& key, std::int64_t least,
                                      std::int64_t most);
  std::optional<bool> flag(const std::string& key);
  // A number of seconds or a text such as "30s" or "5m".
  std::optional<double> seconds(const std::string& key, double least, double most);
  // A table within; null: there is none.
  const toml::table* table(const std::string& key);
  // The tables of a list of tables.
  std::vector<const toml::table*> tables(const std::string& key);

  // Those that nobody took, as the texts of an endpoint's options; takes them. A list of texts or
  // numbers becomes one text with commas.
  std::vector<std::pair<std::string, std::string>> rest();
  // Throws for a key that was not asked for, with the closest of those that were.
  void done() const;

  [[nodiscard]] const std::string& file() const { return file_; }
  // "FILE:LINE" of the table, or of a key in it.
  [[nodiscard]] std::string place() const;
  [[nodiscard]] std::string place(const std::string& key) const;
  [[noreturn]] void fail(const std::string& key, std::string_view expected,
                         std::string_view found) const;

 private:
  const toml::node* find(const std::string& key);
  [[nodiscard]] std::string nameOf(const std::string& key) const;
  [[nodiscard]] std::string place(const toml::source_region& region) const;
  [[noreturn]] void failNode(const std::string& key, std::string_view expected) const;
  std::string expanded(const std::string& key, const std::string& text) const;

  const toml::table& table_;
  std::string file_;
  std::string name_;
  std::set<std::string> taken_;
};

}  // namespace hiss
