// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/engine/monitor/endpoint.h"
#include "app/engine/monitor/monitor_log.h"
#include "app/engine/monitor/monitor_status.h"
#include "models/anomaly_detector.h"

namespace hiss {

enum class MonitorAlertKind : std::uint8_t { kAnomaly, kNoData, kLimit };
std::string_view nameOf(MonitorAlertKind kind);  // "anomaly", "no_data", "limit"

// A row with its verdict. All of it is valid during the call only.
struct ScoredRow {
  std::string_view stream;
  std::span<const std::string> channels;     // [channels]
  std::span<const double> values;            // [channels]; NaN: missing
  std::span<const ChannelVerdict> verdicts;  // [channels]
  std::uint64_t row = 0;                     // of the stream, from 0
  std::optional<std::int64_t> stamp_ns;
  std::int64_t arrived_ns = 0;  // steady clock
  double p = 1.0;
  double score = 0.0;  // above 1 alarms
  double alarm_p = 0.0;
  int top_channel = 0;
  bool warming_up = false;
  bool muted = false;         // scored, but alerts are not told
  std::string_view alert_id;  // of the alert that is on; empty: none
};

enum class AlertPhase : std::uint8_t { kBegan, kEnded, kAcknowledged, kLabelled };
std::string_view nameOf(AlertPhase phase);  // "began", "ended", "acknowledged", "labelled"

// A change of one alert.
struct AlertEvent {
  // The same wherever and however often the same rows are scored: made of stream, kind, first row
  // and its stamp. (id, phase) names an event, so that a receiver can tell a repeated one.
  std::string id;
  std::string stream;
  MonitorAlertKind kind = MonitorAlertKind::kAnomaly;
  AlertPhase phase = AlertPhase::kBegan;
  std::uint64_t begin_row = 0;
  std::uint64_t end_row = 0;  // its newest row
  std::optional<std::int64_t> begin_stamp_ns;
  std::optional<std::int64_t> end_stamp_ns;
  double peak_score = 0.0;
  double peak_p = 1.0;
  std::string top_channel;                             // at the peak
  std::vector<std::pair<std::string, double>> shares;  // channel, share of it; of some the greatest
  std::vector<std::pair<std::string, double>> values;  // channel, value at the newest row
  std::string text;   // one sentence for people: what, where, since when
  std::string label;  // "normal", "fault" or empty
  std::string note;   // of who labelled or acknowledged
};

// A place where scores and alerts go. All but status() is called from the engine thread and must
// not wait for anything but a local disk: what has to wait does so on a thread of its own.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  // `token`: what checkpoint() gave for the state that the monitor goes on from; empty: a new
  // start. What a run that died wrote after that may come again with the same ids: a sink that can
  // see what it wrote leaves it out. Throws Failure(kOutput) for what can never work.
  virtual void open(const std::string& token) = 0;
  virtual void score(const ScoredRow& row) = 0;
  virtual void alert(const AlertEvent& event) = 0;
  // What is held back goes out now; called after each batch of rows (at most some 10 ms).
  virtual void flush() = 0;
  // Makes durable what came so far (as far as this sink is durable); the token goes into the state.
  // Throws Failure(kOutput) if that cannot be done now: no state is saved then, so that what may be
  // lost would be told again, and the next one is tried as usual.
  virtual std::string checkpoint() = 0;
  // The last flush; waits for receivers at most some seconds.
  virtual void close() noexcept = 0;
  [[nodiscard]] virtual SinkStatus status() const = 0;  // [thread-safe]
};

struct SinkContext {
  MonitorLog* log = nullptr;
  std::function<MonitorStatus()> status;  // [thread-safe]; at most about a second old
  std::string state_folder;               // for queues on disk; empty: none is kept
};

// By the scheme of `endpoint`. Throws Failure(kUsage) as makeSource does.
std::unique_ptr<Sink> makeSink(const Endpoint& endpoint, const SinkContext& context);

}  // namespace hiss
