// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/disk_queue.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "app/engine/failure.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class DiskQueueTest : public TemporaryFolderTest {
 protected:
  std::unique_ptr<DiskQueue> opened(const std::string& token = {}, std::uint64_t segment = 100) {
    DiskQueueSettings settings;
    settings.folder = path("queue");
    settings.segment_bytes = segment;
    auto queue = std::make_unique<DiskQueue>(settings);
    queue->open(token, [](std::string_view record) { return std::string(record); });
    return queue;
  }
  static void push(DiskQueue& queue, int begin, int end) {
    for (int i = begin; i < end; ++i) {
      const std::string record = recordOf(i);
      ASSERT_TRUE(queue.push(record, record));
    }
  }
  static std::string recordOf(int i) { return "record " + std::to_string(i); }
  static std::vector<std::string> popAll(DiskQueue& queue) {
    std::vector<std::string> all;
    while (const auto record = queue.front()) {
      all.push_back(*record);
      queue.pop();
    }
    return all;
  }
  static std::vector<std::string> records(int begin, int end) {
    std::vector<std::string> all;
    for (int i = begin; i < end; ++i) all.push_back(recordOf(i));
    return all;
  }
  std::vector<std::string> segments() const {
    std::vector<std::string> found;
    for (const std::string& name : files()) {
      if (name.find("segment-") != std::string::npos) found.push_back(name);
    }
    return found;
  }
};

TEST_F(DiskQueueTest, GivesOutInOrderOverRuns) {
  auto queue = opened();
  push(*queue, 0, 20);
  for (int i = 0; i < 7; ++i) {
    EXPECT_EQ(queue->front(), recordOf(i));
    queue->pop();
  }
  queue.reset();  // as a kill: nothing is synced
  queue = opened();
  EXPECT_EQ(queue->size(), 13U);
  push(*queue, 20, 25);
  queue.reset();
  queue = opened();
  EXPECT_EQ(popAll(*queue), records(7, 25));
  queue.reset();
  queue = opened();
  EXPECT_EQ(queue->size(), 0U);
}

TEST_F(DiskQueueTest, OldSegmentsGoOnceNoStateLooksBackOnThem) {
  auto queue = opened();
  push(*queue, 0, 100);
  const std::size_t all = segments().size();
  EXPECT_GT(all, 20U);
  popAll(*queue);
  EXPECT_EQ(segments().size(), all);  // the state may be older than they are
  queue->checkpoint();
  EXPECT_EQ(segments().size(), all);  // that state may not have been saved
  queue->checkpoint();
  EXPECT_EQ(segments().size(), 1U);
  queue.reset();
  for (int i = 0; i < 5; ++i) opened();
  EXPECT_LE(segments().size(), 2U);
}

TEST_F(DiskQueueTest, RepeatsAreLeftOutWhetherTheyWaitOrWent) {
  auto queue = opened();
  push(*queue, 0, 10);
  const std::string token = queue->checkpoint();
  push(*queue, 10, 20);
  for (int i = 0; i < 15; ++i) queue->pop();
  queue.reset();
  queue = opened(token);
  push(*queue, 10, 25);
  EXPECT_EQ(popAll(*queue), records(15, 25));
}

TEST_F(DiskQueueTest, RepeatsAreLeftOutBeforeTheFirstStateToo) {
  auto queue = opened();
  push(*queue, 0, 10);
  for (int i = 0; i < 5; ++i) queue->pop();
  queue.reset();
  queue = opened();
  push(*queue, 0, 12);
  EXPECT_EQ(popAll(*queue), records(5, 12));
}

TEST_F(DiskQueueTest, ATornEndIsPassedOver) {
  for (std::uintmax_t cut = 1; cut < 30; ++cut) {
    auto queue = opened({}, 10'000);
    push(*queue, 0, 3);
    queue.reset();
    const auto file = path(segments().back());
    std::filesystem::resize_file(file, std::filesystem::file_size(file) - cut);
    queue = opened({}, 10'000);
    EXPECT_EQ(queue->damaged(), 0U);
    push(*queue, 5, 6);
    auto expected = records(0, cut <= 26 ? 2 : 1);  // a line has 26 bytes
    expected.push_back(recordOf(5));
    EXPECT_EQ(popAll(*queue), expected) << cut;
    queue.reset();
    std::filesystem::remove_all(path("queue"));
  }
}

TEST_F(DiskQueueTest, ADamagedLineCostsThatLineAlone) {
  auto queue = opened({}, 10'000);
  push(*queue, 0, 5);
  queue.reset();
  std::string bytes = read(segments()[0]);
  bytes[bytes.find("record 2")] = 'R';
  write(segments()[0], bytes);
  queue = opened({}, 10'000);
  EXPECT_EQ(queue->damaged(), 1U);
  EXPECT_EQ(popAll(*queue),
            (std::vector<std::string>{recordOf(0), recordOf(1), recordOf(3), recordOf(4)}));
}

TEST_F(DiskQueueTest, RubbishInTheFolderDoesNoHarm) {
  using namespace std::string_literals;  // NOLINT(google-build-using-namespace)
  write("queue/segment-00000001", "\0\n\xff\xff garbage \n\n\n0123456789abcdef x\n"s);
  write("queue/segment-nonsense", "x");
  write("queue/sent", "not a number at all..");
  auto queue = opened("neither");
  EXPECT_EQ(queue->size(), 0U);
  push(*queue, 0, 3);
  EXPECT_EQ(popAll(*queue), records(0, 3));
}

TEST_F(DiskQueueTest, AFullQueueTakesNothing) {
  DiskQueue queue({.folder = path("queue"), .most_bytes = 100});
  queue.open({}, [](std::string_view) { return std::nullopt; });
  int taken = 0;
  for (int i = 0; i < 50; ++i) taken += queue.push("0123456789", {}) ? 1 : 0;
  EXPECT_EQ(taken, 10);
  queue.pop();
  EXPECT_TRUE(queue.push("0123456789", {}));
}

// A limit of the size of files stands for a full disk.
TEST_F(DiskQueueTest, WaitsInMemoryWhileTheDiskIsFull) {
  auto queue = opened({}, 1'000'000);
  push(*queue, 0, 3);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  rlimit limit = old_limit;
  limit.rlim_cur = 90;  // in the middle of the fourth line
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  push(*queue, 3, 10);
  queue->sync();
  const std::string problem = queue->problem();
  EXPECT_THROW(queue->checkpoint(), Failure);
  EXPECT_EQ(queue->front(), recordOf(0));
  queue->pop();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(problem, "File too large");
  EXPECT_EQ(queue->size(), 9U);
  queue->sync();
  EXPECT_EQ(queue->problem(), "");
  queue.reset();
  queue = opened();
  EXPECT_EQ(queue->damaged(), 0U);
  EXPECT_EQ(popAll(*queue), records(1, 10));
}

TEST_F(DiskQueueTest, AFolderThatCannotBeIsRefused) {
  write("file", "x");
  DiskQueue queue({.folder = path("file") / "queue"});
  EXPECT_THROW(queue.open({}, [](std::string_view) { return std::nullopt; }), Failure);
}

}  // namespace
}  // namespace hiss
