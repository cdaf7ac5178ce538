// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/time_stamp.h"

#include <gtest/gtest.h>

namespace hiss {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kMoment = 1'763'821'805;  // 2025-11-22T14:30:05Z

TEST(TimeStamp, ReadsDatesOfManyForms) {
  for (const char* text :
       {"2025-11-22T14:30:05Z", "2025-11-22 14:30:05", "2025/11/22 14:30:05", "20251122T143005Z",
        "22.11.2025 14:30:05", "2025-11-22T15:30:05+01:00", "2025-11-22T15:30:05+0100",
        "2025-11-22 06:30:05-08", "2025-11-22 14:30:05 UTC", "2025-11-22 14:30:05 +00:00",
        "2025-11-22 14:30:05.000", "2025-11-22 14:30:05,0"}) {
    EXPECT_EQ(parseDate(text), kMoment * kSecond) << text;
  }
  EXPECT_EQ(parseDate("2025-11-22 14:30:05.25"), kMoment * kSecond + kSecond / 4);
  EXPECT_EQ(parseDate("2025-11-22 14:30:05.1234567899"), kMoment * kSecond + 123456789);
  EXPECT_EQ(parseDate("2025-11-22 14:30"), (kMoment - 5) * kSecond);
  EXPECT_EQ(parseDate("1970-01-01"), 0);
  EXPECT_EQ(parseDate("1969-12-31T23:59:59Z"), -kSecond);
  EXPECT_EQ(parseDate("2024-02-29"), parseDate("2024-03-01").value() - 86400 * kSecond);
}

TEST(TimeStamp, RefusesWhatIsNoDate) {
  for (const char* text :
       {"", "2025", "2025-11", "2025-13-01", "2025-02-29", "2025-11-22 25:00", "2025-11-22 14:60",
        "2025-11-22T", "2025-11-22T14", "2025-11-22 14:30:05.", "2025-11-22 14:30:05 CET",
        "2025-11-22x", "2025-11/22", "9999-01-01", "1.5", "noon", "2025-11-22 14:30:05+25:00",
        "2025-11-22 14:30:05Zx"}) {
    EXPECT_FALSE(parseDate(text)) << text;
  }
}

TEST(TimeStamp, CountsInEveryUnit) {
  EXPECT_EQ(parseEpoch("1763821805", TimeUnit::kSeconds, '.'), kMoment * kSecond);
  EXPECT_EQ(parseEpoch("1763821805.25", TimeUnit::kSeconds, '.'), kMoment * kSecond + kSecond / 4);
  EXPECT_EQ(parseEpoch("1763821805,25", TimeUnit::kSeconds, ','), kMoment * kSecond + kSecond / 4);
  EXPECT_EQ(parseEpoch("1763821805250", TimeUnit::kMilliseconds, '.'),
            kMoment * kSecond + kSecond / 4);
  EXPECT_EQ(parseEpoch("1763821805000001", TimeUnit::kMicroseconds, '.'), kMoment * kSecond + 1000);
  EXPECT_EQ(parseEpoch("1763821805000000001", TimeUnit::kNanoseconds, '.'), kMoment * kSecond + 1);
  EXPECT_EQ(parseEpoch("0.5", TimeUnit::kMilliseconds, '.'), 500'000);
  EXPECT_EQ(parseEpoch("-1.5", TimeUnit::kSeconds, '.'), -kSecond - kSecond / 2);
  EXPECT_EQ(parseEpoch("7", TimeUnit::kRows, '.'), 7);
  for (const char* text : {"", "x", "nan", "1e300", "inf"}) {
    EXPECT_FALSE(parseEpoch(text, TimeUnit::kSeconds, '.')) << text;
  }
}

TEST(TimeStamp, GuessesTheUnitBySize) {
  EXPECT_EQ(epochUnitOf(0.0), TimeUnit::kSeconds);
  EXPECT_EQ(epochUnitOf(1.7e9), TimeUnit::kSeconds);
  EXPECT_EQ(epochUnitOf(1.7e12), TimeUnit::kMilliseconds);
  EXPECT_EQ(epochUnitOf(1.7e15), TimeUnit::kMicroseconds);
  EXPECT_EQ(epochUnitOf(1.7e18), TimeUnit::kNanoseconds);
}

TEST(TimeStamp, SaysTimesForPeople) {
  EXPECT_EQ(dateText(kMoment * kSecond), "2025-11-22 14:30:05");
  EXPECT_EQ(dateText(kMoment * kSecond + kSecond / 8), "2025-11-22 14:30:05.125");
  EXPECT_EQ(dateText(-kSecond), "1969-12-31 23:59:59");
  EXPECT_EQ(durationText(300.0), "5 min");
  EXPECT_EQ(durationText(0.0625), "62.5 ms");
  EXPECT_EQ(durationText(86400.0), "1 d");
}

}  // namespace
}  // namespace hiss
