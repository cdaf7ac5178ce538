// SPDX-License-Identifier: Apache-2.0
// Cron-like times: reading them, and what they mean where clocks are put forward and back.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <ctime>
#include <optional>
#include <stdexcept>
#include <string>

#include "app/engine/failure.h"
#include "app/engine/monitor/stream_rules.h"
#include "app/engine/sensors/table_cell.h"

namespace hiss {
namespace {

constexpr int kMostMinutes = 10080;
constexpr std::size_t kMostCronBytes = 1000;
constexpr std::int64_t kNsInSecond = 1'000'000'000;
constexpr std::int64_t kMinute = 60;
constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kDay = 86400;
constexpr std::uint32_t kAllHours = 0xFFFFFF;

struct CronField {
  std::string_view name;
  int least;
  int most;
  std::array<std::string_view, 12> words;  // of `least` and on
};

constexpr std::array<CronField, 5> kFields = {{
    {"minute", 0, 59, {}},
    {"hour", 0, 23, {}},
    {"day", 1, 31, {}},
    {"month",
     1,
     12,
     {"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
    {"weekday", 0, 7, {"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}};
constexpr std::size_t kWeekday = 4;
constexpr std::uint64_t kSeventhDay = 1U << 7U;

[[noreturn]] void fail(const std::string& expected, std::string_view found) {
  throw std::invalid_argument(oneLine(fmt::format("expected {}, found \"{}\"", expected, found)));
}

class FieldReader {
 public:
  explicit FieldReader(const CronField& field) : field_(field) {}

  // The bits of the numbers that `text` names.
  std::uint64_t read(std::string_view text) const {
    std::uint64_t bits = 0;
    for (std::string_view rest = text;;) {
      const std::size_t comma = rest.find(',');
      bits |= readItem(rest.substr(0, comma));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
    return bits;
  }

 private:
  std::uint64_t readItem(std::string_view item) const {
    int step = 1;
    const std::size_t slash = item.find('/');
    const std::string_view range = item.substr(0, slash);
    const std::size_t dash = range.find('-');
    int first = field_.least;
    int last = field_.most;
    if (range == "*") {
      if (&field_ == &kFields[kWeekday]) last = 6;  // 7 is Sunday once more
    } else {
      first = readNumber(range.substr(0, dash), item);
      last = dash != std::string_view::npos    ? readNumber(range.substr(dash + 1), item)
             : slash != std::string_view::npos ? field_.most
                                               : first;
      // "sat-sun"
      if (&field_ == &kFields[kWeekday] && last == 0 && first > 0) last = 7;
    }
    if (slash != std::string_view::npos) {
      const std::optional<std::int64_t> number = parseInteger(item.substr(slash + 1));
      if (!number || *number < 1 || *number > field_.most) failItem("a step from 1 on", item);
      step = static_cast<int>(*number);
    }
    if (last < first) failItem("a range that goes upwards", item);
    std::uint64_t bits = 0;
    for (int i = first; i <= last; i += step) bits |= std::uint64_t{1} << static_cast<unsigned>(i);
    return bits;
  }

  int readNumber(std::string_view text, std::string_view item) const {
    const bool has_digits =
        !text.empty() && text.size() <= 2 &&
        std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (has_digits) {
      const int number = static_cast<int>(*parseInteger(text));
      if (number >= field_.least && number <= field_.most) return number;
    }
    for (std::size_t i = 0; i < field_.words.size(); ++i) {
      if (!text.empty() && equalsIgnoringCase(text, field_.words[i])) {
        return field_.least + static_cast<int>(i);
      }
    }
    failItem(fmt::format("{} to {}{}", field_.least, field_.most,
                         field_.words[0].empty() ? "" : ", or a name of three letters"),
             item);
  }

  [[noreturn]] void failItem(const std::string& expected, std::string_view item) const {
    fail(fmt::format("{} as {} (or *, lists, ranges and steps such as 1-5/2)", expected,
                     field_.name),
         item);
  }

  const CronField& field_;
};

std::chrono::year_month_day dateOf(std::int64_t day) {
  return std::chrono::sys_days{std::chrono::days{day}};
}

bool matchesDay(const MuteWindow& window, std::int64_t day) {
  const std::chrono::year_month_day date = dateOf(day);
  const unsigned weekday =
      std::chrono::weekday{std::chrono::sys_days{std::chrono::days{day}}}.c_encoding();
  if ((window.months >> static_cast<unsigned>(date.month()) & 1U) == 0) return false;
  const bool day_fits = (window.days >> static_cast<unsigned>(date.day()) & 1U) != 0;
  const bool weekday_fits = (window.weekdays >> weekday & 1U) != 0;
  return window.any_day || window.any_weekday ? day_fits && weekday_fits : day_fits || weekday_fits;
}

// Whether some date fits at all: 30 February never comes.
bool hasDay(const MuteWindow& window) {
  if (!window.any_day && !window.any_weekday) return true;
  static constexpr std::array<unsigned, 13> kDays = {0,  31, 29, 31, 30, 31, 30,
                                                     31, 31, 30, 31, 30, 31};
  for (unsigned month = 1; month <= 12; ++month) {
    const std::uint32_t days = (std::uint32_t{2} << kDays[month]) - 2U;
    if ((window.months >> month & 1U) != 0 && (window.days & days) != 0) return true;
  }
  return false;
}

std::int64_t floorDivide(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Seconds that local time is ahead of UTC at a moment of UTC.
std::int64_t localOffset(std::int64_t utc_seconds) {
  const std::time_t moment = utc_seconds;
  std::tm local = {};
  if (::localtime_r(&moment, &local) == nullptr) return 0;
  return local.tm_gmtoff;
}

// The clock of this machine over some days in which it is changed at most once.
class Clock {
 public:
  Clock(bool is_local, std::int64_t from, std::int64_t to) {
    if (!is_local) return;
    before_ = localOffset(from);
    after_ = localOffset(to);
    if (before_ == after_) return;
    while (from + 1 < to) {
      const std::int64_t middle = from + (to - from) / 2;
      (localOffset(middle) == before_ ? from : to) = middle;
    }
    change_ = to;
  }

  std::int64_t leastOffset() const { return std::min(before_, after_); }
  std::int64_t mostOffset() const { return std::max(before_, after_); }
  bool isChanged() const { return before_ != after_; }

  // When the wall clock shows a time: for the first time, if it does so twice; when it is put
  // forward, if that leaves the time out.
  std::int64_t utcOf(std::int64_t wall_seconds) const {
    if (before_ == after_ || wall_seconds - before_ < change_) return wall_seconds - before_;
    return std::max(wall_seconds - after_, change_);
  }
  // When it does so before or after it is changed; empty: not at all.
  std::optional<std::int64_t> utcBefore(std::int64_t wall_seconds) const {
    const std::int64_t utc = wall_seconds - before_;
    return utc < change_ ? std::optional(utc) : std::nullopt;
  }
  std::optional<std::int64_t> utcAfter(std::int64_t wall_seconds) const {
    const std::int64_t utc = wall_seconds - after_;
    return utc >= change_ ? std::optional(utc) : std::nullopt;
  }

 private:
  std::int64_t before_ = 0;
  std::int64_t after_ = 0;
  std::int64_t change_ = 0;
};

// The newest begin of `window` up to `now`, of the days from `first_day` to `last_day`. `utc_of`
// gives the moment of a wall time, or nothing, and never goes back. So begins go back in time from
// day to day, hour to hour and minute to minute, and the first one that is not in the future is it.
template <typename UtcOf>
std::optional<std::int64_t> newestBegin(const MuteWindow& window, std::int64_t now,
                                        std::int64_t first_day, std::int64_t last_day,
                                        const UtcOf& utc_of) {
  for (std::int64_t day = last_day; day >= first_day; --day) {
    if (!matchesDay(window, day)) continue;
    for (std::int64_t hour = 23; hour >= 0; --hour) {
      if ((window.hours >> static_cast<unsigned>(hour) & 1U) == 0) continue;
      for (std::uint64_t left = window.minutes_of_hour; left != 0;) {
        const auto minute = static_cast<std::int64_t>(std::bit_width(left)) - 1;
        left &= ~(std::uint64_t{1} << static_cast<unsigned>(minute));
        const std::optional<std::int64_t> begin =
            utc_of(day * kDay + hour * kHour + minute * kMinute);
        if (begin && *begin <= now) return begin;
      }
    }
  }
  return std::nullopt;
}

}  // namespace

MuteWindow parseMuteWindow(std::string_view cron, int duration_minutes, bool local_time) {
  if (duration_minutes < 1 || duration_minutes > kMostMinutes) {
    fail(fmt::format("1 to {} minutes", kMostMinutes), std::to_string(duration_minutes));
  }
  if (cron.size() > kMostCronBytes) {
    fail("five fields", std::string(cron.substr(0, 40)) + "...");
  }
  std::array<std::string_view, kFields.size()> fields;
  std::size_t count = 0;
  for (std::string_view rest = trimmed(cron); !rest.empty(); rest = trimmed(rest)) {
    const std::string_view field = rest.substr(0, rest.find_first_of(" \t"));
    if (count < fields.size()) fields[count] = field;
    ++count;
    rest.remove_prefix(field.size());
  }
  if (count != fields.size()) {
    fail("the five fields MINUTE HOUR DAY MONTH WEEKDAY of cron, such as \"0 2 * * sun\"", cron);
  }
  std::array<std::uint64_t, kFields.size()> bits = {};
  for (std::size_t i = 0; i < fields.size(); ++i) bits[i] = FieldReader(kFields[i]).read(fields[i]);
  MuteWindow window;
  window.minutes_of_hour = bits[0];
  window.hours = static_cast<std::uint32_t>(bits[1]);
  window.days = static_cast<std::uint32_t>(bits[2]);
  window.months = static_cast<std::uint32_t>(bits[3]);
  const std::uint64_t weekdays = bits[kWeekday];
  window.weekdays = static_cast<std::uint32_t>((weekdays & ~kSeventhDay) |
                                               ((weekdays & kSeventhDay) != 0 ? 1U : 0U));
  window.any_day = fields[2].front() == '*';
  window.any_weekday = fields[kWeekday].front() == '*';
  window.duration_minutes = duration_minutes;
  window.local_time = local_time;
  if (!hasDay(window)) fail("a day that comes in one of its months", cron);
  return window;
}

bool isMuted(const MuteWindow& window, std::int64_t stamp_ns) {
  const std::int64_t now = floorDivide(stamp_ns, kNsInSecond);
  const std::int64_t duration = window.duration_minutes * kMinute;
  const Clock clock(window.local_time, now - duration - kDay, now);
  const std::int64_t last_day = floorDivide(now + clock.mostOffset(), kDay);
  const std::int64_t first_day = floorDivide(now - duration + clock.leastOffset(), kDay);
  std::optional<std::int64_t> begin;
  if (clock.isChanged() && window.hours == kAllHours) {
    // As cron does it: what is not for an hour of its own follows time as it passes.
    begin = newestBegin(window, now, first_day, last_day,
                        [&](std::int64_t wall) { return clock.utcAfter(wall); });
    if (!begin) {
      begin = newestBegin(window, now, first_day, last_day,
                          [&](std::int64_t wall) { return clock.utcBefore(wall); });
    }
  } else {
    begin = newestBegin(window, now, first_day, last_day,
                        [&](std::int64_t wall) { return std::optional(clock.utcOf(wall)); });
  }
  return begin && now - *begin < duration;
}

}  // namespace hiss
