// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/row_intake.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/app/monitor/collecting_host.h"

namespace hiss {
namespace {

class RowIntakeTest : public testing::Test {
 protected:
  RowIntake& make(RowIntake::WhenFull when_full, bool stamp_on_arrival) {
    intake_ = std::make_unique<RowIntake>("udp:9000", DecodeSettings{}, when_full, stamp_on_arrival,
                                          *log_);
    intake_->begin(host_);
    return *intake_;
  }
  static std::int64_t nowNs() {
    return std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  }

  std::string lines_;
  std::unique_ptr<MonitorLog> log_ = MonitorLog::keeping(&lines_);
  CollectingHost host_;
  std::unique_ptr<RowIntake> intake_;
};

TEST_F(RowIntakeTest, HandsRowsOverWithPositionShardAndArrival) {
  RowIntake& intake = make(RowIntake::WhenFull::kWait, false);
  EXPECT_TRUE(intake.message("[{\"a\":1},{\"a\":2}]", "s", 17, 3));
  const std::vector<Observation> rows = host_.rows();
  ASSERT_EQ(rows.size(), 2U);
  for (const Observation& row : rows) {
    EXPECT_EQ(row.stream, "s");
    EXPECT_EQ(row.next_position, 17U);
    EXPECT_EQ(row.shard, 3);
    EXPECT_GT(row.arrived_ns, 0);
    EXPECT_FALSE(row.stamp_ns);
  }
  EXPECT_EQ(intake.status().rows, 2U);
}

TEST_F(RowIntakeTest, StampsRowsOfLiveSourcesThatHaveNoTimeOfDay) {
  RowIntake& intake = make(RowIntake::WhenFull::kWait, true);
  const std::int64_t before = nowNs();
  EXPECT_TRUE(intake.message("1", "s"));
  EXPECT_TRUE(intake.message("{\"uptime_s\":5,\"time\":12.5}", "s"));
  EXPECT_TRUE(intake.message("{\"a\":5,\"time\":1700000000}", "s"));
  const std::vector<Observation> rows = host_.rows();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_GE(rows[0].stamp_ns, before);
  EXPECT_GE(rows[1].stamp_ns, before);
  EXPECT_EQ(rows[2].stamp_ns, 1'700'000'000'000'000'000);
}

TEST_F(RowIntakeTest, CountsWhatIsLostWhenTheMonitorIsFull) {
  RowIntake& intake = make(RowIntake::WhenFull::kDrop, true);
  host_.setRoom(2);
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(intake.message("1", "s"));
  EXPECT_EQ(intake.status().rows, 2U);
  EXPECT_EQ(intake.status().dropped, 3U);
}

TEST_F(RowIntakeTest, StopsWithTheMonitor) {
  RowIntake& intake = make(RowIntake::WhenFull::kWait, true);
  host_.stop();
  EXPECT_FALSE(intake.message("1", "s"));
  EXPECT_EQ(intake.status().rows, 0U);
}

TEST_F(RowIntakeTest, CountsMalformedMessagesAndSaysOne) {
  RowIntake& intake = make(RowIntake::WhenFull::kWait, true);
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(intake.message("{\"a\":\n\x01", "s"));
  EXPECT_TRUE(intake.message("m a=1\nm b=", "s"));
  EXPECT_EQ(intake.status().malformed, 1001U);
  EXPECT_EQ(intake.status().rows, 1U);
  EXPECT_EQ(std::count(lines_.begin(), lines_.end(), '\n'), 1) << lines_;
  EXPECT_NE(lines_.find("udp:9000"), std::string::npos);
}

TEST_F(RowIntakeTest, TellsHowItDoes) {
  RowIntake& intake = make(RowIntake::WhenFull::kWait, true);
  EXPECT_FALSE(intake.status().connected);
  intake.setConnected(false, "nobody there");
  EXPECT_EQ(intake.status().problem, "nobody there");
  intake.setConnected(true);
  intake.countReconnect();
  EXPECT_TRUE(intake.status().connected);
  EXPECT_EQ(intake.status().problem, "");
  EXPECT_EQ(intake.status().reconnects, 1U);
  intake.setEnded();
  EXPECT_TRUE(intake.status().ended);
  EXPECT_EQ(intake.status().uri, "udp:9000");
}

}  // namespace
}  // namespace hiss
