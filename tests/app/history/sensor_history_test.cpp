// SPDX-License-Identifier: Apache-2.0
#include "app/engine/history/sensor_history.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <fstream>
#include <limits>
#include <random>
#include <thread>

#include "tests/app/history/made_rows.h"
#include "tests/support/sanitized.h"

namespace hiss {
namespace {

constexpr std::uint64_t kMuch = std::uint64_t{1} << 40;

void addRows(SensorHistory& history, const std::string& stream, int channels, std::uint64_t rows,
             bool has_time = true) {
  MadeRows made(stream, channels, has_time);
  for (std::uint64_t r = 0; r < rows; ++r) history.add(made.row(r));
}

// What a plain look at all rows says of the moments [begin, end).
struct Plain {
  float least = std::numeric_limits<float>::infinity();
  float greatest = -std::numeric_limits<float>::infinity();
  float score = -std::numeric_limits<float>::infinity();
  bool alert = false;
};

Plain plainly(std::uint64_t first_row, std::uint64_t rows, std::int64_t begin, std::int64_t end,
              std::size_t channel) {
  Plain plain;
  for (std::uint64_t r = first_row; r < rows; ++r) {
    if (MadeRows::stamp(r) < begin || MadeRows::stamp(r) >= end) continue;
    plain.score = std::max(plain.score, static_cast<float>(MadeRows::score(r)));
    plain.alert = plain.alert || MadeRows::isAlert(r);
    const auto value = static_cast<float>(MadeRows::value(r, channel));
    if (std::isnan(value)) continue;
    plain.least = std::min(plain.least, value);
    plain.greatest = std::max(plain.greatest, value);
  }
  return plain;
}

// Every column holds all of its own and nothing from beyond its neighbours.
void expectLanes(const SensorHistory& history, std::uint64_t first_row, std::uint64_t rows,
                 std::int64_t begin, std::int64_t end, std::size_t columns) {
  const auto lanes = history.lanes("pump", begin, end, columns, 2);
  ASSERT_TRUE(lanes.has_value());
  ASSERT_EQ(lanes->score.size(), columns);
  const double width = static_cast<double>(end - begin) / static_cast<double>(columns);
  const auto moment = [&](double column) {
    return begin + static_cast<std::int64_t>(std::ceil(column * width));
  };
  for (std::size_t i = 0; i < columns; ++i) {
    const auto column = static_cast<double>(i);
    for (std::size_t c = 0; c < lanes->lanes.size(); ++c) {
      const Plain own = plainly(first_row, rows, moment(column), moment(column + 1.0), c);
      const Plain wide = plainly(first_row, rows, moment(column - 1.0), moment(column + 2.0), c);
      const SensorLane& lane = lanes->lanes[c];
      if (own.least <= own.greatest) {
        ASSERT_LE(lane.least[i], own.least) << i;
        ASSERT_GE(lane.greatest[i], own.greatest) << i;
      }
      if (!std::isnan(lane.least[i])) {
        ASSERT_GE(lane.least[i], wide.least) << i;
        ASSERT_LE(lane.greatest[i], wide.greatest) << i;
      }
      ASSERT_TRUE(!own.alert || lanes->alerts[i] != 0) << i;
      ASSERT_TRUE(wide.alert || lanes->alerts[i] == 0) << i;
      const float score = lanes->score[i];
      ASSERT_TRUE(std::isinf(own.score) || score >= own.score) << i;
      ASSERT_TRUE(std::isnan(score) || score <= wide.score) << i;
    }
  }
}

TEST(SensorHistory, SumsUpAnyRangeAsAPlainLookAtAllRowsDoes) {
  constexpr std::uint64_t kRows = 30'000;  // more than 16 chunks: three levels
  SensorHistory history;
  addRows(history, "pump", 2, kRows);
  const std::int64_t first = MadeRows::stamp(0);
  const std::int64_t last = MadeRows::stamp(kRows - 1);
  expectLanes(history, 0, kRows, first, last + 1, 100);
  expectLanes(history, 0, kRows, first, last + 1, 3);
  std::mt19937 random(7);
  for (int i = 0; i < 30; ++i) {
    const auto span = static_cast<std::int64_t>(
        std::exp(std::uniform_real_distribution(3.0, 10.5)(random)) * 1e9);
    const std::int64_t begin = std::uniform_int_distribution(first - span, last)(random);
    expectLanes(history, 0, kRows, begin, begin + span, 1 + random() % 200);
  }
}

TEST(SensorHistory, RowsComeBackAsTheyWere) {
  constexpr std::uint64_t kRows = 5'000;
  SensorHistory history;
  addRows(history, "pump", 3, kRows);
  addRows(history, "other", 1, 100);
  std::uint64_t next = 1234;
  const std::uint64_t seen = history.forEach(
      "pump", MadeRows::stamp(1234), MadeRows::stamp(4321), [&](const SensorMoment& row) {
        EXPECT_EQ(row.row, next);
        EXPECT_EQ(row.at, MadeRows::stamp(next));
        EXPECT_EQ(row.p, 1.0 / static_cast<double>(next + 1));
        EXPECT_EQ(row.score, MadeRows::score(next));
        EXPECT_EQ(row.alert_id, MadeRows::isAlert(next) ? numbered("alert ", next / 1000) : "");
        for (std::size_t c = 0; c < 3; ++c) {
          const double value = MadeRows::value(next, c);
          if (std::isnan(value)) {
            EXPECT_TRUE(std::isnan(row.cells[c].value));
          } else {
            EXPECT_EQ(row.cells[c].value, value);
          }
          EXPECT_EQ(row.cells[c].high, static_cast<float>(c) + 12.0F);
          EXPECT_EQ(row.cells[c].share, c == 0 ? 1.0F : 0.0F);
        }
        ++next;
        return true;
      });
  EXPECT_EQ(seen, 4321U - 1234U);
  EXPECT_EQ(history.nearest("pump", MadeRows::stamp(2000) + MadeRows::kSecond / 3)->row, 2000U);
  EXPECT_EQ(history.nearest("pump", MadeRows::stamp(2000) - MadeRows::kSecond / 3)->row, 2000U);
  EXPECT_EQ(history.nearest("pump", 0)->row, 0U);
  EXPECT_EQ(history.nearest("pump", std::numeric_limits<std::int64_t>::max())->row, kRows - 1);
  EXPECT_EQ(history.momentBefore("pump", 100), MadeRows::stamp(kRows - 101));
  EXPECT_EQ(history.momentBefore("pump", kRows + 5), MadeRows::stamp(0));
  EXPECT_EQ(history.extent("other")->rows, 100U);
}

TEST(SensorHistory, WithoutTimeRowsCountAndAStampThatRunsBackStays) {
  SensorHistory history;
  addRows(history, "pump", 1, 700, false);
  EXPECT_FALSE(history.extent("pump")->has_time);
  EXPECT_EQ(history.extent("pump")->newest, 699);
  EXPECT_EQ(history.nearest("pump", 312)->row, 312U);

  MadeRows made("late", 1);
  ScoredRow row = made.row(0);
  for (const std::int64_t stamp : {std::numeric_limits<std::int64_t>::min(), std::int64_t{100},
                                   std::int64_t{50}, std::numeric_limits<std::int64_t>::max()}) {
    row.stamp_ns = stamp;
    history.add(row);
  }
  std::vector<std::int64_t> moments;
  history.forEach("late", std::numeric_limits<std::int64_t>::min(),
                  std::numeric_limits<std::int64_t>::max(), [&](const SensorMoment& each) {
                    moments.push_back(each.at);
                    return true;
                  });
  EXPECT_EQ(moments,
            (std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), 100, 100}));
  const auto lanes = history.lanes("late", std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::int64_t>::max(), 10, 1);
  EXPECT_FALSE(std::isnan(lanes->score[0]));
  EXPECT_TRUE(std::isnan(lanes->score[2]));
}

TEST(SensorHistory, UnknownStreamsAndEmptyRangesAreNone) {
  SensorHistory history;
  EXPECT_FALSE(history.extent("pump").has_value());
  EXPECT_FALSE(history.nearest("pump", 5).has_value());
  EXPECT_EQ(history.forEach("pump", 0, 1, [](const SensorMoment&) { return true; }), 0U);
  addRows(history, "pump", 1, 10);
  EXPECT_FALSE(history.lanes("pump", 5, 5, 10, 1).has_value());
}

TEST(SensorHistory, TheOldestRowsGoWhenTheDisksShareIsFull) {
  constexpr std::uint64_t kRows = 50'000;
  constexpr std::uint64_t kBytes = 1'000'000;  // about 15,000 rows
  SensorHistory history(kBytes);
  MadeRows pump("pump", 1);
  MadeRows other("other", 2);
  for (std::uint64_t r = 0; r < kRows; ++r) {
    history.add(pump.row(r));
    if (r < 2000) history.add(other.row(r));
  }
  const auto extent = history.extent("pump");
  EXPECT_LE(history.use().bytes_on_disk, kBytes);
  EXPECT_GT(extent->first, 30'000U);
  EXPECT_LT(extent->first, 40'000U);
  EXPECT_EQ(extent->oldest, MadeRows::stamp(extent->first));
  EXPECT_EQ(history.use().rows_lost, 0U) << "making room is no loss";
  // Of the stream that fell silent long ago only what is in memory is left.
  EXPECT_GT(history.extent("other")->first, 1500U);
  expectLanes(history, extent->first, kRows, MadeRows::stamp(extent->first), MadeRows::stamp(kRows),
              77);
  std::uint64_t next = extent->first;
  history.forEach("pump", 0, MadeRows::stamp(kRows), [&](const SensorMoment& row) {
    EXPECT_EQ(row.row, next++);
    return true;
  });
  EXPECT_EQ(next, kRows);
}

TEST(SensorHistory, ADiskThatTakesNothingLosesRowsAndSaysSo) {
  SensorHistory history(100);
  addRows(history, "pump", 1, 2000);
  EXPECT_GT(history.use().rows_lost, 1000U);
  EXPECT_FALSE(history.use().problem.empty());
  EXPECT_EQ(history.nearest("pump", MadeRows::stamp(1999))->row, 1999U);
  EXPECT_EQ(history.use().rows_lost, history.extent("pump")->first);
}

std::uint64_t residentBytes() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  file >> all >> resident;
  return resident * 4096;
}

constexpr std::uint64_t kManyRows = kSanitized ? 300'000 : 10'000'000;

TEST(SensorHistory, TenMillionRowsNeedLittleMemoryAndAreLookedAtInNoTime) {
  SensorHistory history(kMuch);
  addRows(history, "pump", 1, 100'000);
  const std::uint64_t before = residentBytes();
  MadeRows made("pump", 1);
  const auto began = std::chrono::steady_clock::now();
  for (std::uint64_t r = 100'000; r < kManyRows; ++r) history.add(made.row(r));
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - began;
  const std::uint64_t grown = residentBytes() - std::min(before, residentBytes());
  // Without a limit that a busy machine could miss: the work, told for people.
  double slowest_ms = 0.0;
  std::int64_t span = MadeRows::stamp(kManyRows) - MadeRows::stamp(0);
  for (; span > MadeRows::kSecond; span /= 3) {
    for (const std::int64_t begin : {MadeRows::stamp(0), MadeRows::stamp(kManyRows) - span}) {
      const auto asked = std::chrono::steady_clock::now();
      const auto lanes = history.lanes("pump", begin, begin + span, 1920, 4);
      const std::chrono::duration<double, std::milli> ms = std::chrono::steady_clock::now() - asked;
      slowest_ms = std::max(slowest_ms, ms.count());
      ASSERT_TRUE(span < 200 * MadeRows::kSecond ||
                  std::any_of(lanes->score.begin(), lanes->score.end(),
                              [](float score) { return !std::isnan(score); }));
    }
  }
  std::printf("%.0f ns a row, %.1f MB of memory, slowest of all spans %.2f ms\n",
              1e9 * taken.count() / static_cast<double>(kManyRows),
              static_cast<double>(grown) / 1e6, slowest_ms);
  if (!kSanitized) {
    EXPECT_LT(grown, 40'000'000U);
  }
  EXPECT_LT(slowest_ms, 500.0);
}

TEST(SensorHistory, IsAskedWhileRowsCome) {
  SensorHistory history(3'000'000);
  std::atomic<bool> done{false};
  MadeRows first("pump", 2);
  history.add(first.row(0));
  std::thread adder([&] {
    MadeRows pump("pump", 2);
    for (std::uint64_t r = 1; r < 60'000; ++r) {
      history.add(pump.row(r));
      if (r % 50 == 0) {
        MadeRows other(numbered("s", r % 1000), 1);
        history.add(other.row(r));
      }
    }
    done = true;
  });
  while (!done) {
    const auto extent = history.extent("pump");
    const auto lanes = history.lanes("pump", extent->oldest, extent->newest + 1, 300, 2);
    ASSERT_TRUE(lanes.has_value());
    ASSERT_TRUE(history.nearest("pump", extent->newest).has_value());
    std::int64_t last = 0;
    history.forEach("pump", extent->oldest, extent->newest, [&](const SensorMoment& row) {
      EXPECT_GE(row.at, last);
      last = row.at;
      return row.row % 4096 != 4095;
    });
  }
  adder.join();
  EXPECT_EQ(history.extent("pump")->rows, 60'000U);
  EXPECT_EQ(history.extent("s0")->channels.size(), 1U);
}

}  // namespace
}  // namespace hiss
