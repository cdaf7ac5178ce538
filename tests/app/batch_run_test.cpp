// SPDX-License-Identifier: Apache-2.0
#include "app/engine/batch_run.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace hiss {
namespace {

std::vector<BatchEntry> makeEntries(int count) {
  std::vector<BatchEntry> entries;
  for (int i = 0; i < count; ++i) entries.push_back({std::to_string(i), {}, std::nullopt});
  return entries;
}

class BatchRunTest : public testing::Test {
 protected:
  BatchRunTest() {
    run_.jobs = 5;
    run_.cancel = &cancel_;
    run_.make_work = [this] {
      return [this, calls = 0](const BatchEntry& entry) mutable {
        // Files take different times, so that they end in another order.
        const int number = std::stoi(entry.input.string());
        std::this_thread::sleep_for(std::chrono::microseconds(number * 7919 % 13 * 100));
        const std::lock_guard lock(mutex_);
        threads_.insert(std::this_thread::get_id());
        ++worked_;
        FileOutcome outcome;
        outcome.entry = entry;
        outcome.skipped = std::to_string(++calls);
        return outcome;
      };
    };
    run_.on_outcome = [this](const FileOutcome& outcome) {
      order_.push_back(outcome.entry.input.string());
    };
  }

  BatchRun run_;
  std::atomic<bool> cancel_{false};
  std::mutex mutex_;
  std::set<std::thread::id> threads_;
  int worked_ = 0;
  std::vector<std::string> order_;
};

TEST_F(BatchRunTest, DeliversInOrderFromSeveralThreads) {
  const std::vector<BatchEntry> entries = makeEntries(200);
  for (const std::size_t ahead : {1U, 3U, 4096U}) {
    order_.clear();
    run_.max_ahead = ahead;
    runBatch(entries, run_);
    ASSERT_EQ(order_.size(), entries.size());
    for (std::size_t i = 0; i < entries.size(); ++i) EXPECT_EQ(order_[i], std::to_string(i));
  }
  EXPECT_GT(threads_.size(), 1U);
  EXPECT_EQ(threads_.count(std::this_thread::get_id()), 0U);
}

TEST_F(BatchRunTest, NoMoreWorkersThanFiles) {
  int made = 0;
  const auto make = run_.make_work;
  run_.make_work = [&] {
    ++made;
    return make();
  };
  runBatch(makeEntries(2), run_);
  EXPECT_EQ(made, 2);
  runBatch({}, run_);
  EXPECT_EQ(made, 2);
}

TEST_F(BatchRunTest, AllAreFinishedTogetherBeforeTheyAreDelivered) {
  std::set<std::string> finished;
  std::size_t most = 0;
  run_.jobs = 8;
  run_.max_unfinished = 4;
  run_.on_finished = [&](std::span<FileOutcome* const> outcomes) {
    most = std::max(most, outcomes.size());
    EXPECT_FALSE(outcomes.empty());
    for (FileOutcome* outcome : outcomes) {
      EXPECT_TRUE(finished.insert(outcome->entry.input.string()).second);
      outcome->skipped = "finished";
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  };
  run_.on_outcome = [&](const FileOutcome& outcome) {
    EXPECT_EQ(outcome.skipped, "finished");
    order_.push_back(outcome.entry.input.string());
  };
  runBatch(makeEntries(300), run_);
  EXPECT_EQ(finished.size(), 300U);
  ASSERT_EQ(order_.size(), 300U);
  for (std::size_t i = 0; i < order_.size(); ++i) EXPECT_EQ(order_[i], std::to_string(i));
  EXPECT_GT(most, 1U);
  EXPECT_LE(most, run_.max_unfinished + static_cast<std::size_t>(run_.jobs) - 1);
}

TEST_F(BatchRunTest, FaultOfTheListenerEndsTheRun) {
  run_.on_outcome = [](const FileOutcome&) { throw std::runtime_error("full"); };
  EXPECT_THROW(runBatch(makeEntries(10000), run_), std::runtime_error);
  EXPECT_TRUE(cancel_);
  EXPECT_LT(worked_, 10000);
}

TEST_F(BatchRunTest, CancelLeavesTheRest) {
  run_.on_outcome = [this](const FileOutcome&) { cancel_ = true; };
  runBatch(makeEntries(10000), run_);
  EXPECT_GT(worked_, 0);
  EXPECT_LT(worked_, 10000);
}

TEST(UsableCoresTest, AtLeastOne) {
  EXPECT_GE(usableCores(), 1);
  EXPECT_LE(usableCores(), kMaxJobs);
}

}  // namespace
}  // namespace hiss
