// SPDX-License-Identifier: Apache-2.0
#include "models/strict_json.h"

#include <set>
#include <vector>

#include "models/model_error.h"

namespace hiss {

nlohmann::json parseJsonObject(std::string_view text, const std::string& path,
                               const std::string& field) {
  using Event = nlohmann::json::parse_event_t;
  constexpr int kMaxDepth = 8;
  std::vector<std::set<std::string>> keys;  // of the objects that are open

  const auto check = [&](int depth, Event event, nlohmann::json& parsed) {
    if (depth > kMaxDepth) {
      throw ModelError(path, field, "at most 8 levels of nesting", "more");
    }
    if (event == Event::object_start) {
      keys.emplace_back();
    } else if (event == Event::object_end) {
      keys.pop_back();
    } else if (event == Event::key) {
      const auto& key = parsed.get_ref<const std::string&>();
      if (!keys.back().insert(key).second) {
        throw ModelError(path, field, "each key once", "\"" + printableText(key) + "\" twice");
      }
    }
    return true;
  };

  nlohmann::json value;
  try {
    value = nlohmann::json::parse(text.begin(), text.end(), check);
  } catch (const nlohmann::json::parse_error& error) {
    throw ModelError(path, field, "valid JSON", "an error at byte " + std::to_string(error.byte));
  } catch (const nlohmann::json::exception& error) {  // a number out of range
    throw ModelError(path, field, "valid JSON", printableText(error.what()));
  }
  if (!value.is_object()) {
    throw ModelError(path, field, "a JSON object", describeJson(value));
  }
  return value;
}

std::string describeJson(const nlohmann::json& value) {
  switch (value.type()) {
    case nlohmann::json::value_t::string:
      return quotedText(value.get_ref<const std::string&>());
    case nlohmann::json::value_t::object:
      return "an object";
    case nlohmann::json::value_t::array:
      return "an array of " + std::to_string(value.size());
    case nlohmann::json::value_t::null:
      return "null";
    default:
      return printableText(value.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace));
  }
}

}  // namespace hiss
