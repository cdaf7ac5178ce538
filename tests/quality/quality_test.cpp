// SPDX-License-Identifier: Apache-2.0
//
// One test for each behaviour and each model of models/weights, called BEHAVIOUR.MODEL. The models
// are looked for when the program runs, so that a new file needs no new build.
#include <gtest/gtest.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "models/denoiser_model.h"
#include "models/model_registry.h"
#include "tests/quality/behaviours.h"
#include "tests/quality/known_misses.h"

namespace hiss {
namespace {

const SoundSet& sounds() {
  static const SoundSet kSounds;
  return kSounds;
}

class BehaviourTest : public testing::Test {
 public:
  BehaviourTest(const Behaviour& behaviour, ModelEntry model, const std::vector<KnownMiss>& known)
      : behaviour_(behaviour), model_(std::move(model)), known_(known) {}

  void TestBody() override {
    std::string misses;
    for (const Figure& figure : behaviour_.measure(DenoiserModel::load(model_.path), sounds())) {
      std::printf("  %s\n", toText(figure).c_str());
      const Verdict verdict = judge(figure, model_.name, behaviour_.name, known_);
      if (verdict == Verdict::kFailed) ADD_FAILURE() << toText(figure);
      if (verdict == Verdict::kKnownMiss) misses += "\n  " + toText(figure);
    }
    if (!misses.empty() && !HasFailure()) {
      GTEST_SKIP() << "not reached, as tests/quality/README.md says:" << misses;
    }
  }

 private:
  const Behaviour& behaviour_;
  ModelEntry model_;
  const std::vector<KnownMiss>& known_;
};

}  // namespace
}  // namespace hiss

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  try {
    const std::vector<hiss::KnownMiss> known =
        hiss::readKnownMisses(HISS_TEST_QUALITY_DIR "/README.md");
    const auto models = hiss::ModelRegistry({HISS_TEST_WEIGHTS_DIR}).list();
    for (const hiss::Behaviour& behaviour : hiss::behaviours()) {
      for (const hiss::ModelEntry& model : models) {
        testing::RegisterTest(behaviour.name.c_str(), model.name.c_str(), nullptr, nullptr,
                              __FILE__, __LINE__, [=, &behaviour, &known]() -> testing::Test* {
                                return new hiss::BehaviourTest(behaviour, model, known);
                              });
      }
    }
    // NOLINTNEXTLINE(clang-analyzer-cplusplus.NewDeleteLeaks): GoogleTest keeps what it registers
    const int code = RUN_ALL_TESTS();
    // A filter that fits nothing would pass unseen.
    if (testing::UnitTest::GetInstance()->test_to_run_count() > 0) return code;
    std::fputs("quality_test: expected a behaviour and a model to test, found none\n", stderr);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "quality_test: %s\n", error.what());
  }
  return 1;
}
