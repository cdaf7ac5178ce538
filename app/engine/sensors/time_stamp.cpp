// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/time_stamp.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>

#include "app/engine/sensors/table_cell.h"

namespace hiss {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr int kFirstYear = 1678;  // of those whose nanoseconds fit 64 bits
constexpr int kLastYear = 2261;
constexpr int kNanoDigits = 9;

bool isDigit(char c) { return c >= '0' && c <= '9'; }

// Takes a text apart from its front; after the first fault everything fails.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] bool atEnd() const { return rest_.empty(); }
  [[nodiscard]] char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool take(char c) {
    if (peek() != c || rest_.empty()) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool takeOneOf(std::string_view set) {
    if (rest_.empty() || set.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(bool taken) { ok_ = ok_ && taken; }

  // Exactly `count` digits.
  int number(int count) {
    int value = 0;
    for (int i = 0; i < count; ++i) {
      if (!isDigit(peek())) {
        ok_ = false;
        return 0;
      }
      value = 10 * value + (rest_.front() - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }

  // Digits of a fraction, in nanoseconds.
  std::int64_t fraction() {
    std::int64_t value = 0;
    int digits = 0;
    for (; isDigit(peek()); rest_.remove_prefix(1)) {
      if (digits++ < kNanoDigits) value = 10 * value + (rest_.front() - '0');
    }
    if (digits == 0) ok_ = false;
    for (; digits < kNanoDigits; ++digits) value *= 10;
    return value;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

struct Date {
  int year = 0;
  int month = 0;
  int day = 0;
};

Date takeDate(Scanner& in, std::string_view text) {
  Date date;
  if (text.size() > 4 && isDigit(text[0]) && isDigit(text[1]) && text[2] == '.') {
    date.day = in.number(2);
    in.expect(in.take('.'));
    date.month = in.number(2);
    in.expect(in.take('.'));
    date.year = in.number(4);
    return date;
  }
  date.year = in.number(4);
  const char mark = in.peek();
  const bool marked = mark == '-' || mark == '/';
  if (marked) in.take(mark);
  date.month = in.number(2);
  if (marked) in.expect(in.take(mark));
  date.day = in.number(2);
  return date;
}

std::int64_t takeTimeOfDay(Scanner& in) {
  const int hour = in.number(2);
  const bool marked = in.take(':');
  const int minute = in.number(2);
  int second = 0;
  std::int64_t fraction = 0;
  if (marked ? in.take(':') : isDigit(in.peek())) {
    second = in.number(2);
    if (in.takeOneOf(".,")) fraction = in.fraction();
  }
  in.expect(hour < 24 && minute < 60 && second <= 60);  // 60: a leap second
  return (std::int64_t{3600} * hour + std::int64_t{60} * minute + second) * kSecond + fraction;
}

// What to subtract to get to UTC.
std::int64_t takeZone(Scanner& in) {
  while (in.take(' ')) {
  }
  if (in.atEnd() || in.takeOneOf("Zz")) return 0;
  if (in.take('U')) {
    in.expect(in.take('T'));
    in.expect(in.take('C'));
    return 0;
  }
  const bool west = in.peek() == '-';
  in.expect(in.takeOneOf("+-"));
  const int hours = in.number(2);
  const int minutes = in.take(':') || !in.atEnd() ? in.number(2) : 0;
  in.expect(hours < 24 && minutes < 60);
  const std::int64_t offset = (std::int64_t{3600} * hours + std::int64_t{60} * minutes) * kSecond;
  return west ? -offset : offset;
}

double perSecond(TimeUnit unit) {
  switch (unit) {
    case TimeUnit::kSeconds:
      return 1.0;
    case TimeUnit::kMilliseconds:
      return 1e3;
    case TimeUnit::kMicroseconds:
      return 1e6;
    case TimeUnit::kRows:
    case TimeUnit::kNanoseconds:
      break;
  }
  return 1e9;
}

}  // namespace

std::optional<std::int64_t> parseDate(std::string_view text) {
  Scanner in(text);
  const Date date = takeDate(in, text);
  if (!in.ok() || date.year < kFirstYear || date.year > kLastYear) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year{date.year},
                                        std::chrono::month{static_cast<unsigned>(date.month)},
                                        std::chrono::day{static_cast<unsigned>(date.day)}};
  if (!day.ok()) return std::nullopt;
  const auto days = std::chrono::sys_days{day}.time_since_epoch().count();
  std::int64_t stamp = std::int64_t{86400} * days * kSecond;
  if (in.takeOneOf("Tt ")) {
    while (in.take(' ')) {
    }
    stamp += takeTimeOfDay(in);
    stamp -= takeZone(in);
  }
  if (!in.ok() || !in.atEnd()) return std::nullopt;
  return stamp;
}

std::optional<std::int64_t> parseEpoch(std::string_view text, TimeUnit unit, char decimal) {
  const std::optional<std::int64_t> whole = parseInteger(text);
  const auto scale = static_cast<std::int64_t>(1e9 / perSecond(unit));
  std::int64_t product = 0;
  if (whole && !__builtin_mul_overflow(*whole, scale, &product)) return product;
  const Cell cell = parseCell(text, decimal);
  if (cell.kind != Cell::Kind::kNumber) return std::nullopt;
  // Seconds and their fraction apart: of a stamp of today a double keeps only 0.2 us.
  const double seconds = std::floor(cell.value / perSecond(unit));
  constexpr double kMost = 9.2e9;
  if (!(std::fabs(seconds) < kMost)) return std::nullopt;
  const double rest = cell.value - seconds * perSecond(unit);
  return static_cast<std::int64_t>(seconds) * kSecond +
         static_cast<std::int64_t>(std::llround(rest * 1e9 / perSecond(unit)));
}

TimeUnit epochUnitOf(double value) {
  const double size = std::fabs(value);
  if (size < 1e11) return TimeUnit::kSeconds;
  if (size < 1e14) return TimeUnit::kMilliseconds;
  if (size < 1e17) return TimeUnit::kMicroseconds;
  return TimeUnit::kNanoseconds;
}

std::string dateText(std::int64_t stamp_ns) {
  const std::chrono::sys_time<std::chrono::nanoseconds> time{std::chrono::nanoseconds(stamp_ns)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::int64_t ms = (time - day).count() / 1'000'000;
  std::string text =
      fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60);
  if (ms % 1000 != 0) text += fmt::format(".{:03}", ms % 1000);
  return text;
}

std::string durationText(double seconds) {
  struct Unit {
    double seconds;
    const char* name;
  };
  constexpr std::array kUnits = {Unit{86400.0, "d"}, Unit{3600.0, "h"}, Unit{60.0, "min"},
                                 Unit{1.0, "s"},     Unit{1e-3, "ms"},  Unit{1e-6, "us"}};
  for (const Unit& unit : kUnits) {
    if (seconds >= unit.seconds) return fmt::format("{:.4g} {}", seconds / unit.seconds, unit.name);
  }
  return fmt::format("{:.4g} s", seconds);
}

}  // namespace hiss
