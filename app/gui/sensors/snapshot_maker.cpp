// SPDX-License-Identifier: Apache-2.0
#include "app/gui/sensors/snapshot_maker.h"

#include <set>

namespace hiss {
namespace {

constexpr double kRateSeconds = 1.0;  // over which rates are measured
constexpr std::chrono::milliseconds kSnapshotEvery{100};

SensorAlert::Kind kindOf(MonitorAlertKind kind) {
  switch (kind) {
    case MonitorAlertKind::kNoData:
      return SensorAlert::Kind::kNoData;
    case MonitorAlertKind::kLimit:
      return SensorAlert::Kind::kLimit;
    case MonitorAlertKind::kAnomaly:
      break;
  }
  return SensorAlert::Kind::kAnomaly;
}

SensorAlert alertOf(const WatchedAlerts::Alert& alert) {
  const AlertEvent& event = alert.event;
  SensorAlert shown;
  shown.id = QString::fromStdString(event.id);
  shown.stream = QString::fromStdString(event.stream);
  shown.kind = kindOf(event.kind);
  shown.has_time = event.begin_stamp_ns.has_value();
  shown.begin = event.begin_stamp_ns.value_or(static_cast<std::int64_t>(event.begin_row));
  shown.end = shown.has_time ? event.end_stamp_ns.value_or(shown.begin)
                             : static_cast<std::int64_t>(event.end_row);
  shown.peak = alert.peak_at;
  shown.peak_score = event.peak_score;
  shown.top_channel = QString::fromStdString(event.top_channel);
  shown.text = QString::fromStdString(event.text);
  shown.label = QString::fromStdString(event.label);
  shown.note = QString::fromStdString(event.note);
  shown.is_on = alert.is_on;
  shown.is_acknowledged = alert.is_acknowledged;
  return shown;
}

SensorState stateOf(const SensorHistory::Newest& row, bool is_silent) {
  if (is_silent) return SensorState::kNoData;
  if (row.muted) return SensorState::kMuted;
  if (row.has_alert) return SensorState::kAlert;
  return row.warming_up ? SensorState::kWarmingUp : SensorState::kOk;
}

}  // namespace

SensorSnapshot SnapshotMaker::make(const Frame& frame, const MonitorSession* session) {
  SensorSnapshot snapshot;
  snapshot.run = frame.run;
  snapshot.run_number = frame.run_number;
  snapshot.notice_number = frame.notice_number;
  snapshot.notice = frame.notice;
  snapshot.state_tap = frame.state_tap;
  if (frame.run_number != run_number_) {
    *this = SnapshotMaker();
    run_number_ = frame.run_number;
  }
  if (session == nullptr) return snapshot;
  addAlerts(snapshot, *session);
  addStreams(snapshot, *session);
  addSources(snapshot, *session);
  snapshot.lost = session->history().use().rows_lost;
  made_ = std::chrono::steady_clock::now();
  return snapshot;
}

bool SnapshotMaker::isTime() const {
  return std::chrono::steady_clock::now() - made_ >= kSnapshotEvery;
}

void SnapshotMaker::addSources(SensorSnapshot& snapshot, const MonitorSession& session) {
  const MonitorStatus status = session.status();
  for (const SourceStatus& source : status.sources) {
    snapshot.sources.push_back({QString::fromStdString(source.uri), source.connected, source.ended,
                                source.rows, QString::fromStdString(source.problem)});
    if (!source.problem.empty()) {
      if (troubled_.insert(source.uri).second) new_trouble_ = source;
    } else if (source.connected && troubled_.erase(source.uri) > 0) {
      has_recovered_ = true;
    }
  }
  snapshot.malformed = status.malformed;
  snapshot.dropped = status.dropped;
}

void SnapshotMaker::addAlerts(SensorSnapshot& snapshot, const MonitorSession& session) {
  const quint64 version = session.alerts().version();
  if (version != alerts_version_) {
    alerts_.clear();
    for (const WatchedAlerts::Alert& alert : session.alerts().newest(AlertBook::kMost)) {
      alerts_.push_back(alertOf(alert));
    }
    alerts_version_ = version;
  }
  snapshot.alerts_version = alerts_version_;
  snapshot.alerts = alerts_;
}

void SnapshotMaker::addStreams(SensorSnapshot& snapshot, const MonitorSession& session) {
  std::set<QString> silent;
  for (const SensorAlert& alert : snapshot.alerts) {
    if (alert.is_on && alert.kind == SensorAlert::Kind::kNoData) silent.insert(alert.stream);
  }
  const auto now = std::chrono::steady_clock::now();
  const std::chrono::duration<double> since = now - measured_;
  const bool is_time = since.count() >= kRateSeconds;
  if (is_time) measured_ = now;
  for (const SensorHistory::Newest& row : session.history().newest()) {
    Rate& rate = rates_[row.stream];
    if (is_time) {
      // A stream that is new has all its rows of this time.
      rate.rows_per_s = static_cast<double>(row.rows - rate.rows) / since.count();
      rate.rows = row.rows;
    }
    SensorStream stream;
    stream.name = QString::fromStdString(row.stream);
    stream.score = row.score;
    stream.state = stateOf(row, silent.contains(stream.name));
    stream.rows_per_s = snapshot.run == SensorSnapshot::Run::kRunning ? rate.rows_per_s : 0.0;
    stream.rows = row.rows;
    snapshot.rows += row.rows;
    snapshot.streams.push_back(std::move(stream));
  }
}

}  // namespace hiss
