// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/monitor/sink.h"

namespace hiss {

// "c" and 12 make "c12". Not by operator+, in which gcc 12 sees an overlap that is not there.
template <class Number>
std::string numbered(std::string text, Number number) {
  text += std::to_string(number);
  return text;
}

// Makes rows with verdicts whose numbers can be told from the row's number.
class MadeRows {
 public:
  static constexpr std::int64_t kBegin = 1'700'000'000'000'000'000;
  static constexpr std::int64_t kSecond = 1'000'000'000;

  MadeRows(std::string stream, int channels, bool has_time = true)
      : stream_(std::move(stream)), has_time_(has_time) {
    for (int c = 0; c < channels; ++c) names_.push_back(numbered("c", c));
    values_.resize(names_.size());
    verdicts_.resize(names_.size());
  }

  static double value(std::uint64_t row, std::size_t channel) {
    if (row % 97 == 13) return std::numeric_limits<double>::quiet_NaN();
    return std::sin(0.01 * static_cast<double>(row)) + 0.1 * static_cast<double>(row * 7919 % 101) +
           static_cast<double>(channel);
  }
  static double score(std::uint64_t row) { return row % 1000 == 777 ? 2.5 : 0.3; }
  static bool isAlert(std::uint64_t row) { return row % 1000 >= 777 && row % 1000 < 800; }
  // A pause every 500 rows.
  static std::int64_t stamp(std::uint64_t row) {
    return kBegin + static_cast<std::int64_t>(row + row / 500 * 100) * kSecond;
  }

  // Valid until the next call.
  const ScoredRow& row(std::uint64_t number) {
    for (std::size_t c = 0; c < names_.size(); ++c) {
      values_[c] = value(number, c);
      ChannelVerdict& verdict = verdicts_[c];
      verdict = {};
      if (number >= 10) {
        verdict.low = static_cast<float>(c) - 1.0F;
        verdict.high = static_cast<float>(c) + 12.0F;
      }
      verdict.share = c == 0 ? 1.0F : 0.0F;
    }
    id_ = numbered("alert ", number / 1000);
    row_.stream = stream_;
    row_.channels = names_;
    row_.values = values_;
    row_.verdicts = verdicts_;
    row_.row = number;
    row_.stamp_ns = has_time_ ? std::optional(stamp(number)) : std::nullopt;
    row_.p = 1.0 / static_cast<double>(number + 1);
    row_.score = score(number);
    row_.warming_up = number < 10;
    row_.alert_id = isAlert(number) ? std::string_view(id_) : std::string_view();
    return row_;
  }

 private:
  std::string stream_;
  bool has_time_;
  std::string id_;
  std::vector<std::string> names_;
  std::vector<double> values_;
  std::vector<ChannelVerdict> verdicts_;
  ScoredRow row_;
};

}  // namespace hiss
