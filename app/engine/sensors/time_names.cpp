// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/time_names.h"

#include <algorithm>
#include <array>

#include "app/engine/sensors/table_cell.h"

namespace hiss {
namespace {

constexpr std::array<std::string_view, 22> kTimeNames = {
    "time",      "timestamp",   "time stamp", "time_stamp", "datetime", "date_time",
    "date time", "date",        "ts",         "t",          "ds",       "utc",
    "epoch",     "unixtime",    "unix_time",  "seconds",    "second",   "sec",
    "zeit",      "zeitstempel", "datum",      "local_time"};
constexpr std::string_view kFirstLetters = "tdueszlTDUESZL";  // of them

struct UnitName {
  std::string_view name;
  TimeUnit unit;
};
constexpr std::array kUnitNames = {
    UnitName{"s", TimeUnit::kSeconds},       UnitName{"sec", TimeUnit::kSeconds},
    UnitName{"seconds", TimeUnit::kSeconds}, UnitName{"ms", TimeUnit::kMilliseconds},
    UnitName{"us", TimeUnit::kMicroseconds}, UnitName{"ns", TimeUnit::kNanoseconds}};

bool isKnown(std::string_view name) {
  return std::any_of(kTimeNames.begin(), kTimeNames.end(),
                     [&](std::string_view known) { return equalsIgnoringCase(name, known); });
}

}  // namespace

std::optional<TimeUnit> timeUnitInName(std::string_view name) {
  while (!name.empty() && (name.back() == ')' || name.back() == ']')) name.remove_suffix(1);
  const std::size_t mark = name.find_last_of(" _([");
  if (mark == std::string_view::npos) return std::nullopt;
  for (const UnitName& unit : kUnitNames) {
    if (equalsIgnoringCase(name.substr(mark + 1), unit.name)) return unit.unit;
  }
  return std::nullopt;
}

bool isTimeName(std::string_view name) {
  // Asked of every key of every message.
  if (name.empty() || kFirstLetters.find(name.front()) == std::string_view::npos) return false;
  if (isKnown(name)) return true;
  if (!timeUnitInName(name)) return false;
  std::string_view base = name.substr(0, name.find_last_of(" _(["));
  while (!base.empty() && (base.back() == ' ' || base.back() == '_')) base.remove_suffix(1);
  return isKnown(base);
}

}  // namespace hiss
