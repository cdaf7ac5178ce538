// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "app/engine/aligned_stream.h"
#include "app/engine/compare/compare_result.h"
#include "app/engine/compare/feature_table.h"
#include "app/engine/compare/token_file.h"
#include "models/sequence_model.h"

namespace hiss {

// What models of sequences are compared on.
struct CompareSteps {
  std::string name;  // of the file, in messages
  std::variant<FeatureTable, std::vector<TokenSequence>> steps;
};

// Throws Failure(kInput) unless `model` takes these steps: as many columns as it has features, or
// no token that it does not know. [thread-safe]
void requireFits(const SequenceModel& model, const CompareSteps& input);

// How well one foretells without a model. Of a table, the row before in place of the next one, if
// `model` foretells rows; of tokens, how often each is the answer. Empty: nothing is to be
// foretold. [thread-safe]
[[nodiscard]] std::vector<CompareFigure> baselineQuality(const SequenceModel& model,
                                                         const CompareSteps& input);

// Runs a model over all steps, each sequence from an empty state on; a missing value of a table is
// taken as the one before it, or 0. `input` must fit; `block` as StateFollower's. Throws Failure.
// [main-thread]
[[nodiscard]] CompareModel compareSequence(const SequenceModel& model, const CompareSteps& input,
                                           int block, const ProgressFunction& on_progress);

}  // namespace hiss
