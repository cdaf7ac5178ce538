// SPDX-License-Identifier: Apache-2.0
// Internal to models/: the one place where JSON from a model file is parsed.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace hiss {

// Parses `text` as one JSON object and refuses what a lenient parser lets pass: a key that occurs
// twice in an object, nesting deeper than 8 levels, anything but white space after the object.
// `path` and `field` name the place in errors. Throws ModelError. [main-thread]
[[nodiscard]] nlohmann::json parseJsonObject(std::string_view text, const std::string& path,
                                             const std::string& field);

// Kind of a JSON value in an error message: "a string", "an object", "3.5", ...
[[nodiscard]] std::string describeJson(const nlohmann::json& value);

}  // namespace hiss
