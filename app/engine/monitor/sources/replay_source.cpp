// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/replay_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/sensors/table_cell.h"

namespace hiss {
namespace {

constexpr double kMostSpeed = 1e9;

std::int64_t steadyNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

// "a - b", or 0 if it does not fit.
std::int64_t difference(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_sub_overflow(a, b, &result) ? 0 : result;
}

std::int64_t sum(std::int64_t a, std::int64_t b) {
  std::int64_t result = 0;
  return __builtin_add_overflow(a, b, &result) ? a : result;
}

}  // namespace

ReplaySettings replaySettings(OptionReader& options) {
  ReplaySettings settings;
  const std::string speed = options.text("speed", "max");
  if (speed != "max") {
    const Cell cell = parseCell(speed, '.');
    const bool good = cell.kind == Cell::Kind::kNumber && cell.value > 0.0;
    if (!good || cell.value > kMostSpeed) options.fail("speed", "max, or a number above 0", speed);
    settings.speed = cell.value;
  }
  settings.interval_seconds = options.seconds("interval", 0.0, 1e7, 0.0);
  const std::string loop = options.text("loop", "no");
  const auto times = parseInteger(loop);
  const auto is_one_of = [&](std::initializer_list<std::string_view> words) {
    return std::find(words.begin(), words.end(), loop) != words.end();
  };
  if (is_one_of({"yes", "true", "on"})) {
    settings.times = 0;
  } else if (times && *times >= 1) {
    settings.times = static_cast<std::uint64_t>(*times);
  } else if (!is_one_of({"no", "false", "off"})) {
    options.fail("loop", "yes, no, or a number of rounds", loop);
  }
  return settings;
}

ReplaySource::ReplaySource(const Endpoint& endpoint, ReplaySettings settings, MonitorLog& log)
    : settings_(settings),
      log_(log),
      name_(endpoint.name),
      intake_(name_, DecodeSettings{}, RowIntake::WhenFull::kWait, false, log) {}

void ReplaySource::start(SourceHost& host, std::uint64_t position) {
  goal_ = position;
  reader_ = open_();
  intake_.begin(host);
  intake_.setConnected(true);
  thread_.start(intake_, host, log_, [this] { replay(); });
}

void ReplaySource::replay() {
  for (round_ = 0; settings_.times == 0 || round_ < settings_.times; ++round_) {
    if (!reader_) reader_ = open_();
    const std::uint64_t before = position_;
    if (!playRound()) return;
    reader_.reset();
    round_rows_ = position_ - before;
    if (round_rows_ == 0) {
      throw Failure(FailureKind::kInput, name_, "at least one row", "none");
    }
    if (first_ns_) {
      shift_ns_ = sum(shift_ns_,
                      sum(difference(*last_ns_, *first_ns_), std::max<std::int64_t>(step_ns_, 1)));
    }
    if (round_ == 0) passWholeRounds();
  }
  if (position_ >= goal_) return;
  log_.warn(
      fmt::format("{}: {} rows were done before, but there are only {}", name_, goal_, position_));
}

// Rounds that were done before are all alike, so that nothing of them must be read.
void ReplaySource::passWholeRounds() {
  if (goal_ <= position_) return;
  std::uint64_t rounds = (goal_ - position_) / round_rows_;
  if (settings_.times > 0) rounds = std::min(rounds, settings_.times - 1 - round_);
  round_ += rounds;
  position_ += rounds * round_rows_;
  std::int64_t shift = 0;
  const auto times = static_cast<std::int64_t>(rounds);
  if (!__builtin_mul_overflow(shift_ns_, times, &shift)) shift_ns_ = sum(shift_ns_, shift);
}

// False: it is to stop.
bool ReplaySource::playRound() {
  for (;;) {
    Observation row;
    if (thread_.isStopping()) return false;
    if (!reader_->next(row)) return true;
    row.next_position = ++position_;
    followStamps(row);
    if (position_ <= goal_) continue;
    if (settings_.speed > 0.0 && !waitFor(row)) return false;
    if (!intake_.row(std::move(row))) return false;
  }
}

void ReplaySource::followStamps(Observation& row) {
  if (!row.stamp_ns) return;
  const std::int64_t stamp = *row.stamp_ns;
  if (last_ns_ && stamp > *last_ns_) step_ns_ = difference(stamp, *last_ns_);
  // Of the first round only: the others are the same.
  if (round_ == 0) {
    first_ns_ = std::min(first_ns_.value_or(stamp), stamp);
    last_ns_ = std::max(last_ns_.value_or(stamp), stamp);
  }
  row.stamp_ns = sum(stamp, shift_ns_);
}

// Until the row is due. Moments are counted from the first one, so that delays do not add up.
bool ReplaySource::waitFor(const Observation& row) {
  if (began_ns_ == 0) {
    began_ns_ = steadyNs();
    paced_ns_ = row.stamp_ns;
    paced_stream_ = row.stream;
    return true;
  }
  if (row.stamp_ns) {
    // A clock that runs back costs no time.
    const std::int64_t step = paced_ns_ ? difference(*row.stamp_ns, *paced_ns_) : 0;
    if (step > 0) played_seconds_ += static_cast<double>(step) / 1e9;
    paced_ns_ = row.stamp_ns;
  } else if (settings_.interval_seconds <= 0.0) {
    throw Failure(FailureKind::kUsage, name_,
                  "rows with a time for option \"speed\", or option \"interval\"",
                  "a row without a time");
  } else if (row.stream == paced_stream_) {
    played_seconds_ += settings_.interval_seconds;
  }
  const double due = played_seconds_ / settings_.speed;
  const double now = static_cast<double>(steadyNs() - began_ns_) / 1e9;
  return due <= now || thread_.sleep(due - now);
}

}  // namespace hiss
