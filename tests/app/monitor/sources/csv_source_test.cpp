// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/monitor/sources/decoding.h"
#include "tests/app/monitor/sources/source_test.h"

namespace hiss {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

class CsvSourceTest : public SourceTest {
 protected:
  std::string uri(const std::string& file, const std::string& options = "") const {
    return fmt::format("csv:{}{}", path(file).string(), options);
  }
  // All rows from `position` on.
  std::vector<Observation> rowsOf(const std::string& uri, std::uint64_t position = 0) {
    const std::size_t before = host_.rows().size();
    start(uri, position);
    EXPECT_TRUE(host_.waitForEnd());
    stop();
    host_.restart();
    std::vector<Observation> rows = host_.rows();
    rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(before));
    return rows;
  }
};

TEST_F(CsvSourceTest, GivesTheRowsOfATable) {
  write("pump.csv",
        "time,temp,note,flow\n2026-11-22 14:30:05,21.5,ok,3\n2026-11-22 14:30:06,,ok,4\n");
  const std::vector<Observation> rows = rowsOf(uri("pump.csv"));
  EXPECT_EQ(textOf(rows),
            "pump@1795357805000000000 temp=21.5 flow=3\n"
            "pump@1795357806000000000 temp=nan flow=4");
  EXPECT_EQ(rows[0].next_position, 1U);
  EXPECT_EQ(rows[1].next_position, 2U);
  const Source& source = make(uri("pump.csv"));
  EXPECT_FALSE(source.isLive());
  EXPECT_TRUE(source.isDurable());
}

TEST_F(CsvSourceTest, TakesOptionsOfTables) {
  write("x.csv", "a;b;c\n1,5;2;7\n2,5;3;8\n");
  EXPECT_EQ(textOf(rowsOf(uri("x.csv", "?name=hall&columns=b,a&time=c"))),
            "hall@7000000000 b=2 a=1.5\nhall@8000000000 b=3 a=2.5");
  EXPECT_EQ(textOf(rowsOf(uri("x.csv", "?split=columns"))),
            "x/a a=1.5\nx/b b=2\nx/c c=7\nx/a a=2.5\nx/b b=3\nx/c c=8");
}

TEST_F(CsvSourceTest, TakesManyStreamsOfALongTable) {
  write("long.csv", "time,site,id,value\n1,n,7,1.5\n1,s,8,2.5\n2,n,7,1.75\n");
  EXPECT_EQ(textOf(rowsOf(uri("long.csv", "?stream=site,id"))),
            "n/7@1000000000 value=1.5\ns/8@1000000000 value=2.5\nn/7@2000000000 value=1.75");
}

TEST_F(CsvSourceTest, GoesOnAtAPosition) {
  std::string table = "time,a,b\n";
  for (int i = 0; i < 50; ++i) table += fmt::format("{},{},{}\n", i, i, -i);
  write("t.csv", table);
  for (const char* const options : {"", "?split=columns", "?loop=3", "?loop=3&split=columns"}) {
    const std::vector<Observation> all = rowsOf(uri("t.csv", options));
    for (const std::size_t done :
         {std::size_t{1}, std::size_t{17}, all.size() / 2, all.size() - 1, all.size()}) {
      const std::vector<Observation> rest = rowsOf(uri("t.csv", options), done);
      ASSERT_EQ(rest.size(), all.size() - done) << options << " from " << done;
      for (std::size_t i = 0; i < rest.size(); ++i) {
        const Observation& row = all[done + i];
        ASSERT_EQ(rest[i].stream, row.stream);
        ASSERT_EQ(rest[i].stamp_ns, row.stamp_ns) << options << " from " << done;
        ASSERT_EQ(rest[i].next_position, row.next_position);
        ASSERT_EQ(rest[i].fields[0].value, row.fields[0].value);
      }
    }
  }
}

TEST_F(CsvSourceTest, SaysIfThereAreFewerRowsThanWereDone) {
  write("t.csv", "time,a\n1,2\n2,3\n");
  EXPECT_TRUE(rowsOf(uri("t.csv"), 5).empty());
  EXPECT_NE(lines_.find("5 rows were done before, but there are only 2"), std::string::npos);
}

TEST_F(CsvSourceTest, LetsTimeGoOnFromRoundToRound) {
  write("t.csv", "time,a\n10,1\n12,2\n14,3\n");
  const std::vector<Observation> rows = rowsOf(uri("t.csv", "?loop=3"));
  ASSERT_EQ(rows.size(), 9U);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].stamp_ns, (10 + 2 * static_cast<std::int64_t>(i)) * kSecondNs);
    EXPECT_EQ(rows[i].next_position, i + 1);
  }
}

TEST_F(CsvSourceTest, MergesFilesByTime) {
  write("d/a.csv", "time,v\n1,1\n4,4\n");
  write("d/b.csv", "time,v\n2,2\n3,3\n5,5\n");
  write("d/notes.md", "# no table\n");
  const std::string merged =
      "a@1000000000 v=1\nb@2000000000 v=2\nb@3000000000 v=3\na@4000000000 v=4\nb@5000000000 v=5";
  EXPECT_EQ(textOf(rowsOf(uri("d"))), merged);
  EXPECT_EQ(textOf(rowsOf(uri("d/*.csv"))), merged);
  EXPECT_EQ(textOf(rowsOf(uri("d/b*.csv", "?name=x"))).substr(0, 14), "x@2000000000 v");
  EXPECT_THROW(start(uri("d/*.tsv")), Failure);
}

TEST_F(CsvSourceTest, KeepsThePaceOfTheStamps) {
  write("t.csv", "time,v\n0,0\n1,1\n2,2\n3,3\n");
  start(uri("t.csv", "?speed=10"));
  ASSERT_TRUE(host_.waitForEnd());
  const std::vector<Observation> rows = host_.rows();
  ASSERT_EQ(rows.size(), 4U);
  const double seconds = static_cast<double>(rows[3].arrived_ns - rows[0].arrived_ns) / 1e9;
  EXPECT_GE(seconds, 0.3);
  // Rows without a time.
  write("v.csv", "v\n0\n1\n2\n");
  host_.restart();
  start(uri("v.csv", "?speed=1&interval=100ms"));
  ASSERT_TRUE(host_.waitForEnd());
  const std::vector<Observation> more = host_.rows();
  ASSERT_EQ(more.size(), 7U);
  EXPECT_GE(static_cast<double>(more[6].arrived_ns - more[4].arrived_ns) / 1e9, 0.2);
  host_.restart();
  const Source& bare = start(uri("v.csv", "?speed=1"));
  ASSERT_TRUE(host_.waitForEnd());
  EXPECT_NE(bare.status().problem.find("interval"), std::string::npos);
}

TEST_F(CsvSourceTest, PassesOverLinesThatAreNoRows) {
  std::string table = "time,a,b\n";
  for (int i = 0; i < 40; ++i) table += fmt::format("{},{},{}\n", i, i, i);
  table += "40,1\n41,1,2,3\n42,\"1\"x,2\n43,7,8\n";
  write("t.csv", table);
  const Source& source = start(uri("t.csv"));
  ASSERT_TRUE(host_.waitForEnd());
  EXPECT_EQ(host_.rows().size(), 41U);
  EXPECT_EQ(source.status().malformed, 3U);
  EXPECT_EQ(source.status().problem, "");
}

TEST_F(CsvSourceTest, EndsAtALineWithoutAnEnd) {
  std::string table = "time,a\n";
  for (int i = 0; i < 40; ++i) table += fmt::format("{},{}\n", i, i);
  write("t.csv", table + "40,\"" + std::string(3 << 20, 'x'));
  const Source& source = start(uri("t.csv"));
  ASSERT_TRUE(host_.waitForEnd());
  EXPECT_EQ(host_.rows().size(), 40U);
  EXPECT_NE(source.status().problem.find("at most"), std::string::npos);
}

TEST_F(CsvSourceTest, StopsWhileItWaits) {
  write("t.csv", "time,v\n0,0\n1000000,1\n");
  start(uri("t.csv", "?speed=1"));
  ASSERT_TRUE(host_.waitForRows(1));
  stop();
  EXPECT_FALSE(host_.finished());
}

TEST_F(CsvSourceTest, SaysWhatIsWrong) {
  EXPECT_THROW(start(uri("missing.csv")), Failure);
  write("t.csv", "time,v\n0,0\n1,1\n");
  EXPECT_THROW(start(uri("t.csv", "?stream=nobody")), Failure);
  for (const char* const options : {"?speed=0", "?speed=fast", "?loop=0", "?split=rows", "?what=1",
                                    "?split=columns&stream=v"}) {
    EXPECT_THROW(make(uri("t.csv", options)), Failure) << options;
  }
  EXPECT_THROW(make("csv:"), Failure);
  EXPECT_THROW(make("csv://host/t.csv"), Failure);
  EXPECT_THROW(make("csv:-"), Failure);
}

}  // namespace
}  // namespace hiss
