// SPDX-License-Identifier: Apache-2.0
#include "models/model_card.h"

#include "models/model_error.h"
#include "models/strict_json.h"

namespace hiss {
namespace {

// Recursion is bounded by the nesting that parseJsonObject lets through.
void addFigures(const nlohmann::json& object, const std::string& prefix, const std::string& path,
                ModelCard& card) {
  for (const auto& item : object.items()) {
    const std::string name = prefix + item.key();
    const nlohmann::json& value = item.value();
    if (value.is_object()) {
      addFigures(value, name + ".", path, card);
    } else if (value.is_string()) {
      card.figures.emplace_back(name, value.get<std::string>());
    } else if (value.is_number()) {
      card.figures.emplace_back(name, value.dump());
    } else {
      throw ModelError(path, "hiss.card.figures." + printableText(name),
                       "a number, a string or an object", describeJson(value));
    }
  }
}

}  // namespace

ModelCard parseModelCard(std::string_view json, const std::string& path) {
  const nlohmann::json object = parseJsonObject(json, path, "hiss.card");
  const auto text = [&](const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_string()) {
      throw ModelError(path, std::string("hiss.card.") + key, "a string",
                       found == object.end() ? "none" : describeJson(*found));
    }
    return found->get<std::string>();
  };
  ModelCard card;
  card.name = text("name");
  card.description = text("description");
  card.data = text("data");
  card.licence = text("licence");
  if (const auto figures = object.find("figures"); figures != object.end()) {
    if (!figures->is_object()) {
      throw ModelError(path, "hiss.card.figures", "an object", describeJson(*figures));
    }
    addFigures(*figures, "", path, card);
  }
  return card;
}

DevFigures devFigures(const ModelCard& card) {
  DevFigures found;
  const std::string own = "." + card.name + ".";
  for (const auto& [name, value] : card.figures) {
    const std::size_t at = name.starts_with("dev") ? name.find(own) : std::string::npos;
    if (at == std::string::npos) continue;
    if (found.set.empty()) found.set = name.substr(0, at);
    if (name.substr(0, at) == found.set) {
      found.figures.emplace_back(name.substr(at + own.size()), value);
    }
  }
  return found;
}

}  // namespace hiss
