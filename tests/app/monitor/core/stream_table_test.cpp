// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/stream_table.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/app/sensors/fake_detector.h"

namespace hiss {
namespace {

using Fields = std::vector<Field>;

Observation row(const std::string& stream, const Fields& fields) {
  Observation made;
  made.stream = stream;
  made.fields = fields;
  return made;
}

class StreamTableTest : public testing::Test {
 protected:
  static std::unique_ptr<StreamWatch> make(const std::string& name,
                                           const std::vector<std::string>& channels, bool seconds) {
    if (name == "ignored") return nullptr;
    return std::make_unique<StreamWatch>(name, std::make_unique<FakeDetector>(), channels, seconds,
                                         StreamRules());
  }
  std::vector<Stream*> take(const Observation& row) {
    std::vector<Stream*> found;
    table_.take(row, found);
    return found;
  }

  std::string lines_;
  std::unique_ptr<MonitorLog> log_ = MonitorLog::keeping(&lines_);
  StreamLimits limits_{3, 4};
  StreamCounts counts_;
  StreamTable table_{limits_, counts_, make, *log_};
};

TEST_F(StreamTableTest, AStreamHasTheChannelsOfItsFirstRow) {
  const auto first = take(row("pump", {{"flow", 1.0}, {"heat", 2.0}}));
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0]->name, "pump");
  EXPECT_EQ(first[0]->channels, (std::vector<std::string>{"flow", "heat"}));
  EXPECT_EQ(first[0]->values, (std::vector<double>{1.0, 2.0}));
  const auto again = take(row("pump", {{"flow", 3.0}, {"heat", 4.0}}));
  EXPECT_EQ(again, first);
  EXPECT_EQ(first[0]->values, (std::vector<double>{3.0, 4.0}));
}

TEST_F(StreamTableTest, FieldsComeInAnyOrderAndMayLack) {
  take(row("pump", {{"flow", 1.0}, {"heat", 2.0}}));
  auto found = take(row("pump", {{"heat", 4.0}, {"flow", 3.0}}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0]->values, (std::vector<double>{3.0, 4.0}));
  found = take(row("pump", {{"heat", 5.0}}));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_TRUE(std::isnan(found[0]->values[0]));
  EXPECT_EQ(found[0]->values[1], 5.0);
}

TEST_F(StreamTableTest, ALaterFieldIsAStreamOfItsOwn) {
  take(row("pump", {{"flow", 1.0}}));
  const auto both = take(row("pump", {{"flow", 2.0}, {"volt", 230.0}}));
  ASSERT_EQ(both.size(), 2U);
  EXPECT_EQ(both[0]->name, "pump");
  EXPECT_EQ(both[1]->name, "pump#volt");
  EXPECT_EQ(both[1]->channels, (std::vector<std::string>{"volt"}));
  EXPECT_EQ(both[1]->values[0], 230.0);
  const auto alone = take(row("pump", {{"volt", 231.0}}));
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_EQ(alone[0]->name, "pump#volt");
  EXPECT_EQ(counts_.streams, 2U);
}

TEST_F(StreamTableTest, StreamsAreBounded) {
  for (int i = 0; i < 10; ++i) take(row(fmt::format("s{}", i), {{"a", 1.0}}));
  for (int i = 0; i < 10; ++i) take(row(fmt::format("s{}", i), {{"a", 1.0}}));
  EXPECT_EQ(counts_.streams, 3U);
  EXPECT_EQ(counts_.refused, 7U);
  EXPECT_EQ(counts_.dropped, 14U);
  EXPECT_NE(lines_.find("at most 3 streams"), std::string::npos);
  EXPECT_EQ(lines_.find('\n'), lines_.size() - 1) << lines_;
}

TEST_F(StreamTableTest, ChannelsAreBounded) {
  Fields fields;
  for (int i = 0; i < 6; ++i) fields.push_back({std::to_string(i), 1.0 * i});
  for (int i = 0; i < 2; ++i) {
    const auto found = take(row("wide", fields));
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0]->values, (std::vector<double>{0.0, 1.0, 2.0, 3.0}));
  }
  EXPECT_EQ(counts_.streams, 1U);
}

TEST_F(StreamTableTest, NamesAreBounded) {
  EXPECT_TRUE(take(row(std::string(StreamLimits::kMostNameBytes + 1, 'x'), {{"a", 1.0}})).empty());
  EXPECT_EQ(counts_.refused, 1U);
  EXPECT_LT(lines_.size(), 400U);
}

TEST_F(StreamTableTest, AnIgnoredStreamIsNoneThatIsScored) {
  EXPECT_TRUE(take(row("ignored", {{"a", 1.0}})).empty());
  EXPECT_TRUE(take(row("ignored", {{"a", 1.0}})).empty());
  EXPECT_EQ(counts_.streams, 1U);
  EXPECT_EQ(counts_.dropped, 0U);
}

TEST_F(StreamTableTest, GivesItsStreamsBackToTheCount) {
  {
    StreamTable other(limits_, counts_, make, *log_);
    std::vector<Stream*> found;
    other.take(row("a", {{"a", 1.0}}), found);
    EXPECT_EQ(counts_.streams, 1U);
  }
  EXPECT_EQ(counts_.streams, 0U);
}

}  // namespace
}  // namespace hiss
