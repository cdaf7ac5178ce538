// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <nlohmann/json.hpp>
#include <string>

#include "app/engine/failure.h"
#include "app/engine/monitor/sinks/event_json.h"
#include "app/engine/monitor/sinks/repeat_filter.h"
#include "tests/app/monitor/sinks/sink_events.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class LogSinkTest : public TemporaryFolderTest {
 protected:
  std::unique_ptr<Sink> make(const std::string& uri) {
    SinkContext context;
    context.log = log_.get();
    return makeSink(makeEndpoint(uri, "a test"), context);
  }
  std::string uri(const std::string& options, const std::string& scheme = "jsonl") const {
    return scheme + ":" + path("log").string() + options;
  }
  std::unique_ptr<Sink> opened(const std::string& uri, const std::string& token = {}) {
    auto sink = make(uri);
    sink->open(token);
    return sink;
  }
  // The contents of all files, oldest first, with their names.
  std::string everything() const {
    std::string all;
    std::vector<std::string> names = files();
    for (const std::string& name : names) all += "== " + name + "\n" + read(name);
    return all;
  }

  std::string lines_;
  std::unique_ptr<MonitorLog> log_ = MonitorLog::keeping(&lines_);
};

// Row `number` of a replay: every seventh begins an alert, which ends three rows later.
void feed(Sink& sink, std::uint64_t number) {
  TestRow row(number % 2 == 0 ? "even" : "odd, \"quoted\"", number, {{"a", 0.1 * double(number)}});
  row.row.stamp_ns = static_cast<std::int64_t>(number) * 1'000'000'000;
  sink.score(row.get());
  const std::string id = "id" + std::to_string(number / 7);
  if (number % 7 == 0) sink.alert(testAlert(id, "even", AlertPhase::kBegan));
  if (number % 7 == 3) sink.alert(testAlert(id, "even", AlertPhase::kEnded));
}

void feed(Sink& sink, std::uint64_t begin, std::uint64_t end) {
  for (std::uint64_t number = begin; number < end; ++number) feed(sink, number);
}

TEST_F(LogSinkTest, AlertsAloneUnlessAskedFor) {
  auto sink = opened(uri(""));
  feed(*sink, 0, 8);
  sink->flush();
  const std::string text = read("log");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 3);
  EXPECT_EQ(text.find("\"score\","), std::string::npos);
  EXPECT_EQ(sink->status().written, 3U);
  EXPECT_TRUE(sink->status().connected);
}

TEST_F(LogSinkTest, ScoresOrAll) {
  auto scores = opened("jsonl:" + path("scores").string() + "?what=scores");
  auto all = opened("jsonl:" + path("all").string() + "?what=all");
  feed(*scores, 0, 8);
  feed(*all, 0, 8);
  scores->close();
  all->close();
  const std::string scores_text = read("scores");
  const std::string all_text = read("all");
  EXPECT_EQ(std::count(scores_text.begin(), scores_text.end(), '\n'), 8);
  EXPECT_EQ(std::count(all_text.begin(), all_text.end(), '\n'), 11);
}

TEST_F(LogSinkTest, WritesCsv) {
  auto sink = opened(uri("", "csv"));
  TestRow row("pump, \"1\"\n", 7, {{"flow", 3.25}, {"heat", 0.1}});
  row.row.stamp_ns = 1'500'000'000;
  row.alert_id = "a1";
  sink->score(row.get());
  row.row.stamp_ns.reset();
  row.alert_id.clear();
  row.values[0] = std::numeric_limits<double>::quiet_NaN();
  sink->score(row.get());
  sink->close();
  EXPECT_EQ(read("log"),
            "time,stream,row,channel,value,low,high,p,score,alert\n"
            "1970-01-01T00:00:01.5Z,\"pump, \"\"1\"\"\\x0a\",7,flow,3.25,-1.5,1.5,0.5,0.125,a1\n"
            "1970-01-01T00:00:01.5Z,\"pump, \"\"1\"\"\\x0a\",7,heat,0.1,-1.5,1.5,0.5,0.125,a1\n"
            ",\"pump, \"\"1\"\"\\x0a\",7,flow,,-1.5,1.5,0.5,0.125,\n"
            ",\"pump, \"\"1\"\"\\x0a\",7,heat,0.1,-1.5,1.5,0.5,0.125,\n");
}

TEST_F(LogSinkTest, RotatesAndKeepsSoMany) {
  auto sink = opened(uri("?what=all&max_bytes=2k&keep=3"));
  for (std::uint64_t number = 0; number < 200; ++number) {
    feed(*sink, number);
    sink->flush();
  }
  sink->close();
  EXPECT_EQ(files(), (std::vector<std::string>{"log", "log.1", "log.2", "log.3"}));
  // What is kept is the newest, whole and in order.
  std::uint64_t next = 0;
  for (const char* name : {"log.3", "log.2", "log.1", "log"}) {
    const std::string text = read(name);
    EXPECT_LE(text.size(), 2048U);
    EXPECT_GT(text.size(), 0U);
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      const auto json = nlohmann::json::parse(line);
      if (json["type"] != "score") continue;
      EXPECT_TRUE(next == 0 || json["row"] == next) << line;
      next = json["row"].get<std::uint64_t>() + 1;
    }
  }
  EXPECT_EQ(next, 200U);
}

TEST_F(LogSinkTest, KeepsNoOldFileIfAskedFor) {
  auto sink = opened(uri("?what=all&max_bytes=1k&keep=0"));
  feed(*sink, 0, 50);
  sink->close();
  EXPECT_EQ(files(), std::vector<std::string>{"log"});
  EXPECT_LE(read("log").size(), 1024U);
}

TEST_F(LogSinkTest, EachCsvFileHasItsHeader) {
  auto sink = opened(uri("?max_bytes=1k&keep=2", "csv"));
  feed(*sink, 0, 60);
  sink->close();
  for (const std::string& name : files()) EXPECT_EQ(read(name).rfind("time,stream,", 0), 0U);
  EXPECT_EQ(files().size(), 3U);
}

TEST_F(LogSinkTest, ALongRecordHasAFileOfItsOwn) {
  auto sink = opened(uri("?max_bytes=1k&keep=5"));
  for (int i = 0; i < 3; ++i) {
    AlertEvent event = testAlert("a" + std::to_string(i), "s", AlertPhase::kBegan);
    event.text = std::string(5000, 'x');
    sink->alert(event);
  }
  sink->close();
  EXPECT_EQ(files(), (std::vector<std::string>{"log", "log.1", "log.2"}));
}

// The heart of it: whatever of the run after the last state reached the disk, the files of the run
// that goes on are those of one that was never killed.
class LogSinkKillTest : public LogSinkTest, public testing::WithParamInterface<const char*> {};

TEST_P(LogSinkKillTest, FilesAreThoseOfAnUndisturbedRun) {
  const std::string scheme = GetParam();
  const std::string options =
      scheme == "jsonl" ? "?max_bytes=3k&keep=4&what=all" : "?max_bytes=1500&keep=4";
  constexpr std::uint64_t kRows = 90;
  const auto run = [&](std::uint64_t state_at, std::uint64_t killed_at, std::size_t torn) {
    for (const std::string& name : files()) std::filesystem::remove(path(name));
    std::string token;
    {
      auto sink = opened(uri(options, scheme));
      for (std::uint64_t number = 0; number < killed_at; ++number) {
        if (number == state_at) token = sink->checkpoint();
        feed(*sink, number);
        sink->flush();
      }
    }
    if (torn > 0) {
      const std::string text = read("log");
      std::filesystem::resize_file(path("log"), text.size() - std::min(torn, text.size()));
    }
    auto sink = opened(uri(options, scheme), token);
    feed(*sink, state_at, kRows);
    sink->close();
    return everything();
  };
  const std::string undisturbed = run(0, 0, 0);
  ASSERT_NE(undisturbed.find("== log.3"), std::string::npos);
  for (const std::uint64_t state_at : {1U, 14U, 27U, 40U, 53U, 66U}) {
    for (const std::uint64_t after : {0U, 1U, 5U, 11U, 19U}) {
      // Bytes that were on the disk with the state do not go.
      const std::size_t torn = after > 0 ? (state_at * 7 + after) % 40 : 0;
      ASSERT_EQ(run(state_at, state_at + after, torn), undisturbed)
          << state_at << " " << after << " " << torn;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, LogSinkKillTest, testing::Values("jsonl", "csv"));

TEST_F(LogSinkTest, KilledTwiceBeforeTheNextState) {
  const std::string options = uri("?what=all&max_bytes=3k");
  std::string token;
  {
    auto sink = opened(options);
    feed(*sink, 0, 20);
    token = sink->checkpoint();
    feed(*sink, 20, 40);
    sink->flush();
  }
  {
    // Comes only halfway through what had been written; its state must not forget the rest.
    auto sink = opened(options, token);
    feed(*sink, 20, 30);
    token = sink->checkpoint();
    feed(*sink, 30, 33);
    sink->flush();
  }
  auto sink = opened(options, token);
  feed(*sink, 30, 60);
  sink->close();
  const std::string found = everything();
  for (const std::string& name : files()) std::filesystem::remove(path(name));
  auto undisturbed = opened(options);
  feed(*undisturbed, 0, 60);
  undisturbed->close();
  EXPECT_EQ(found, everything());
}

// A run that dies before its first state begins anew, but what it wrote is there.
TEST_F(LogSinkTest, KilledBeforeTheFirstState) {
  const auto openedAnew = [&] {
    SinkContext context;
    context.log = log_.get();
    context.state_folder = path("").string();
    auto sink = makeSink(makeEndpoint(uri("?what=all&max_bytes=3k"), "a test"), context);
    sink->open({});
    return sink;
  };
  {
    auto sink = opened(uri("?what=all"));  // what was there before
    feed(*sink, 500, 505);
    sink->close();
  }
  const std::string before = read("log");
  for (const std::uint64_t killed_at : {0U, 5U, 12U, 7U, 30U}) {
    auto sink = openedAnew();
    feed(*sink, 0, killed_at);
    sink->flush();
  }
  auto sink = openedAnew();
  feed(*sink, 0, 40);
  sink->checkpoint();
  sink->checkpoint();
  feed(*sink, 40, 45);
  sink->close();
  for (const std::string& name : files()) EXPECT_EQ(name.find(".start"), std::string::npos) << name;
  const std::string found = everything();
  for (const std::string& name : files()) std::filesystem::remove(path(name));
  write("log", before);
  auto undisturbed = opened(uri("?what=all&max_bytes=3k"));
  feed(*undisturbed, 0, 45);
  undisturbed->close();
  EXPECT_EQ(found, everything());
}

TEST_F(LogSinkTest, ARotationThatWasCutShortGoesOn) {
  const std::string options = uri("?what=all&max_bytes=2k&keep=3");
  auto first = opened(options);
  feed(*first, 0, 40);
  const std::string token = first->checkpoint();
  first.reset();
  ASSERT_EQ(files().size(), 4U);
  // As a kill between two renames leaves them.
  std::filesystem::rename(path("log.2"), path("log.3"));
  auto sink = opened(options, token);
  feed(*sink, 40, 48);
  sink->close();
  EXPECT_EQ(files(), (std::vector<std::string>{"log", "log.1", "log.2", "log.3"}));
  const std::string oldest = read("log.3");
  feed(*opened(options), 48, 49);
  EXPECT_EQ(read("log.3"), oldest);
}

TEST_F(LogSinkTest, WhatPeopleDoIsNeverTakenForARepeat) {
  auto first = opened(uri(""));
  const std::string token = first->checkpoint();
  first->alert(testAlert("a", "s", AlertPhase::kLabelled));
  first->flush();
  first.reset();
  auto sink = opened(uri(""), token);
  sink->alert(testAlert("a", "s", AlertPhase::kLabelled));
  sink->close();
  const std::string text = read("log");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
}

TEST_F(LogSinkTest, AppendsToWhatIsThere) {
  write("log", "{\"type\":\"other\"}\n{\"torn");
  auto sink = opened(uri(""));
  sink->alert(testAlert("a", "s", AlertPhase::kBegan));
  sink->close();
  EXPECT_EQ(read("log").rfind("{\"type\":\"other\"}\n{\"type\":\"alert\"", 0), 0U);
}

TEST_F(LogSinkTest, AStateOfAnotherFileDoesNoHarm) {
  for (const std::string token : {"nonsense", "1 2", "9 1 1 x", "1 1 999999999 0000", "1 7 0 x"}) {
    auto sink = opened(uri("?what=all"), token);
    feed(*sink, 0, 10);
    sink->close();
    EXPECT_FALSE(read("log").empty());
    std::filesystem::remove(path("log"));
  }
}

TEST_F(LogSinkTest, TwoWritersOfAFileAreRefused) {
  auto first = opened(uri(""));
  try {
    opened(uri(""));
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kOutput);
    EXPECT_NE(std::string(failure.what()).find("nobody else writes"), std::string::npos);
  }
}

TEST_F(LogSinkTest, AFileThatSomebodyRenamedIsLetGo) {
  auto sink = opened(uri(""));
  sink->alert(testAlert("a", "s", AlertPhase::kBegan));
  sink->flush();
  std::filesystem::rename(path("log"), path("log-old"));
  sink->checkpoint();
  sink->alert(testAlert("b", "s", AlertPhase::kBegan));
  sink->close();
  EXPECT_NE(read("log-old").find("\"a\""), std::string::npos);
  EXPECT_NE(read("log").find("\"b\""), std::string::npos);
}

TEST_F(LogSinkTest, WhatCanNeverWorkIsSaidAtOnce) {
  EXPECT_THROW(opened("jsonl:" + path("").string()), Failure);
  EXPECT_THROW(make("jsonl:"), Failure);
  EXPECT_THROW(make("jsonl://host/file"), Failure);
  EXPECT_THROW(make(uri("?what=everything")), Failure);
  EXPECT_THROW(make(uri("?wat=all")), Failure);
  EXPECT_THROW(make(uri("?keep=-1")), Failure);
  EXPECT_THROW(make(uri("?max_bytes=1")), Failure);
  EXPECT_THROW(make(uri("?what=all", "csv")), Failure);
  EXPECT_THROW(make("smoke:signals"), Failure);
}

TEST_F(LogSinkTest, AFullDeviceIsSaidOnceAndCounted) {
  auto sink = opened("jsonl:/dev/full?what=all");
  // More than may wait.
  const AlertEvent event = [] {
    AlertEvent made = testAlert("a", "s", AlertPhase::kBegan);
    made.text = std::string(100'000, 'x');
    return made;
  }();
  for (int i = 0; i < 200; ++i) {
    sink->alert(event);
    sink->flush();
  }
  const SinkStatus status = sink->status();
  EXPECT_FALSE(status.connected);
  EXPECT_EQ(status.problem, "No space left on device");
  EXPECT_EQ(status.written, 0U);
  EXPECT_GT(status.queued, 100U);
  EXPECT_GT(status.dropped, 10U);
  EXPECT_EQ(status.queued + status.dropped, 200U);
  EXPECT_EQ(std::count(lines_.begin(), lines_.end(), '\n'), 1);
  sink->close();
}

// A limit of the size of files stands for the disk: writes stop in the middle of a line.
TEST_F(LogSinkTest, AfterAFullDiskNothingIsLostAndNoLineTorn) {
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &old_limit), 0);
  auto sink = opened(uri("?what=all"));
  feed(*sink, 0, 10);
  sink->flush();
  rlimit limit = old_limit;
  limit.rlim_cur = read("log").size() + 100;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  for (std::uint64_t number = 10; number < 1000; ++number) {
    feed(*sink, number);
    sink->flush();
  }
  EXPECT_THROW(sink->checkpoint(), Failure);  // else a kill could lose what waits
  const SinkStatus full = sink->status();
  const std::string torn = read("log");
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &old_limit), 0);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(full.problem, "File too large");
  EXPECT_GT(full.queued, 0U);
  EXPECT_NE(torn.back(), '\n');

  EXPECT_NE(sink->checkpoint(), "");  // tries at once
  EXPECT_EQ(sink->status().problem, "");
  EXPECT_EQ(sink->status().queued, 0U);
  feed(*sink, 1000, 1010);
  sink->close();
  const std::string found = read("log");
  std::filesystem::remove(path("log"));
  auto undisturbed = opened(uri("?what=all"));
  feed(*undisturbed, 0, 1010);
  undisturbed->close();
  EXPECT_EQ(found, read("log"));

  // Had it been killed then, the torn line would have gone.
  write("log", torn);
  auto resumed = opened(uri("?what=all"));
  resumed->close();
  EXPECT_EQ(read("log"), torn.substr(0, torn.rfind('\n') + 1));
}

TEST(RepeatFilterTest, ForgetsWhatDoesNotComeAgain) {
  RepeatFilter filter;
  EXPECT_TRUE(filter.isEmpty());
  filter.expect("a", 10);
  filter.expect("b", 20);
  filter.expect("b", 30);
  EXPECT_EQ(filter.earliest(), 10U);
  EXPECT_TRUE(filter.isRepeat("b"));
  EXPECT_TRUE(filter.isRepeat("b"));
  EXPECT_FALSE(filter.isRepeat("b"));
  EXPECT_EQ(filter.earliest(), 10U);
  filter.countCheckpoint();
  for (int i = 0; i < RepeatFilter::kQuietCheckpoints; ++i) {
    EXPECT_FALSE(filter.isEmpty());
    filter.countCheckpoint();
  }
  EXPECT_TRUE(filter.isEmpty());
  EXPECT_FALSE(filter.isRepeat("a"));
}

}  // namespace
}  // namespace hiss
