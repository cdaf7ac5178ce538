// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/inbox.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include "app/engine/failure.h"

namespace hiss {
namespace {

using namespace std::chrono_literals;
using Items = std::vector<Inbox::Item>;

Observation row(std::uint64_t position, bool more = false, std::size_t fields = 1) {
  Observation made;
  made.stream = "s";
  made.next_position = position;
  made.more = more;
  for (std::size_t i = 0; i < fields; ++i) made.fields.push_back({std::to_string(i), 1.0});
  return made;
}

Items popNow(Inbox& inbox, std::size_t most = 1000) {
  Items batch;
  inbox.pop(batch, most, std::chrono::steady_clock::now(), 0ms);
  return batch;
}

std::vector<std::uint64_t> positions(const Items& items) {
  std::vector<std::uint64_t> found;
  for (const Inbox::Item& item : items) {
    if (const auto* const row = std::get_if<Inbox::Row>(&item)) {
      found.push_back(row->row.next_position);
    }
  }
  return found;
}

using Positions = std::vector<std::uint64_t>;

TEST(InboxTest, KeepsTheOrder) {
  Inbox inbox(100);
  const int a = inbox.openLane();
  const int b = inbox.openLane();
  EXPECT_TRUE(inbox.push(a, row(1)));
  EXPECT_TRUE(inbox.push(b, row(2)));
  EXPECT_TRUE(inbox.push(a, row(3)));
  EXPECT_EQ(inbox.rows(), 3U);
  EXPECT_EQ(positions(popNow(inbox)), (Positions{1, 2, 3}));
  EXPECT_EQ(inbox.rows(), 0U);
}

TEST(InboxTest, ShowsAMessageWhole) {
  Inbox inbox(100);
  const int a = inbox.openLane();
  const int b = inbox.openLane();
  inbox.push(a, row(1, true));
  inbox.push(b, row(9));
  inbox.push(a, row(1, true));
  EXPECT_EQ(positions(popNow(inbox)), (Positions{9}));
  inbox.push(a, row(2));
  EXPECT_EQ(positions(popNow(inbox)), (Positions{1, 1, 2}));
}

TEST(InboxTest, NeverPartsAMessage) {
  Inbox inbox(100);
  const int lane = inbox.openLane();
  for (int i = 0; i < 4; ++i) {
    inbox.push(lane, row(1, true));
    inbox.push(lane, row(2, true));
    inbox.push(lane, row(3));
  }
  EXPECT_EQ(positions(popNow(inbox, 2)), (Positions{1, 2, 3}));
  EXPECT_EQ(positions(popNow(inbox, 4)), (Positions{1, 2, 3, 1, 2, 3}));
}

TEST(InboxTest, OffersFailWhenFull) {
  Inbox inbox(2);
  const int lane = inbox.openLane();
  EXPECT_TRUE(inbox.offer(lane, row(1)));
  EXPECT_TRUE(inbox.offer(lane, row(2, true)));
  EXPECT_FALSE(inbox.offer(inbox.openLane(), row(7)));
  // The rest of a message that was let in is let in, too.
  EXPECT_TRUE(inbox.offer(lane, row(3)));
  EXPECT_EQ(positions(popNow(inbox)), (Positions{1, 2, 3}));
  EXPECT_TRUE(inbox.offer(lane, row(4)));
}

TEST(InboxTest, WideRowsTakeMoreRoom) {
  Inbox inbox(3);
  const int lane = inbox.openLane();
  EXPECT_TRUE(inbox.offer(lane, row(1, false, 2 * Inbox::kFieldsOfRow)));
  EXPECT_FALSE(inbox.offer(lane, row(2)));
}

TEST(InboxTest, AFullOneHoldsUpAndLetsGo) {
  Inbox inbox(4);
  const int lane = inbox.openLane();
  constexpr int kRows = 20000;
  std::thread pusher([&] {
    for (int i = 0; i < kRows; ++i) ASSERT_TRUE(inbox.push(lane, row(std::uint64_t(i))));
  });
  std::uint64_t next = 0;
  while (next < kRows) {
    Items batch;
    inbox.pop(batch, 3, std::chrono::steady_clock::now() + 10s, 10ms);
    ASSERT_FALSE(batch.empty());
    for (const std::uint64_t position : positions(batch)) ASSERT_EQ(position, next++);
  }
  pusher.join();
}

TEST(InboxTest, SeveralThreadsLoseNothing) {
  Inbox inbox(16);
  constexpr int kThreads = 4;
  constexpr std::uint64_t kRows = 3000;
  std::vector<std::thread> threads;
  std::vector<std::uint64_t> next(kThreads + 1, 0);
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&inbox, lane = inbox.openLane()] {
      for (std::uint64_t i = 0; i < kRows; ++i) inbox.push(lane, row(i, i % 3 == 0));
    });
  }
  std::uint64_t seen = 0;
  while (seen < kThreads * kRows) {
    Items batch;
    inbox.pop(batch, 64, std::chrono::steady_clock::now() + 10s, 1ms);
    ASSERT_FALSE(batch.empty());
    for (const Inbox::Item& item : batch) {
      const auto& popped = std::get<Inbox::Row>(item);
      ASSERT_EQ(popped.row.next_position, next[std::size_t(popped.lane)]++);
      ++seen;
    }
  }
  for (std::thread& thread : threads) thread.join();
}

TEST(InboxTest, RunsTasksAfterWhatCameBefore) {
  Inbox inbox(10);
  const int lane = inbox.openLane();
  inbox.push(lane, row(1));
  std::atomic<bool> done{false};
  std::thread caller([&] { inbox.run([&] { done = true; }); });
  Items batch;
  while (batch.size() < 2) inbox.pop(batch, 10, std::chrono::steady_clock::now() + 10s, 10ms);
  EXPECT_TRUE(std::holds_alternative<Inbox::Row>(batch[0]));
  EXPECT_FALSE(done);
  std::get<Inbox::Task>(batch[1])();
  caller.join();
  EXPECT_TRUE(done);
}

TEST(InboxTest, TasksThrowWhereTheyAreWaitedFor) {
  Inbox inbox(10);
  std::thread engine([&] {
    Items batch;
    while (batch.empty()) inbox.pop(batch, 10, std::chrono::steady_clock::now() + 10s, 10ms);
    std::get<Inbox::Task>(batch[0])();
  });
  EXPECT_THROW(inbox.run([] { throw Failure(FailureKind::kInput, "it failed"); }), Failure);
  engine.join();
}

TEST(InboxTest, ClosingFreesAllWhoWait) {
  Inbox inbox(1);
  const int lane = inbox.openLane();
  inbox.push(lane, row(1));
  std::atomic<int> freed{0};
  std::thread pusher([&] {
    EXPECT_FALSE(inbox.push(lane, row(2)));
    ++freed;
  });
  std::thread asker([&] {
    EXPECT_THROW(inbox.run([] { FAIL(); }), Failure);
    ++freed;
  });
  inbox.close();
  inbox.abandon();
  pusher.join();
  asker.join();
  EXPECT_EQ(freed, 2);
  EXPECT_FALSE(inbox.offer(lane, row(3)));
  EXPECT_THROW(inbox.run([] {}), Failure);
}

TEST(InboxTest, WhatIsThereWhenItClosesCanBePopped) {
  Inbox inbox(10);
  const int lane = inbox.openLane();
  inbox.push(lane, row(1));
  inbox.close();
  EXPECT_EQ(positions(popNow(inbox)), (Positions{1}));
  EXPECT_EQ(inbox.abandon(), 0U);
}

TEST(InboxTest, AClosedLaneFreesItsOwn) {
  Inbox inbox(1);
  const int a = inbox.openLane();
  const int b = inbox.openLane();
  inbox.push(b, row(1));
  std::thread pusher([&] { EXPECT_FALSE(inbox.push(a, row(2))); });
  inbox.closeLane(a);
  pusher.join();
  EXPECT_EQ(positions(popNow(inbox)), (Positions{1}));
  EXPECT_TRUE(inbox.push(b, row(3)));
}

TEST(InboxTest, AClosedLaneGivesTheRoomOfItsHalfMessageBack) {
  Inbox inbox(2);
  const int a = inbox.openLane();
  inbox.push(a, row(1, true));
  inbox.push(a, row(1, true));
  const int b = inbox.openLane();
  EXPECT_FALSE(inbox.offer(b, row(5)));
  inbox.closeLane(a);
  EXPECT_TRUE(inbox.offer(b, row(5)));
}

TEST(InboxTest, WakesWhoWaitsForRows) {
  Inbox inbox(10);
  std::thread waker([&] { inbox.wake(); });
  Items batch;
  const auto begin = std::chrono::steady_clock::now();
  inbox.pop(batch, 10, begin + 60s, 10ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 30s);
  EXPECT_TRUE(batch.empty());
  waker.join();
}

}  // namespace
}  // namespace hiss
