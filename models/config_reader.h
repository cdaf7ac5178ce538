// SPDX-License-Identifier: Apache-2.0
// Internal to models/: how `hiss.config` of every task is read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "models/model_error.h"
#include "models/strict_json.h"

namespace hiss {

// A number of a config with its range, in one place for reading and for writing.
template <class Config, class Value>
struct ConfigKey {
  const char* name;
  Value Config::*member;
  Value least;
  Value most;
};

// Reads the members of one JSON object and notes which keys it knows. What it calls throws
// ModelError. `object` and `path` must outlive it. [main-thread]
class ConfigReader {
 public:
  // `field` names the object in errors.
  ConfigReader(const nlohmann::json& object, const std::string& path, std::string field)
      : object_(object), path_(path), field_(std::move(field)) {}

  [[nodiscard]] const nlohmann::json& value(const char* name) {
    const nlohmann::json* const found = optional(name);
    if (found == nullptr) throw ModelError(path_, field_ + "." + name, "a value", "none");
    return *found;
  }
  // Null if it is not there.
  [[nodiscard]] const nlohmann::json* optional(const char* name) {
    known_.emplace_back(name);
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }
  template <class Config>
  void read(const ConfigKey<Config, int>& key, Config& config) {
    take(key, value(key.name), config);
  }
  template <class Config>
  void readOptional(const ConfigKey<Config, int>& key, Config& config) {
    if (const nlohmann::json* json = optional(key.name)) take(key, *json, config);
  }
  template <class Config>
  void read(const ConfigKey<Config, float>& key, Config& config) {
    const nlohmann::json& json = value(key.name);
    const double number = json.is_number() ? json.get<double>() : -1.0;
    const auto rounded = static_cast<float>(number);
    if (!(rounded >= key.least && rounded <= key.most)) {
      throw ModelError(path_, field_ + "." + key.name, rangeText(key.least, key.most),
                       describeJson(json));
    }
    config.*key.member = rounded;
  }
  // Place of the member `name` in `texts`, one of which it must be.
  [[nodiscard]] std::size_t choice(const char* name, std::span<const std::string_view> texts) {
    const nlohmann::json& found = value(name);
    std::string expected;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (found.is_string() && found.get_ref<const std::string&>() == texts[i]) return i;
      if (i > 0) expected += i + 1 < texts.size() ? ", " : " or ";
      expected += quotedText(texts[i]);
    }
    throw ModelError(path_, field_ + "." + name, expected, describeJson(found));
  }
  // Throws for the first key that nobody asked for.
  void finish() const {
    for (const auto& item : object_.items()) {
      if (std::find(known_.begin(), known_.end(), item.key()) == known_.end()) {
        throw ModelError(path_, field_, "only known keys", quotedText(item.key()));
      }
    }
  }

 private:
  static std::string rangeText(double least, double most) {
    const nlohmann::json low = least;
    const nlohmann::json high = most;
    return "a number from " + low.dump() + " to " + high.dump();
  }

  template <class Config>
  void take(const ConfigKey<Config, int>& key, const nlohmann::json& json, Config& config) const {
    if (!json.is_number_unsigned() ||
        json.get<std::uint64_t>() < static_cast<std::uint64_t>(key.least) ||
        json.get<std::uint64_t>() > static_cast<std::uint64_t>(key.most)) {
      throw ModelError(
          path_, field_ + "." + key.name,
          "a whole number from " + std::to_string(key.least) + " to " + std::to_string(key.most),
          describeJson(json));
    }
    config.*key.member = static_cast<int>(json.get<std::uint64_t>());
  }

  const nlohmann::json& object_;
  const std::string& path_;
  std::string field_;
  std::vector<std::string> known_;
};

}  // namespace hiss
