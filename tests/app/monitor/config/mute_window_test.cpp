// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <ctime>
#include <random>
#include <stdexcept>
#include <string>

#include "app/engine/monitor/stream_rules.h"
#include "app/engine/sensors/time_stamp.h"

namespace hiss {
namespace {

// Local time of a place while it lives.
class Zone {
 public:
  explicit Zone(const char* name) {
    const char* const old = ::getenv("TZ");
    had_ = old != nullptr;
    if (had_) old_ = old;
    ::setenv("TZ", name, 1);
    ::tzset();
  }
  Zone(const Zone&) = delete;
  Zone& operator=(const Zone&) = delete;
  ~Zone() {
    had_ ? ::setenv("TZ", old_.c_str(), 1) : ::unsetenv("TZ");
    ::tzset();
  }

 private:
  bool had_ = false;
  std::string old_;
};

// As in Berlin, without the files of time zones: forward at 02:00 on the last Sunday of March,
// back at 03:00 on the last one of October.
constexpr const char* kBerlin = "CET-1CEST,M3.5.0,M10.5.0/3";

bool isMutedAt(const MuteWindow& window, const std::string& utc) {
  const auto stamp = parseDate(utc);
  EXPECT_TRUE(stamp) << utc;
  return isMuted(window, stamp.value_or(0));
}

std::string faultOf(std::string_view cron, int minutes = 60) {
  try {
    parseMuteWindow(cron, minutes, false);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  ADD_FAILURE() << cron << " is accepted";
  return {};
}

TEST(MuteWindowTest, ReadsWhatCronReads) {
  const MuteWindow window = parseMuteWindow("*/15 2,4-6 1-31/10 jan,MAR-may mon-fri/2", 30, true);
  EXPECT_EQ(window.minutes_of_hour, (1ULL << 0) | (1ULL << 15) | (1ULL << 30) | (1ULL << 45));
  EXPECT_EQ(window.hours, (1U << 2) | (1U << 4) | (1U << 5) | (1U << 6));
  EXPECT_EQ(window.days, (1U << 1) | (1U << 11) | (1U << 21) | (1U << 31));
  EXPECT_EQ(window.months, (1U << 1) | (1U << 3) | (1U << 4) | (1U << 5));
  EXPECT_EQ(window.weekdays, (1U << 1) | (1U << 3) | (1U << 5));
  EXPECT_FALSE(window.any_day);
  EXPECT_FALSE(window.any_weekday);
  EXPECT_EQ(window.duration_minutes, 30);
  EXPECT_TRUE(window.local_time);
  EXPECT_EQ(parseMuteWindow("0 0 * * 7", 1, true).weekdays, 1U);
  EXPECT_EQ(parseMuteWindow("0 0 * * sat-sun", 1, true).weekdays, (1U << 6) | 1U);
  EXPECT_EQ(parseMuteWindow("0 0 * * *", 1, true).weekdays, 0x7FU);
  EXPECT_EQ(parseMuteWindow("50/5 0 * * *", 1, true).minutes_of_hour, (1ULL << 50) | (1ULL << 55));
}

TEST(MuteWindowTest, SaysWhatIsWrong) {
  EXPECT_NE(faultOf("0 2 * *").find("five fields"), std::string::npos);
  EXPECT_NE(faultOf("0 2 * * * *").find("five fields"), std::string::npos);
  EXPECT_EQ(
      faultOf("60 2 * * *"),
      "expected 0 to 59 as minute (or *, lists, ranges and steps such as 1-5/2), found \"60\"");
  for (const char* const cron :
       {"", "0 24 * * *", "x * * * *", "1- * * * *", "-1 * * * *", "5-1 * * * *", "*/0 * * * *",
        "*/x * * * *", "1,,2 * * * *", "0 0 0 * *", "0 0 * 13 *", "0 0 * * 8", "0 0 * foo *",
        "+5 * * * *", "0 0 31 feb *", "0 0 31 4,6,9,11 *", "**/2 * * * *"}) {
    EXPECT_NE(faultOf(cron), "") << cron;
  }
  EXPECT_NE(faultOf("* * * * *", 0), "");
  EXPECT_NE(faultOf("* * * * *", 10081), "");
  EXPECT_NE(faultOf(std::string(100000, '*')), "");
  EXPECT_NO_THROW(parseMuteWindow("0 0 29 2 *", 1, false));
}

TEST(MuteWindowTest, LastsItsMinutes) {
  const MuteWindow night = parseMuteWindow("0 2 * * *", 120, false);
  EXPECT_FALSE(isMutedAt(night, "2026-11-22 01:59:59.999"));
  EXPECT_TRUE(isMutedAt(night, "2026-11-22 02:00:00"));
  EXPECT_TRUE(isMutedAt(night, "2026-11-22 03:59:59.999"));
  EXPECT_FALSE(isMutedAt(night, "2026-11-22 04:00:00"));
  EXPECT_TRUE(isMutedAt(night, "1965-11-22 03:00:00")) << "before 1970";
}

TEST(MuteWindowTest, GoesOnOverMidnightMonthsAndYears) {
  const MuteWindow eve = parseMuteWindow("0 22 31 12 *", 240, false);
  EXPECT_TRUE(isMutedAt(eve, "2026-12-31 23:00:00"));
  EXPECT_TRUE(isMutedAt(eve, "2027-01-01 01:59:00"));
  EXPECT_FALSE(isMutedAt(eve, "2027-01-01 02:00:00"));
  const MuteWindow week = parseMuteWindow("0 0 1 * *", 10080, false);
  EXPECT_TRUE(isMutedAt(week, "2026-11-07 23:59:00"));
  EXPECT_FALSE(isMutedAt(week, "2026-11-08 00:00:00"));
}

TEST(MuteWindowTest, TakesDayOrWeekdayAsCronDoes) {
  const MuteWindow either = parseMuteWindow("0 8 13 * fri", 60, false);
  EXPECT_TRUE(isMutedAt(either, "2026-11-13 08:00:00"));  // a Friday, the 13th
  EXPECT_TRUE(isMutedAt(either, "2026-11-20 08:00:00"));  // a Friday
  EXPECT_TRUE(isMutedAt(either, "2026-12-13 08:00:00"));  // the 13th, a Sunday
  EXPECT_FALSE(isMutedAt(either, "2026-12-14 08:00:00"));
  const MuteWindow sundays = parseMuteWindow("0 8 * * 0", 60, false);
  EXPECT_TRUE(isMutedAt(sundays, "2026-11-22 08:30:00"));
  EXPECT_FALSE(isMutedAt(sundays, "2026-11-23 08:30:00"));
}

TEST(MuteWindowTest, FollowsLocalTime) {
  const Zone zone(kBerlin);
  const MuteWindow night = parseMuteWindow("0 2 * * *", 60, true);
  EXPECT_TRUE(isMutedAt(night, "2026-01-10 01:30:00"));
  EXPECT_FALSE(isMutedAt(night, "2026-01-10 02:30:00"));
  EXPECT_TRUE(isMutedAt(night, "2026-07-10 00:30:00"));
  EXPECT_FALSE(isMutedAt(night, "2026-07-10 01:30:00"));
}

TEST(MuteWindowTest, BeginsWhenClocksGoForwardOverItsTime) {
  const Zone zone(kBerlin);
  // On 29 March 2026 02:00 becomes 03:00, at 01:00 UTC: 02:30 never comes.
  const MuteWindow night = parseMuteWindow("30 2 * * *", 60, true);
  EXPECT_FALSE(isMutedAt(night, "2026-03-29 00:59:00"));
  EXPECT_TRUE(isMutedAt(night, "2026-03-29 01:00:00"));
  EXPECT_TRUE(isMutedAt(night, "2026-03-29 01:59:00"));
  EXPECT_FALSE(isMutedAt(night, "2026-03-29 02:00:00"));
  // What begins before lasts as long as on other days.
  const MuteWindow before = parseMuteWindow("30 1 * * *", 60, true);
  EXPECT_TRUE(isMutedAt(before, "2026-03-29 01:29:00"));
  EXPECT_FALSE(isMutedAt(before, "2026-03-29 01:30:00"));
}

TEST(MuteWindowTest, BeginsOnceWhenClocksGoBack) {
  const Zone zone(kBerlin);
  // On 25 October 2026 03:00 becomes 02:00, at 01:00 UTC: 02:30 comes at 00:30 and at 01:30 UTC.
  const MuteWindow night = parseMuteWindow("30 2 * * *", 10, true);
  EXPECT_TRUE(isMutedAt(night, "2026-10-25 00:35:00"));
  EXPECT_FALSE(isMutedAt(night, "2026-10-25 00:45:00"));
  EXPECT_FALSE(isMutedAt(night, "2026-10-25 01:35:00"));
}

TEST(MuteWindowTest, OfEveryHourFollowsTimeAsItPasses) {
  const Zone zone(kBerlin);
  const MuteWindow always = parseMuteWindow("0 * * * *", 60, true);
  const MuteWindow half_past = parseMuteWindow("30 * * * *", 10, true);
  for (const char* const hour : {"00", "01", "02", "03"}) {
    for (const char* const day : {"2026-03-29 ", "2026-10-25 "}) {
      EXPECT_TRUE(isMutedAt(always, std::string(day) + hour + ":59:00")) << day << hour;
      EXPECT_TRUE(isMutedAt(half_past, std::string(day) + hour + ":35:00")) << day << hour;
      EXPECT_FALSE(isMutedAt(half_past, std::string(day) + hour + ":05:00")) << day << hour;
    }
  }
}

// The search over days against the plain meaning: some minute of the last ones was a begin.
TEST(MuteWindowTest, IsWhatTryingEachMinuteSays) {
  std::mt19937 engine(20261122);
  const auto below = [&](unsigned n) { return static_cast<int>(engine() % n); };
  const std::vector<std::string> days = {"*", "*", "1", "15-20", "*/5", "31"};
  const std::vector<std::string> weekdays = {"*", "*", "mon", "sat,sun", "1-5/2"};
  int muted = 0;
  for (int round = 0; round < 400; ++round) {
    const std::string cron =
        std::to_string(below(60)) + " " + (below(3) == 0 ? "*/6" : std::to_string(below(24))) +
        " " + days[engine() % days.size()] + " * " + weekdays[engine() % weekdays.size()];
    const int minutes = 1 + below(below(4) == 0 ? 10080 : 300);
    const MuteWindow window = parseMuteWindow(cron, minutes, false);
    const MuteWindow instant = parseMuteWindow(cron, 1, false);
    const std::int64_t now_s = 1700000000 + std::int64_t(engine() % 100000000);
    bool expected = false;
    for (int back = 0; back <= minutes && !expected; ++back) {
      const std::int64_t begin_s = (now_s / 60 - back) * 60;
      if (now_s - begin_s >= minutes * 60) break;
      const auto day = std::chrono::sys_days{std::chrono::floor<std::chrono::days>(
          std::chrono::sys_seconds{std::chrono::seconds{begin_s}})};
      const std::chrono::year_month_day date{day};
      const auto minute = static_cast<unsigned>(begin_s / 60 % 60);
      const auto hour = static_cast<unsigned>(begin_s / 3600 % 24);
      const bool day_fits = (instant.days >> static_cast<unsigned>(date.day()) & 1U) != 0;
      const bool weekday_fits =
          (instant.weekdays >> std::chrono::weekday{day}.c_encoding() & 1U) != 0;
      const bool date_fits = instant.any_day || instant.any_weekday ? day_fits && weekday_fits
                                                                    : day_fits || weekday_fits;
      expected = date_fits && (instant.minutes_of_hour >> minute & 1U) != 0 &&
                 (instant.hours >> hour & 1U) != 0;
    }
    EXPECT_EQ(isMuted(window, now_s * 1'000'000'000), expected) << cron << " " << minutes;
    muted += expected ? 1 : 0;
  }
  EXPECT_GT(muted, 40);
  EXPECT_LT(muted, 360);
}

}  // namespace
}  // namespace hiss
