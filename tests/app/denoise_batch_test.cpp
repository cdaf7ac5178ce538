// SPDX-License-Identifier: Apache-2.0
#include "app/engine/denoise_batch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <map>

#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

constexpr int kBlocks = 6;  // of each input

class DenoiseBatchTest : public TemporaryFolderTest {
 protected:
  DenoiseBatchTest() {
    writeBytes(path("model.safetensors"), randomModel(smallConfig()).bytes());
    settings_.model = DenoiserModel::load(path("model.safetensors"));
    for (const char* name : {"in/a.wav", "in/b.wav", "in/c.wav"}) {
      std::filesystem::create_directories(path("in"));
      writeSound(path(name), makeTone(1, kBlocks * kFileBlockSamples));
    }
    BatchRequest request;
    request.inputs = {path("in").string()};
    request.output = path("out").string();
    plan_ = planBatch(request);
  }

  // What on_done and on_outcome got, by the inputs' names.
  struct Outcomes {
    std::map<std::string, int> done;
    std::vector<std::string> delivered;
    std::map<std::string, FileOutcome> last;
  };

  DenoiseBatchHooks recordTo(Outcomes& outcomes) const {
    DenoiseBatchHooks hooks;
    hooks.on_done = [&](FileOutcome& outcome) {
      ++outcomes.done[outcome.entry.input.filename().string()];
    };
    hooks.on_outcome = [&](FileOutcome outcome) {
      const std::string name = outcome.entry.input.filename().string();
      outcomes.delivered.push_back(name);
      outcomes.last[name] = std::move(outcome);
    };
    return hooks;
  }

  std::vector<std::string> outputs() const {
    std::vector<std::string> found = files();
    std::erase_if(found, [](const std::string& name) {
      return !name.starts_with("out/") || name.starts_with("out/.hiss-journal");
    });
    return found;
  }

  DenoiseBatchSettings settings_;
  BatchPlan plan_;
};

TEST_F(DenoiseBatchTest, OutputsAreThoseOfDenoiseFile) {
  settings_.jobs = 2;
  settings_.measures = settings_.pictures = true;
  DenoiseBatch batch(settings_, plan_);
  Outcomes outcomes;
  batch.run(plan_.entries, recordTo(outcomes));
  EXPECT_EQ(outcomes.delivered, (std::vector<std::string>{"a.wav", "b.wav", "c.wav"}));
  EXPECT_TRUE(batch.running().empty());
  EXPECT_FALSE(batch.stateTap());
  Denoiser denoiser(settings_.model);
  for (const BatchEntry& entry : plan_.entries) {
    const std::string name = entry.input.filename().string();
    EXPECT_EQ(outcomes.done[name], 1);
    const FileOutcome& outcome = outcomes.last.at(name);
    ASSERT_TRUE(outcome.report) << (outcome.failure ? outcome.failure->what() : "");
    EXPECT_TRUE(outcome.noise);
    EXPECT_EQ(outcome.picture_png.substr(1, 3), "PNG");
    denoiseFile({entry.input, path("alone.wav"), {}, true}, denoiser);
    EXPECT_EQ(read("out/" + name), read("alone.wav"));
  }
}

TEST_F(DenoiseBatchTest, PausedItStandsStillBetweenTwoBlocks) {
  constexpr int kPausedAt = 3;
  constexpr int kTicks = 10;
  DenoiseBatch batch(settings_, plan_);
  Outcomes outcomes;
  DenoiseBatchHooks hooks = recordTo(outcomes);
  std::atomic<int> asked{0};
  hooks.is_wanted = [&](const BatchEntry&) {
    if (++asked == kPausedAt) batch.setPaused(true);
    return true;
  };
  int ticks = 0;
  hooks.on_tick = [&] {
    if (asked < kPausedAt || ++ticks != kTicks) return;
    EXPECT_EQ(asked, kPausedAt);
    ASSERT_EQ(batch.running().size(), 1U);
    EXPECT_EQ(batch.running().front().input.filename(), "a.wav");
    EXPECT_LT(batch.running().front().done, kBlocks * kFileBlockSamples);
    EXPECT_EQ(batch.running().front().total, kBlocks * kFileBlockSamples);
    EXPECT_TRUE(batch.stateTap());
    EXPECT_TRUE(outcomes.delivered.empty());
    batch.setPaused(false);
  };
  batch.run(plan_.entries, hooks);
  EXPECT_GE(ticks, kTicks);
  EXPECT_EQ(outcomes.delivered.size(), 3U);
  EXPECT_EQ(outputs().size(), 3U);
}

TEST_F(DenoiseBatchTest, CancelledItGivesUpWhatIsInWorkEvenIfPaused) {
  DenoiseBatch batch(settings_, plan_);
  Outcomes outcomes;
  DenoiseBatchHooks hooks = recordTo(outcomes);
  hooks.is_wanted = [&](const BatchEntry& entry) {
    if (entry.input.filename() == "b.wav") batch.setPaused(true);
    return true;
  };
  hooks.on_tick = [&] {
    for (const FileProgress& file : batch.running()) {
      if (file.input.filename() == "b.wav" && file.done > 0) batch.cancel();
    }
  };
  batch.run(plan_.entries, hooks);
  EXPECT_TRUE(batch.isCancelled());
  EXPECT_EQ(outcomes.delivered, std::vector<std::string>{"a.wav"});
  EXPECT_EQ(outputs(), std::vector<std::string>{"out/a.wav"});
}

TEST_F(DenoiseBatchTest, AFileThatIsNotWantedAnyMoreIsGivenUpAlone) {
  DenoiseBatch batch(settings_, plan_);
  Outcomes outcomes;
  DenoiseBatchHooks hooks = recordTo(outcomes);
  int asked = 0;
  hooks.is_wanted = [&](const BatchEntry& entry) {
    if (entry.input.filename() == "a.wav") return false;
    return entry.input.filename() != "b.wav" || ++asked < 3;
  };
  batch.run(plan_.entries, hooks);
  EXPECT_EQ(outcomes.delivered, std::vector<std::string>{"c.wav"});
  EXPECT_EQ(outcomes.done.size(), 1U);
  EXPECT_EQ(outputs(), std::vector<std::string>{"out/c.wav"});
}

TEST_F(DenoiseBatchTest, AnOutcomeIsToldBeforeThatOfASlowerFileAheadOfIt) {
  constexpr std::chrono::seconds kPatience{60};
  settings_.jobs = 2;
  DenoiseBatch batch(settings_, plan_);
  Outcomes outcomes;
  DenoiseBatchHooks hooks = recordTo(outcomes);
  std::promise<void> second_done;
  const std::shared_future<void> second = second_done.get_future().share();
  hooks.on_done = [&](FileOutcome& outcome) {
    if (outcome.entry.input.filename() == "b.wav") second_done.set_value();
  };
  std::atomic<bool> in_time{true};
  hooks.is_wanted = [&](const BatchEntry& entry) {
    if (entry.input.filename() == "a.wav" &&
        second.wait_for(kPatience) != std::future_status::ready) {
      in_time = false;
    }
    return true;
  };
  batch.run(plan_.entries, hooks);
  EXPECT_TRUE(in_time);
  EXPECT_EQ(outcomes.delivered, (std::vector<std::string>{"a.wav", "b.wav", "c.wav"}));
}

TEST_F(DenoiseBatchTest, TheJournalKnowsWhatWasDoneAndWhatChanged) {
  Outcomes first;
  DenoiseBatch(settings_, plan_).run(plan_.entries, recordTo(first));
  writeSound(path("in/b.wav"), makeTone(1, kFileBlockSamples));
  settings_.existing = ExistingOutput::kResume;
  DenoiseBatch batch(settings_, plan_);
  EXPECT_EQ(batch.predict(plan_.entries[0]).skipped, "done before");
  EXPECT_TRUE(batch.predict(plan_.entries[1]).replaces);
  Outcomes second;
  batch.run(plan_.entries, recordTo(second));
  EXPECT_EQ(second.last.at("a.wav").skipped, "done before");
  EXPECT_TRUE(second.last.at("b.wav").report);
  EXPECT_EQ(second.last.at("c.wav").skipped, "done before");
  settings_.mix = 0.5F;
  EXPECT_EQ(DenoiseBatch(settings_, plan_).predict(plan_.entries[0]).skipped, "");
}

TEST_F(DenoiseBatchTest, WhatFailsLeavesTheOthers) {
  write("in/b.wav", "no sound");
  Outcomes outcomes;
  DenoiseBatch(settings_, plan_).run(plan_.entries, recordTo(outcomes));
  ASSERT_TRUE(outcomes.last.at("b.wav").failure);
  EXPECT_EQ(outcomes.last.at("b.wav").failure->kind(), FailureKind::kInput);
  EXPECT_EQ(outcomes.done.size(), 3U);
  EXPECT_EQ(outputs(), (std::vector<std::string>{"out/a.wav", "out/c.wav"}));
}

}  // namespace
}  // namespace hiss
