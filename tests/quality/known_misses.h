// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/quality/behaviours.h"

namespace hiss {

// A figure that a shipped model is known not to reach, a line of the table "Not reached" in
// tests/quality/README.md.
struct KnownMiss {
  std::string model;
  std::string behaviour;
  std::string figure;
  double reached = 0.0;
};

// Reads the table: "| model | behaviour: figure | reached | ... |". Throws std::runtime_error for a
// file without the section, or a line of its table that reads otherwise.
std::vector<KnownMiss> readKnownMisses(const std::filesystem::path& readme);

// What a figure is worth to the tests.
enum class Verdict {
  kKept,
  kKnownMiss,  // out of its bounds, not farther than is known
  kFailed,
};

// `figure` of `behaviour` as `model` has it. A known miss may be 0.1 farther from the bounds than
// the table says, for it states rounded figures.
Verdict judge(const Figure& figure, const std::string& model, const std::string& behaviour,
              const std::vector<KnownMiss>& known);

}  // namespace hiss
