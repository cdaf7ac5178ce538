// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/engine.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "app/engine/monitor/core/saved_state.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

using namespace std::chrono_literals;

constexpr int kLane = 1;
constexpr int kStreams = 20;

class EngineTest : public TemporaryFolderTest {
 protected:
  EngineTest() {
    config_.detector = "ewma";
    config_.defaults.limits = {{"*", {}, 100.0}};
    engine_ = std::make_unique<Engine>(
        config_, [] { return makeDetector("ewma", nullptr); }, *log_);
    engine_->openShard(Engine::kMainShard, "main", 0, {}, {}, "main");
    engine_->addLane(kLane, "plant", false, nullptr);
  }

  // One row of each stream in [first, last).
  void score(int first, int last) {
    for (int i = first; i < last; ++i) {
      ++position_;
      Observation row;
      row.stream = "stream " + std::to_string(i);
      row.stamp_ns = static_cast<std::int64_t>(position_) * 1'000'000'000;
      row.fields = {{"value", position_ % 50 == 0 ? 200.0 : static_cast<double>(position_ % 7)}};
      row.next_position = position_;
      engine_->score(kLane, row);
    }
  }

  // As it would stand in a file.
  std::string bytesOf(const SavedShard& shard) {
    writeSavedShard(shard, path("state"));
    return read("state");
  }

  std::string lines_;
  std::unique_ptr<MonitorLog> log_ = MonitorLog::keeping(&lines_);
  MonitorConfig config_;
  std::unique_ptr<Engine> engine_;
  std::uint64_t position_ = 0;
};

TEST_F(EngineTest, TakesAStateOfOneMomentWhileRowsGoOn) {
  for (int i = 0; i < 30; ++i) score(0, kStreams);
  const std::string then = bytesOf(engine_->save(Engine::kMainShard));
  engine_->beginSaving();
  EXPECT_TRUE(engine_->isSaving());
  score(0, kStreams / 2);         // before these are taken
  score(kStreams, kStreams + 3);  // new ones, which were not there then
  int slices = 1;
  while (!engine_->saveSome(0ns)) {
    score(0, kStreams);
    ++slices;
  }
  EXPECT_GT(slices, kStreams / 2);
  auto taken = engine_->takeSaved();
  EXPECT_FALSE(engine_->isSaving());
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].first, Engine::kMainShard);
  EXPECT_EQ(bytesOf(taken[0].second), then);
  EXPECT_NE(bytesOf(engine_->save(Engine::kMainShard)), then);
}

TEST_F(EngineTest, TakesWhatPeopleChangeAsItWasBefore) {
  for (int i = 0; i < 30; ++i) score(0, kStreams);
  const auto alerts = engine_->alerts(100);
  ASSERT_FALSE(alerts.empty());
  const std::string then = bytesOf(engine_->save(Engine::kMainShard));
  engine_->beginSaving();
  for (const AlertEvent& alert : alerts) EXPECT_TRUE(engine_->label(alert.id, "fault", "a note"));
  MonitorConfig without_limits = config_;
  without_limits.defaults.limits.clear();
  engine_->setRules(without_limits);
  while (!engine_->saveSome(1ms)) continue;
  EXPECT_EQ(bytesOf(engine_->takeSaved().at(0).second), then);
  EXPECT_NE(bytesOf(engine_->save(Engine::kMainShard)), then);
}

TEST_F(EngineTest, ForgetsAStateThatIsNotNeededAnyMore) {
  score(0, kStreams);
  engine_->beginSaving();
  engine_->abandonSaving();
  EXPECT_FALSE(engine_->isSaving());
  score(0, kStreams);
  EXPECT_TRUE(engine_->takeSaved().empty());
  // A shard that goes takes what there is of its state with it.
  engine_->openShard(7, "seven", kLane, {}, {}, "seven");
  engine_->beginSaving();
  engine_->removeShard(7);
  EXPECT_TRUE(engine_->saveSome(1s));
  EXPECT_EQ(engine_->takeSaved().size(), 1u);
}

}  // namespace
}  // namespace hiss
