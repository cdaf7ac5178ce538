// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/stream_watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "app/engine/journal.h"
#include "app/engine/monitor/sinks/event_json.h"

namespace hiss {
namespace {

constexpr std::int64_t kMinuteNs = 60'000'000'000;
constexpr double kLeastSilenceNs = 10e9;
constexpr double kMostSilenceNs = 9e18;

// The same wherever the same rows are scored. The parts are set apart by what no name holds.
std::string idOf(std::string_view stream, std::string_view kind, std::string_view which,
                 std::uint64_t row, std::optional<std::int64_t> stamp_ns) {
  const std::string stamp = stamp_ns ? fmt::format("{}", *stamp_ns) : "none";
  const char separator = '\0';
  return fingerprintOfText(fmt::format("{}{}{}{}{}{}{}{}{}", stream, separator, kind, separator,
                                       which, separator, row, separator, stamp));
}

std::string since(std::optional<std::int64_t> stamp_ns, std::uint64_t row) {
  return stamp_ns ? isoTime(*stamp_ns) : fmt::format("row {}", row);
}

MonitorAlertKind kindOf(AlertKind kind) {
  return kind == AlertKind::kNoData ? MonitorAlertKind::kNoData : MonitorAlertKind::kAnomaly;
}

}  // namespace

StreamWatch::StreamWatch(std::string name, std::unique_ptr<AnomalyDetector> detector,
                         std::vector<std::string> channels, bool has_seconds,
                         const StreamRules& rules)
    : name_(std::move(name)),
      rules_(rules),
      watch_(std::move(detector), std::move(channels), has_seconds, settingsOf(rules)) {
  row_.values.resize(watch_.channels().size());
  makeLimits();
}

// The records of weeks are the sinks', not this one's.
WatchSettings StreamWatch::settingsOf(const StreamRules& rules) {
  return {rules.alert, rules.budget, 0};
}

void StreamWatch::makeLimits() {
  limits_.clear();
  for (const ValueLimit& limit : rules_.limits) {
    for (std::size_t c = 0; c < watch_.channels().size(); ++c) {
      const std::string& channel = watch_.channels()[c];
      if (!matchesGlob(limit.channel, channel)) continue;
      std::string key = channel;
      if (limit.floor) key += fmt::format(" < {}", *limit.floor);
      if (limit.ceiling) key += fmt::format(" > {}", *limit.ceiling);
      const auto same = [&](const Limit& other) { return other.key == key; };
      if (std::any_of(limits_.begin(), limits_.end(), same)) continue;
      limits_.push_back({c, limit.floor, limit.ceiling, std::move(key), std::nullopt});
    }
  }
}

const WatchedRow& StreamWatch::step(std::span<const double> values,
                                    std::optional<std::int64_t> stamp_ns, const WatchMoment& moment,
                                    Events& events) {
  std::copy(values.begin(), values.end(), row_.values.begin());
  row_.stamp_ns = stamp_ns;
  const bool muted = isMuted({stamp_ns.value_or(moment.wall_ns), moment.muted_by_hand});
  if (silence_) {
    silence_->event.end_stamp_ns = stamp_ns;
    silence_->event.end_row = watch_.rows();
    end(silence_, events);
  }
  newest_ = watch_.step(row_);
  last_stamp_ns_ = stamp_ns;
  if (row_alert_ || newest_.alert.id != 0) followDetector(row_, muted, events);
  if (!limits_.empty()) followLimits(row_, muted, events);
  return newest_;
}

void StreamWatch::followDetector(const SensorRow& row, bool muted, Events& events) {
  const AlertOutput& found = newest_.alert;
  const std::uint64_t number = watch_.rows() - 1;
  if (row_alert_ && (found.id != 0 ? found.id != row_alert_->number : !watch_.currentIsOpen())) {
    end(row_alert_, events);
  }
  if (row_alert_) row_alert_->on = found.id != 0;
  if (found.id == 0) return;
  const bool is_new = !row_alert_;
  if (is_new) {
    row_alert_.emplace();
    row_alert_->event = newEvent(kindOf(found.kind), number, row.stamp_ns, {});
    row_alert_->number = found.id;
  }
  row_alert_->event.end_row = number;
  row_alert_->event.end_stamp_ns = row.stamp_ns;
  fill(row_alert_->event, *watch_.current());
  if (is_new) {
    begin(*row_alert_, muted, events);
  } else if (!muted) {
    tell(row_alert_, events);
  }
}

void StreamWatch::followLimits(const SensorRow& row, bool muted, Events& events) {
  const std::uint64_t number = watch_.rows() - 1;
  for (Limit& limit : limits_) {
    const double value = row.values[limit.channel];
    if (!std::isfinite(value)) continue;
    const bool below = limit.floor && value < *limit.floor;
    const bool above = limit.ceiling && value > *limit.ceiling;
    if (!below && !above) {
      if (limit.alert && ++limit.alert->inside_rows > rules_.alert.cool_down_rows) {
        end(limit.alert, events);
      } else if (limit.alert) {
        limit.alert->on = false;
      }
      continue;
    }
    const std::string& channel = watch_.channels()[limit.channel];
    const bool is_new = !limit.alert;
    if (is_new) {
      limit.alert.emplace();
      limit.alert->event = newEvent(MonitorAlertKind::kLimit, number, row.stamp_ns, limit.key);
      limit.alert->limit = limit.key;
      AlertEvent& event = limit.alert->event;
      event.top_channel = channel;
      event.shares = {{channel, 1.0}};
      event.text = fmt::format("{}: {} is {}, {} {}, since {}", name_, channel, value,
                               below ? "below its floor" : "above its ceiling",
                               below ? *limit.floor : *limit.ceiling, since(row.stamp_ns, number));
    }
    OpenAlert& alert = *limit.alert;
    alert.on = true;
    alert.inside_rows = 0;
    alert.event.end_row = number;
    alert.event.end_stamp_ns = row.stamp_ns;
    alert.event.values = {{channel, value}};
    if (is_new) {
      begin(alert, muted, events);
    } else if (!muted) {
      tell(limit.alert, events);
    }
  }
}

void StreamWatch::raiseSilence(const WatchMoment& moment, Events& events) {
  if (silence_) return;
  silence_.emplace();
  // Not to be taken for an alert of rows without values, which may begin with the next row.
  silence_->event = newEvent(MonitorAlertKind::kNoData, watch_.rows(), last_stamp_ns_, "silence");
  silence_->event.text =
      fmt::format("{}: no data since {}", name_, since(last_stamp_ns_, watch_.rows()));
  begin(*silence_, isMuted(moment), events);
}

void StreamWatch::tellLate(const WatchMoment& moment, Events& events) {
  const auto waits = [](const std::optional<OpenAlert>& alert) {
    return alert && alert->on && !alert->told;
  };
  const bool any = waits(row_alert_) || waits(silence_) ||
                   std::any_of(limits_.begin(), limits_.end(),
                               [&](const Limit& limit) { return waits(limit.alert); });
  if (!any || isMuted(moment)) return;
  tell(row_alert_, events);
  tell(silence_, events);
  for (Limit& limit : limits_) tell(limit.alert, events);
}

void StreamWatch::tell(std::optional<OpenAlert>& alert, Events& events) const {
  if (!alert || !alert->on || alert->told) return;
  alert->told = true;
  events.push_back(alert->event);
}

void StreamWatch::begin(OpenAlert& alert, bool muted, Events& events) {
  ++alerts_;
  if (muted) return;
  alert.told = true;
  events.push_back(alert.event);
}

void StreamWatch::end(std::optional<OpenAlert>& alert, Events& events) {
  if (alert->told) {
    alert->event.phase = AlertPhase::kEnded;
    events.push_back(std::move(alert->event));
  }
  alert.reset();
}

void StreamWatch::fill(AlertEvent& event, const AlertRecord& record) const {
  const std::vector<std::string>& channels = watch_.channels();
  event.peak_score = std::max(0.0, record.peak_score);
  event.peak_p = record.peak_p;
  std::vector<std::size_t> order(channels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t named = std::min(order.size(), kMostNamed);
  const auto more = [&](std::size_t a, std::size_t b) {
    return record.shares[a] > record.shares[b] || (record.shares[a] == record.shares[b] && a < b);
  };
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(named), order.end(),
                    more);
  order.resize(named);
  event.shares.clear();
  event.values.clear();
  for (const std::size_t c : order) {
    event.shares.emplace_back(channels[c], record.shares[c]);
    event.values.emplace_back(channels[c], row_.values[c]);
  }
  if (event.kind == MonitorAlertKind::kNoData) {
    event.text =
        fmt::format("{}: no values since {}", name_, since(event.begin_stamp_ns, event.begin_row));
    return;
  }
  event.top_channel = channels[static_cast<std::size_t>(record.top_channel)];
  event.text = fmt::format("{}: {} is unusual since {}, score {:.3g}", name_, event.top_channel,
                           since(event.begin_stamp_ns, event.begin_row), event.peak_score);
}

AlertEvent StreamWatch::newEvent(MonitorAlertKind kind, std::uint64_t row,
                                 std::optional<std::int64_t> stamp_ns,
                                 std::string_view which) const {
  AlertEvent event;
  event.id = idOf(name_, nameOf(kind), which, row, stamp_ns);
  event.stream = name_;
  event.kind = kind;
  event.begin_row = event.end_row = row;
  event.begin_stamp_ns = event.end_stamp_ns = stamp_ns;
  return event;
}

void StreamWatch::setRules(const StreamRules& rules, Events& events) {
  rules_ = rules;
  watch_.setSettings(settingsOf(rules));
  mute_minute_ = -1;
  std::vector<Limit> before = std::move(limits_);
  makeLimits();
  for (Limit& old : before) {
    if (!old.alert) continue;
    const auto same = std::find_if(limits_.begin(), limits_.end(),
                                   [&](const Limit& limit) { return limit.key == old.key; });
    if (same != limits_.end()) {
      same->alert = std::move(old.alert);
    } else {
      end(old.alert, events);
    }
  }
}

bool StreamWatch::label(const std::string& id, const std::string& label, const std::string& note) {
  const auto mark = [&](std::optional<OpenAlert>& alert) {
    if (!alert || alert->event.id != id) return false;
    alert->event.label = label;
    alert->event.note = note;
    return true;
  };
  if (mark(row_alert_)) {
    if (label == "normal") watch_.acceptCurrent();
    return true;
  }
  return mark(silence_) || std::any_of(limits_.begin(), limits_.end(),
                                       [&](Limit& limit) { return mark(limit.alert); });
}

std::int64_t StreamWatch::silenceNs() const {
  double ns = 0.0;
  if (rules_.no_data_seconds) {
    ns = *rules_.no_data_seconds * 1e9;
  } else if (const double interval = watch_.intervalSeconds(); interval > 0.0) {
    ns = std::max(kLeastSilenceNs, interval * 1e9 * rules_.alert.no_data_rows);
  }
  return static_cast<std::int64_t>(std::clamp(ns, 0.0, kMostSilenceNs));
}

bool StreamWatch::isMuted(const WatchMoment& moment) {
  if (moment.muted_by_hand || rules_.mute.empty()) return moment.muted_by_hand;
  const std::int64_t minute = moment.wall_ns / kMinuteNs;
  if (minute != mute_minute_) {
    mute_minute_ = minute;
    in_mute_window_ = std::any_of(
        rules_.mute.begin(), rules_.mute.end(),
        [&](const MuteWindow& window) { return hiss::isMuted(window, minute * kMinuteNs); });
  }
  return in_mute_window_;
}

std::string_view StreamWatch::alertId() const {
  if (row_alert_ && row_alert_->on) return row_alert_->event.id;
  for (const Limit& limit : limits_) {
    if (limit.alert && limit.alert->on) return limit.alert->event.id;
  }
  if (silence_) return silence_->event.id;
  return {};
}

bool StreamWatch::hasOpenAlert() const {
  return row_alert_ || silence_ ||
         std::any_of(limits_.begin(), limits_.end(),
                     [](const Limit& limit) { return limit.alert.has_value(); });
}

std::vector<AlertEvent> StreamWatch::openAlerts() const {
  std::vector<AlertEvent> open;
  if (row_alert_) open.push_back(row_alert_->event);
  if (silence_) open.push_back(silence_->event);
  for (const Limit& limit : limits_) {
    if (limit.alert) open.push_back(limit.alert->event);
  }
  return open;
}

StreamMemory StreamWatch::memory() const {
  StreamMemory memory{watch_.state(), row_alert_, silence_, {}, alerts_, last_stamp_ns_};
  for (const Limit& limit : limits_) {
    if (limit.alert) memory.limits.push_back(*limit.alert);
  }
  return memory;
}

void StreamWatch::restore(StreamMemory memory, std::span<const std::byte> detector_state) {
  watch_.restore(memory.watch, detector_state);
  row_alert_ = std::move(memory.row_alert);
  silence_ = std::move(memory.silence);
  alerts_ = memory.alerts;
  last_stamp_ns_ = memory.last_stamp_ns;
  for (OpenAlert& alert : memory.limits) {
    for (Limit& limit : limits_) {
      if (limit.key == alert.limit) limit.alert = alert;
    }
  }
}

}  // namespace hiss
