// SPDX-License-Identifier: Apache-2.0
// Workers that share a topic and a state folder, one of which is killed.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/app/monitor/kafka/mock_cluster.h"
#include "tests/app/temporary_folder.h"

extern char** environ;  // NOLINT(readability-redundant-declaration)

namespace hiss {
namespace {

constexpr int kPartitions = 8;
constexpr int kStreams = 24;
constexpr int kRows = 240;  // of each
constexpr std::int64_t kStampMs = 1'790'000'000'000;

// A child that runs fleet_worker, with its log in a file.
class Worker {
 public:
  Worker(const std::string& source, const std::string& sink, const std::string& state,
         std::string log)
      : log_(std::move(log)) {
    std::array<std::string, 4> words = {HISS_FLEET_WORKER, source, sink, state};
    std::array<char*, 5> arguments{};
    std::transform(words.begin(), words.end(), arguments.begin(),
                   [](std::string& word) { return word.data(); });
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, log_.c_str(),
                                       O_WRONLY | O_CREAT | O_APPEND, 0600);
    const int error =
        ::posix_spawn(&process_, HISS_FLEET_WORKER, &files, nullptr, arguments.data(), environ);
    ::posix_spawn_file_actions_destroy(&files);
    if (error != 0) throw std::runtime_error("posix_spawn");
  }
  ~Worker() {
    if (process_ > 0) end(SIGKILL);
  }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void signal(int signal) const { ::kill(process_, signal); }
  std::string log() const {
    std::ifstream file(log_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  bool said(const std::string& words) const { return log().find(words) != std::string::npos; }

  // Its exit status, or 128 and the signal.
  int end(int signal) {
    ::kill(process_, signal);
    int status = 0;
    ::waitpid(std::exchange(process_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t process_ = 0;
  std::string log_;
};

// Events of one topic as a receiver keeps them: by what names them, repeated ones left out.
class Receiver {
 public:
  Receiver(const MockCluster& cluster, const std::string& topic)
      : reader_(cluster.reader(topic, kPartitions)) {}

  void receive() {
    for (TestMessage& message : reader_.poll()) {
      const std::string name = message.headers.at("type") + " " + message.headers.at("id") + " " +
                               (message.headers.count("phase") > 0 ? message.headers["phase"] : "");
      const auto [known, is_new] = events_.emplace(name, message.value);
      if (!is_new) ++repeated_;
      if (known->second != message.value) different_.insert(name);
      if (is_new && message.headers["type"] == "score") ++scores_;
    }
  }
  std::size_t scores() const { return scores_; }
  std::size_t repeated() const { return repeated_; }
  const std::map<std::string, std::string>& events() const { return events_; }
  const std::set<std::string>& different() const { return different_; }

 private:
  TopicReader reader_;
  std::map<std::string, std::string> events_;
  std::set<std::string> different_;
  std::size_t scores_ = 0;
  std::size_t repeated_ = 0;
};

class FleetTest : public TemporaryFolderTest {
 protected:
  FleetTest() {
    for (const char* const topic : {"plant", "alone", "fleet"}) {
      cluster_.createTopic(topic, kPartitions);
    }
  }

  // Rows of all streams from number `first` on: waves with noise, and now and then a leap.
  void fill(int first, int count) {
    std::vector<TestMessage> messages;
    for (int row = first; row < first + count; ++row) {
      for (int stream = 0; stream < kStreams; ++stream) {
        std::normal_distribution<double> noise(0.0, 0.1);
        const double wave = (row * (stream + 3)) % 17 / 4.0;
        const double leap = row % 101 == 90 + stream % 10 ? 40.0 : 0.0;
        const std::string value = fmt::format("{{\"a\":{},\"b\":{}}}", wave + noise(random_) + leap,
                                              stream + noise(random_));
        messages.push_back({fmt::format("machine-{}", stream), value, stream % kPartitions,
                            kStampMs + std::int64_t{row} * 1000});
      }
    }
    cluster_.produce("plant", messages);
  }

  // The mock cluster takes three seconds to form a group; sessions must be longer.
  std::string source(const std::string& group) const {
    return cluster_.uri("plant") + "?live=no&session=4&group=" + group;
  }
  std::string sink(const std::string& topic) const { return cluster_.uri(topic) + "?what=all"; }

  void compare(const std::function<void(Worker& fails)>& fail,
               const std::function<void(Worker& fails, Worker& stays)>& recover);

  MockCluster cluster_;
  std::mt19937 random_{7};
};

// Two workers, to one of which `fail` happens in the middle and `recover` when the last rows are
// there, against one that is left alone.
void FleetTest::compare(const std::function<void(Worker& fails)>& fail,
                        const std::function<void(Worker& fails, Worker& stays)>& recover) {
  Receiver alone(cluster_, "alone");
  Receiver fleet(cluster_, "fleet");
  fill(0, kRows / 2);
  Worker one(source("alone"), sink("alone"), path("alone").string(), path("one.log"));
  Worker stays(source("fleet"), sink("fleet"), path("fleet").string(), path("stays.log"));
  Worker fails(source("fleet"), sink("fleet"), path("fleet").string(), path("fails.log"));
  ASSERT_TRUE(comesTrue(
      [&] {
        fleet.receive();
        return fleet.scores() == kStreams * kRows / 2;
      },
      40.0))
      << fleet.scores();
  // All shards have a state; then rows come that no state knows of.
  stays.signal(SIGUSR1);
  fails.signal(SIGUSR1);
  ASSERT_TRUE(comesTrue([&] {
    int states = 0;
    for (const std::string& file : files()) {
      states += file.find("fleet/kafka-plant-") == 0 && file.ends_with(".state") ? 1 : 0;
    }
    return states == kPartitions;
  }));
  fill(kRows / 2, kRows / 4);
  ASSERT_TRUE(comesTrue([&] {
    fleet.receive();
    return fleet.scores() > kStreams * kRows * 5 / 8;
  })) << fleet.scores();
  fail(fails);
  fill(kRows * 3 / 4, kRows / 4);
  recover(fails, stays);
  ASSERT_TRUE(comesTrue(
      [&] {
        fleet.receive();
        alone.receive();
        return fleet.scores() == kStreams * kRows && alone.scores() == kStreams * kRows;
      },
      40.0))
      << fleet.scores() << " and " << alone.scores();
  EXPECT_EQ(stays.end(SIGTERM), 0);
  EXPECT_EQ(one.end(SIGTERM), 0);
  fleet.receive();
  alone.receive();

  EXPECT_EQ(alone.repeated(), 0U) << "a worker that nobody kills tells all once";
  EXPECT_TRUE(fleet.different().empty())
      << "what comes again is the same: " << *fleet.different().begin();
  EXPECT_GT(alone.events().size(), alone.scores()) << "there are alerts, too";
  EXPECT_EQ(fleet.events().size(), alone.events().size());
  EXPECT_TRUE(fleet.events() == alone.events()) << "bit for bit";
  EXPECT_GT(fleet.repeated(), 0U) << "rows that no state knew of";
  EXPECT_LE(fleet.repeated(), alone.events().size() / 4);
}

TEST_F(FleetTest, ScoresOfTwoWorkersOneOfWhichWasKilledAreThoseOfOne) {
  compare([](Worker& fails) { EXPECT_EQ(fails.end(SIGKILL), 128 + SIGKILL); },
          [](Worker&, Worker&) {});
  for (int i = 0; i < kPartitions; ++i) {
    EXPECT_EQ(cluster_.committed("fleet", "plant", i), kStreams / kPartitions * kRows);
  }
}

TEST_F(FleetTest, AWorkerThatWasBelievedDeadAndWakesUpSpoilsNothing) {
  compare(
      [](Worker& fails) { fails.signal(SIGSTOP); },
      [](Worker& fails, Worker& stays) {
        EXPECT_TRUE(comesTrue([&] { return stays.said("another process holds the state"); }, 40.0))
            << stays.log();
        fails.signal(SIGCONT);
        EXPECT_TRUE(comesTrue([&] { return stays.said("is free now"); }, 40.0)) << stays.log();
        EXPECT_TRUE(comesTrue([&] { return fails.said("lost partitions"); })) << fails.log();
        EXPECT_EQ(fails.end(SIGTERM), 0) << fails.log();
      });
}

TEST_F(FleetTest, AWorkerThatWaitsTakesOverWhatOneThatEndsHasSaved) {
  Receiver fleet(cluster_, "fleet");
  fill(0, kRows / 2);
  {
    Worker first(source("fleet"), sink("fleet"), path("fleet").string(), path("first.log"));
    ASSERT_TRUE(comesTrue(
        [&] {
          fleet.receive();
          return fleet.scores() == kStreams * kRows / 2;
        },
        40.0))
        << fleet.scores();
    EXPECT_EQ(first.end(SIGTERM), 0);
  }
  fill(kRows / 2, kRows / 2);
  Worker second(source("fleet"), sink("fleet"), path("fleet").string(), path("second.log"));
  ASSERT_TRUE(comesTrue(
      [&] {
        fleet.receive();
        return fleet.scores() == kStreams * kRows;
      },
      40.0))
      << fleet.scores();
  EXPECT_EQ(second.end(SIGTERM), 0);
  fleet.receive();
  EXPECT_EQ(fleet.repeated(), 0U) << "each row once";
}

}  // namespace
}  // namespace hiss
