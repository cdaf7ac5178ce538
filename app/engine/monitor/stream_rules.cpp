// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/stream_rules.h"

#include <algorithm>

namespace hiss {
namespace {

// The length of the character of UTF-8 at the front; a byte that is none counts as one.
std::size_t characterBytes(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && length < 4 &&
         (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) {
    ++length;
  }
  return (static_cast<unsigned char>(text[0]) & 0xC0U) == 0xC0U ? length : 1;
}

// One "[a-z]" at the front of `pattern`, which loses it. Without an end it is a plain "[".
bool takesSet(std::string_view& pattern, char c) {
  std::size_t at = 1;
  const bool is_inverted = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (is_inverted) ++at;
  const std::size_t first = at;
  bool found = false;
  const auto byte = static_cast<unsigned char>(c);
  while (at < pattern.size() && (pattern[at] != ']' || at == first)) {
    const auto low = static_cast<unsigned char>(pattern[at]);
    auto high = low;
    if (at + 2 < pattern.size() && pattern[at + 1] == '-' && pattern[at + 2] != ']') {
      high = static_cast<unsigned char>(pattern[at + 2]);
      at += 2;
    }
    found = found || (low <= byte && byte <= high);
    ++at;
  }
  if (at >= pattern.size()) {
    pattern.remove_prefix(1);
    return c == '[';
  }
  pattern.remove_prefix(at + 1);
  return found != is_inverted;
}

// Whether the front of `pattern`, which is no "*", takes the front of `text`; both lose it.
bool takesOne(std::string_view& pattern, std::string_view& text) {
  switch (pattern.front()) {
    case '?':
      pattern.remove_prefix(1);
      text.remove_prefix(characterBytes(text));
      return true;
    case '[': {
      const char c = text.front();
      text.remove_prefix(1);
      return takesSet(pattern, c);
    }
    case '\\':
      if (pattern.size() > 1) pattern.remove_prefix(1);
      break;
    default:
      break;
  }
  const bool same = pattern.front() == text.front();
  pattern.remove_prefix(1);
  text.remove_prefix(1);
  return same;
}

}  // namespace

bool matchesGlob(std::string_view pattern, std::string_view text) {
  // Only the newest "*" may have to take more: what stood before it has matched already, and a
  // longer match of an earlier one could do no better. So the time is bounded by the product.
  bool has_star = false;
  std::string_view star_pattern;
  std::string_view star_text;
  while (true) {
    if (!pattern.empty() && pattern.front() == '*') {
      pattern.remove_prefix(1);
      has_star = true;
      star_pattern = pattern;
      star_text = text;
      continue;
    }
    if (pattern.empty() && text.empty()) return true;
    if (!pattern.empty() && !text.empty() && takesOne(pattern, text)) continue;
    if (!has_star || star_text.empty()) return false;
    star_text.remove_prefix(1);
    pattern = star_pattern;
    text = star_text;
  }
}

StreamRules rulesFor(const std::vector<RulePatch>& patches, const StreamRules& defaults,
                     std::string_view stream) {
  StreamRules rules = defaults;
  for (const RulePatch& patch : patches) {
    if (!matchesGlob(patch.stream, stream)) continue;
    if (patch.false_alarms_per_week) {
      rules.budget.false_alarms = *patch.false_alarms_per_week;
      rules.budget.alarm_p = 0.0;  // which an earlier patch may have set, and would win
    }
    if (patch.alarm_p) rules.budget.alarm_p = *patch.alarm_p;
    if (patch.hold_rows) rules.alert.hold_rows = *patch.hold_rows;
    if (patch.cool_down_rows) rules.alert.cool_down_rows = *patch.cool_down_rows;
    if (patch.flap_rows) rules.alert.flap_rows = *patch.flap_rows;
    if (patch.no_data_seconds) rules.no_data_seconds = patch.no_data_seconds;
    if (patch.ignore) rules.ignore = *patch.ignore;
    rules.limits.insert(rules.limits.end(), patch.limits.begin(), patch.limits.end());
    rules.mute.insert(rules.mute.end(), patch.mute.begin(), patch.mute.end());
  }
  return rules;
}

}  // namespace hiss
