// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/sensor_watch.h"

#include <utility>

namespace hiss {

SensorWatch::SensorWatch(std::unique_ptr<AnomalyDetector> detector,
                         std::vector<std::string> channels, bool has_seconds,
                         const WatchSettings& settings)
    : detector_(std::move(detector)),
      channels_(std::move(channels)),
      has_seconds_(has_seconds),
      settings_(settings),
      logic_(settings.alert) {
  // Times between rows are given in usual ones, which only the stream itself can tell.
  detector_->prepare({static_cast<int>(channels_.size()), 1.0});
}

WatchedRow SensorWatch::step(const SensorRow& row) {
  WatchedRow watched;
  const double step = clock_.tick(row.stamp_ns);
  watched.verdict = detector_->step(row.values, step, quiet_);
  watched.alarm_p = alarmP();
  AlertInput input;
  input.evidence = watched.verdict.evidence;
  input.alarm_p = watched.alarm_p;
  input.warming_up = watched.verdict.warming_up;
  input.no_data = watched.verdict.no_data;
  watched.alert = logic_.step(input);
  quiet_ = watched.alert.quiet && watched.alert.id != accepted_id_;
  if (watched.alert.id != 0) record(row, watched);
  return watched;
}

double SensorWatch::intervalSeconds() const {
  return has_seconds_ ? static_cast<double>(clock_.intervalNs()) / 1e9 : 0.0;
}

double SensorWatch::alarmP() const {
  return hiss::alarmP(settings_.budget, has_seconds_ ? clock_.intervalNs() : 0,
                      settings_.alert.cool_down_rows);
}

void SensorWatch::record(const SensorRow& row, const WatchedRow& watched) {
  const std::uint64_t number = logic_.state().row - 1;
  if (!current_ || current_->id != watched.alert.id) {
    if (current_ && past_.size() < settings_.most_records) past_.push_back(std::move(*current_));
    ++alerts_;
    current_.emplace();
    current_->id = watched.alert.id;
    current_->kind = watched.alert.kind;
    current_->begin_row = number;
    current_->begin_time = row.time;
    current_->peak_score = -1.0;
    current_->shares.assign(channels_.size(), 0.0);
  }
  AlertRecord& alert = *current_;
  alert.end_row = number;
  alert.end_time = row.time;
  ++alert.rows;
  if (watched.alert.score > alert.peak_score) {
    alert.peak_score = watched.alert.score;
    alert.peak_p = watched.verdict.p;
    alert.top_channel = watched.verdict.top_channel;
  }
  const std::span<const ChannelVerdict> verdicts = detector_->channels();
  for (std::size_t c = 0; c < alert.shares.size(); ++c) {
    const double share = static_cast<double>(verdicts[c].share);
    alert.shares[c] += (share - alert.shares[c]) / static_cast<double>(alert.rows);
  }
}

std::vector<AlertRecord> SensorWatch::records() const {
  std::vector<AlertRecord> all = past_;
  if (!current_ || all.size() >= settings_.most_records) return all;
  all.push_back(*current_);
  all.back().open = currentIsOpen();
  return all;
}

bool SensorWatch::currentIsOpen() const {
  if (!current_) return false;
  const AlertState& state = logic_.state();
  if (state.kind != AlertKind::kNone) return true;
  const bool soon =
      state.row - state.last_on_row <= static_cast<std::uint64_t>(settings_.alert.cool_down_rows);
  return current_->id == state.anomaly_id && (state.flapping || soon);
}

void SensorWatch::setSettings(const WatchSettings& settings) {
  settings_ = settings;
  logic_.setSettings(settings.alert);
}

void SensorWatch::acceptCurrent() {
  if (!current_) return;
  accepted_id_ = current_->id;
  quiet_ = false;
}

WatchState SensorWatch::state() const {
  return {clock_.state(), logic_.state(), quiet_, current_, accepted_id_};
}

void SensorWatch::restore(const WatchState& state, std::span<const std::byte> detector_state) {
  detector_->loadState(detector_state);
  clock_.setState(state.clock);
  logic_.setState(state.alerts);
  quiet_ = state.quiet;
  accepted_id_ = state.accepted_id;
  current_ = state.current;
  past_.clear();
  if (current_ && !currentIsOpen()) current_.reset();
  alerts_ = current_ ? 1 : 0;
}

}  // namespace hiss
