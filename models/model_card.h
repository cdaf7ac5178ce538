// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace hiss {

// What a model says of itself, from `hiss.card` of its file.
struct ModelCard {
  std::string name;
  std::string description;
  std::string data;     // what it was trained on
  std::string licence;  // of the weights
  // Measured figures sorted by name, as text; nested objects become
  // "outer.inner".
  std::vector<std::pair<std::string, std::string>> figures;
};

// What a card says of its own model on a development set: the object `figures.SET.NAME`, where SET
// begins with "dev" and NAME is the card's name. Of several sets it is the first by name.
struct DevFigures {
  std::string set;                                           // empty if there are none
  std::vector<std::pair<std::string, std::string>> figures;  // "WB-PESQ" and its text, …
};
[[nodiscard]] DevFigures devFigures(const ModelCard& card);

// Reads `hiss.card`: a JSON object with the strings name, description, data and licence and,
// optionally, the object figures of numbers, strings and objects of these. Unknown keys are
// skipped. Throws ModelError with `path`. [main-thread]
[[nodiscard]] ModelCard parseModelCard(std::string_view json, const std::string& path);

}  // namespace hiss
