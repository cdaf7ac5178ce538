// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/sensors/alert_logic.h"

namespace hiss {

// Minutes of the week in which alerts are not told, cron-like: "MINUTE HOUR DAY MONTH WEEKDAY" is
// when it begins (as in cron: *, lists, ranges, steps, names), `minutes` how long it lasts.
struct MuteWindow {
  std::uint64_t minutes_of_hour = 0;  // bit 0 to 59
  std::uint32_t hours = 0;            // bit 0 to 23
  std::uint32_t days = 0;             // bit 1 to 31
  std::uint32_t months = 0;           // bit 1 to 12
  std::uint32_t weekdays = 0;         // bit 0 (Sunday) to 6
  bool any_day = true;       // DAY was "*": then WEEKDAY alone counts, and the other way round;
  bool any_weekday = true;   // neither "*": either is enough, as in cron
  int duration_minutes = 0;  // 1 to 10080
  bool local_time = true;    // of this machine; else UTC
};

// Throws std::invalid_argument that says what was expected and found.
MuteWindow parseMuteWindow(std::string_view cron, int duration_minutes, bool local_time);
// Whether a window that began at most its duration before covers this moment (ns since 1970).
bool isMuted(const MuteWindow& window, std::int64_t stamp_ns);

// A hard limit of the values of channels whose name matches.
struct ValueLimit {
  std::string channel = "*";      // glob
  std::optional<double> floor;    // below alarms
  std::optional<double> ceiling;  // above alarms
};

// How one stream is watched.
struct StreamRules {
  AlarmBudget budget;
  AlertSettings alert;
  std::vector<ValueLimit> limits;
  std::vector<MuteWindow> mute;
  // Silence that raises an alert: seconds; 0: never; empty: AlertSettings::no_data_rows usual
  // intervals, but at least 10 s.
  std::optional<double> no_data_seconds;
  bool ignore = false;  // the stream is not watched at all
};

// One [[rule]] of the configuration: the keys it gives, for the streams that match.
struct RulePatch {
  std::string stream = "*";  // glob; "*" also matches "/"
  std::optional<double> false_alarms_per_week;
  std::optional<double> alarm_p;
  std::optional<int> hold_rows;
  std::optional<int> cool_down_rows;
  std::optional<int> flap_rows;
  std::optional<double> no_data_seconds;
  std::vector<ValueLimit> limits;  // added
  std::vector<MuteWindow> mute;    // added
  std::optional<bool> ignore;
};

// The defaults, with all patches that match put on in turn: a later one wins.
StreamRules rulesFor(const std::vector<RulePatch>& patches, const StreamRules& defaults,
                     std::string_view stream);

// Shell-like: * any text, ? one character, [a-z] one of them. [thread-safe]
bool matchesGlob(std::string_view pattern, std::string_view text);

}  // namespace hiss
