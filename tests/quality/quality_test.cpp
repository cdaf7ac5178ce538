// SPDX-License-Identifier: Apache-2.0
//
// One test for each behaviour and each model of models/weights, called
// Shipped/BehaviourTest.KeepsItsBounds/BEHAVIOUR_in_MODEL. The models are looked for when the
// program runs, so that a new file needs no new build.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <ostream>
#include <string>
#include <vector>

#include "models/denoiser_model.h"
#include "models/model_registry.h"
#include "tests/quality/behaviours.h"
#include "tests/quality/known_misses.h"

namespace hiss {
namespace {

struct Case {
  const Behaviour* behaviour = nullptr;
  ModelEntry model;
};

std::vector<Case> allCases() {
  std::vector<Case> cases;
  for (const ModelEntry& model : ModelRegistry({HISS_TEST_WEIGHTS_DIR}).list(kDenoiseTask)) {
    for (const Behaviour& behaviour : behaviours()) cases.push_back({&behaviour, model});
  }
  return cases;
}

std::string nameOf(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.behaviour->name + "_in_" + info.param.model.name;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

// What GoogleTest shows of a case.
std::ostream& operator<<(std::ostream& stream, const Case& shown) {
  return stream << shown.behaviour->name << ", " << shown.model.path;
}

class BehaviourTest : public testing::TestWithParam<Case> {};

TEST_P(BehaviourTest, KeepsItsBounds) {
  static const SoundSet kSounds;
  static const std::vector<KnownMiss> kKnown = readKnownMisses(HISS_TEST_QUALITY_DIR "/README.md");
  const auto& [behaviour, model] = GetParam();
  std::string misses;
  for (const Figure& figure : behaviour->measure(DenoiserModel::load(model.path), kSounds)) {
    std::printf("  %s\n", toText(figure).c_str());
    const Verdict verdict = judge(figure, model.name, behaviour->name, kKnown);
    if (verdict == Verdict::kFailed) ADD_FAILURE() << toText(figure);
    if (verdict == Verdict::kKnownMiss) misses += "\n  " + toText(figure);
  }
  if (!misses.empty() && !HasFailure()) {
    GTEST_SKIP() << "not reached, as tests/quality/README.md says:" << misses;
  }
}

INSTANTIATE_TEST_SUITE_P(Shipped, BehaviourTest, testing::ValuesIn(allCases()), nameOf);

}  // namespace
}  // namespace hiss

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  const int code = RUN_ALL_TESTS();
  // A filter that fits nothing would pass unseen.
  if (testing::UnitTest::GetInstance()->test_to_run_count() > 0) return code;
  std::fputs("quality_test: expected a behaviour and a model to test, found none\n", stderr);
  return 1;
}
