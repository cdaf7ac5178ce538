// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <span>
#include <stdexcept>
#include <string>

#include "app/engine/failure.h"
#include "tests/app/monitor/sources/decoding.h"
#include "tests/app/monitor/sources/loopback.h"
#include "tests/app/monitor/sources/source_test.h"

namespace hiss {
namespace {

// Standard input is a pipe while a test runs.
class StdinSourceTest : public SourceTest {
 protected:
  StdinSourceTest() : kept_(::dup(STDIN_FILENO)) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe");
    ::dup2(ends[0], STDIN_FILENO);
    ::close(ends[0]);
    pipe_ = ByteFile::adopt(ends[1]);
  }
  ~StdinSourceTest() override {
    stop();
    ::dup2(kept_, STDIN_FILENO);
    ::close(kept_);
  }
  void put(std::string_view bytes) {
    ASSERT_EQ(pipe_.write(std::as_bytes(std::span(bytes))), bytes.size());
  }

  int kept_;
  ByteFile pipe_;
};

TEST_F(StdinSourceTest, TakesATableUntilItsEnd) {
  const Source& source = start("stdin:");
  EXPECT_FALSE(source.isLive());
  put("time,temp,hum\n0,21.5,40\n1,");
  ASSERT_TRUE(host_.waitForRows(1));
  put("21.6,41\n2,21.7,42");
  pipe_.close();
  ASSERT_TRUE(host_.waitForEnd());
  EXPECT_EQ(textOf(host_.rows()),
            "stdin@0 temp=21.5 hum=40\nstdin@1000000000 temp=21.6 hum=41\n"
            "stdin@2000000000 temp=21.7 hum=42");
  EXPECT_TRUE(source.status().ended);
}

TEST_F(StdinSourceTest, GivesRowsWithoutTimeNoneUnlessTheyAreLive) {
  start("stdin:?name=x");
  put("1\n");
  ASSERT_TRUE(host_.waitForRows(1));
  EXPECT_EQ(textOf(host_.rows()), "x value=1");
  EXPECT_TRUE(start("stdin:?live=yes").isLive());
  put("2\n");
  ASSERT_TRUE(host_.waitForRows(2));
  EXPECT_TRUE(host_.rows()[1].stamp_ns);
}

TEST_F(StdinSourceTest, CountsLinesThatAreNoRows) {
  const Source& source = start("stdin:");
  put("{\"a\":1}\n{\"a\":\nm v=\nm v=1\n");
  pipe_.close();
  ASSERT_TRUE(host_.waitForEnd());
  EXPECT_EQ(host_.rows().size(), 2U);
  EXPECT_EQ(source.status().malformed, 2U);
}

TEST_F(StdinSourceTest, RefusesANameOfAFile) { EXPECT_THROW(make("stdin:x.csv"), Failure); }

TEST(SourceFactory, NamesTheKindsThereAre) {
  std::string lines;
  const auto log = MonitorLog::keeping(&lines);
  try {
    makeSource(makeEndpoint("carrier-pigeon:home", "plant.toml:3"), *log);
    FAIL() << "made a source of an unknown kind";
  } catch (const Failure& failure) {
    const std::string text = failure.what();
    EXPECT_EQ(failure.kind(), FailureKind::kUsage);
    EXPECT_EQ(text.find("plant.toml:3: "), 0U) << text;
    EXPECT_NE(text.find("udp:"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace hiss
