// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/monitor/sources/decoding.h"
#include "tests/app/monitor/sources/source_test.h"

namespace hiss {
namespace {

class FollowSourceTest : public SourceTest {
 protected:
  Source& follow(std::uint64_t position = 0, const std::string& options = "") {
    return start(fmt::format("csv:{}?follow=yes{}", path("log.csv").string(), options), position);
  }
  void append(const std::string& text) {
    std::ofstream(path("log.csv"), std::ios::binary | std::ios::app) << text;
  }
};

TEST_F(FollowSourceTest, ReadsAFileAsItGrows) {
  write("log.csv", "time,a\n1700000000,1\n1700000001,");
  const Source& source = follow();
  EXPECT_TRUE(source.isLive());
  EXPECT_TRUE(source.isDurable());
  ASSERT_TRUE(host_.waitForRows(1));
  append("2\n1700000002,3\n");
  ASSERT_TRUE(host_.waitForRows(3));
  EXPECT_EQ(textOf(host_.rows()),
            "log@1700000000000000000 a=1\nlog@1700000001000000000 a=2\n"
            "log@1700000002000000000 a=3");
  EXPECT_FALSE(host_.finished());
}

TEST_F(FollowSourceTest, WaitsForAFileThatIsNotThere) {
  const Source& source = follow();
  ASSERT_TRUE(waitUntil([&] { return !source.status().problem.empty(); }));
  write("log.csv", "m v=1\n");
  ASSERT_TRUE(host_.waitForRows(1));
  EXPECT_TRUE(waitUntil([&] { return source.status().connected; }));
  EXPECT_EQ(source.status().problem, "");
}

TEST_F(FollowSourceTest, GoesOnInTheFileThatFollows) {
  write("log.csv", "m v=1\nm v=2");
  const Source& source = follow();
  ASSERT_TRUE(host_.waitForRows(1));
  std::filesystem::rename(path("log.csv"), path("log.csv.1"));
  write("log.csv", "m v=3\n");
  ASSERT_TRUE(host_.waitForRows(3));
  EXPECT_EQ(host_.rows()[1].fields[0].value, 2.0);
  EXPECT_EQ(host_.rows()[2].fields[0].value, 3.0);
  EXPECT_EQ(source.status().reconnects, 1U);
  // Cut to nothing and begun anew.
  write("log.csv", "");
  ASSERT_TRUE(waitUntil([&] { return source.status().reconnects == 2; }));
  append("m v=4\n");
  ASSERT_TRUE(host_.waitForRows(4));
}

TEST_F(FollowSourceTest, GoesOnAtAPositionWithTheHeader) {
  write("log.csv", "time,a,b\n1700000000,1,2\n1700000001,3,4\n");
  follow();
  ASSERT_TRUE(host_.waitForRows(2));
  const std::uint64_t position = host_.rows()[0].next_position;
  stop();
  append("1700000002,5,6\n");
  follow(position);
  ASSERT_TRUE(host_.waitForRows(4));
  EXPECT_EQ(textOf({host_.rows()[2], host_.rows()[3]}),
            "log@1700000001000000000 a=3 b=4\nlog@1700000002000000000 a=5 b=6");
  stop();
  // In another file the position means nothing.
  std::filesystem::rename(path("log.csv"), path("old.csv"));
  write("log.csv", "time,a,b\n1700000003,7,8\n");
  follow(position);
  ASSERT_TRUE(host_.waitForRows(5));
  EXPECT_EQ(textOf({host_.rows()[4]}), "log@1700000003000000000 a=7 b=8");
}

TEST_F(FollowSourceTest, FindsTheRestOfAFileThatWasRenamedWhileItWasAway) {
  write("log.csv", "a,b\n1,2\n3,4\n");
  follow();
  ASSERT_TRUE(host_.waitForRows(2));
  const std::uint64_t position = host_.rows()[0].next_position;
  stop();
  std::filesystem::rename(path("log.csv"), path("log.csv.1"));
  write("log.csv", "c\n5\n");
  follow(position);
  ASSERT_TRUE(host_.waitForRows(4));
  const std::vector<Observation> rows = host_.rows();
  EXPECT_EQ(rows[2].fields[1].name, "b");
  EXPECT_EQ(rows[2].fields[1].value, 4.0);
  EXPECT_EQ(rows[3].fields[0].name, "c");
}

TEST_F(FollowSourceTest, TakesOptionsOfMessagesOnly) {
  write("log.csv", "{\"a\":1,\"b\":2}\n");
  follow(0, "&json=/b&name=x");
  ASSERT_TRUE(host_.waitForRows(1));
  EXPECT_EQ(host_.rows()[0].stream, "x");
  EXPECT_EQ(host_.rows()[0].fields.size(), 1U);
  EXPECT_THROW(follow(0, "&speed=1"), Failure);
}

}  // namespace
}  // namespace hiss
