// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/metrics_text.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <sstream>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "app/engine/canvas.h"

namespace hiss {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

// Each name once: two equal samples would spoil the whole scrape.
class LabelNames {
 public:
  std::string operator()(const std::string& name) {
    const std::string text = asUtf8(name);
    std::string label = text;
    for (int number = 2; !used_.insert(label).second; ++number) {
      label = text + "#" + std::to_string(number);
    }
    return label;
  }

 private:
  std::unordered_set<std::string> used_;
};

class Metrics {
 public:
  // Begins a family; samples follow.
  Metrics& family(MetricType type, const char* name, const char* help, std::size_t count = 1) {
    families_.push_back({name, help, type, {}});
    families_.back().metric.reserve(count);
    return *this;
  }
  Metrics& counter(const char* name, const char* help, std::size_t count = 1) {
    return family(MetricType::Counter, name, help, count);
  }
  Metrics& gauge(const char* name, const char* help, std::size_t count = 1) {
    return family(MetricType::Gauge, name, help, count);
  }
  void sample(double value, std::vector<ClientMetric::Label> labels = {}) {
    MetricFamily& family = families_.back();
    ClientMetric& metric = family.metric.emplace_back();
    metric.label = std::move(labels);
    (family.type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  }
  // One sample for each of `items`, labelled KEY="NAME".
  template <class Items, class ValueOf>
  void each(const char* key, const std::vector<std::string>& names, const Items& items,
            ValueOf value_of) {
    for (std::size_t i = 0; i < items.size(); ++i) {
      sample(static_cast<double>(value_of(items[i])), {{key, names[i]}});
    }
  }
  [[nodiscard]] std::string text() const {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families_);
    return std::move(out).str();
  }

 private:
  std::vector<MetricFamily> families_;
};

template <class Items, class NameOf>
std::vector<std::string> labelsOf(const Items& items, NameOf name_of) {
  LabelNames unique;
  std::vector<std::string> names;
  names.reserve(items.size());
  for (const auto& item : items) names.push_back(unique(name_of(item)));
  return names;
}

void addStreams(Metrics& metrics, const MonitorStatus& status, const AlertCounts& alerts) {
  const std::vector<StreamStatus>& streams = status.streams;
  const std::vector<std::string> names =
      labelsOf(streams, [](const StreamStatus& stream) { return stream.stream; });
  const std::size_t count = streams.size();
  const auto each = [&](auto value_of) { metrics.each("stream", names, streams, value_of); };
  metrics.gauge("hiss_anomaly_score", "Score of the newest row; above 1 alarms.", count);
  each([](const StreamStatus& stream) { return stream.score; });
  metrics.gauge("hiss_anomaly_p", "Share of undisturbed rows as unusual as the newest.", count);
  each([](const StreamStatus& stream) { return stream.p; });
  metrics.counter("hiss_rows_total", "Rows scored.", count);
  each([](const StreamStatus& stream) { return stream.rows; });
  metrics.gauge("hiss_last_seen_age_seconds", "Time since the newest row.", count);
  each([](const StreamStatus& stream) { return stream.last_seen_seconds; });
  metrics.gauge("hiss_alert_active", "1 while an alert is on.", count);
  each([](const StreamStatus& stream) { return stream.alert_id.empty() ? 0 : 1; });
  metrics.counter("hiss_gaps_total", "Gaps in time between rows.", count);
  each([](const StreamStatus& stream) { return stream.gaps; });
  metrics.counter("hiss_out_of_order_total", "Rows with the stamp of an earlier one.", count);
  each([](const StreamStatus& stream) { return stream.out_of_order; });

  metrics.counter("hiss_alerts_total", "Alerts that began.", count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = alerts.find(streams[i].stream);
    for (const auto kind :
         {MonitorAlertKind::kAnomaly, MonitorAlertKind::kNoData, MonitorAlertKind::kLimit}) {
      const std::uint64_t began =
          found == alerts.end() ? 0 : found->second[static_cast<std::size_t>(kind)];
      // A rate needs a zero to begin with; the rare kinds appear when they come.
      if (began == 0 && kind != MonitorAlertKind::kAnomaly) continue;
      metrics.sample(static_cast<double>(began),
                     {{"stream", names[i]}, {"kind", std::string(nameOf(kind))}});
    }
  }
}

void addSources(Metrics& metrics, const MonitorStatus& status) {
  const auto& sources = status.sources;
  const std::vector<std::string> names =
      labelsOf(sources, [](const SourceStatus& source) { return source.uri; });
  const auto each = [&](auto value_of) { metrics.each("source", names, sources, value_of); };
  metrics.gauge("hiss_source_up", "1 while connected, or ended as it should.", sources.size());
  each([](const SourceStatus& source) { return source.connected || source.ended ? 1 : 0; });
  metrics.counter("hiss_source_rows_total", "Rows that a source delivered.", sources.size());
  each([](const SourceStatus& source) { return source.rows; });
  metrics.counter("hiss_malformed_total", "Messages that held no row.", sources.size());
  each([](const SourceStatus& source) { return source.malformed; });
  metrics.counter("hiss_source_dropped_total", "Rows lost, for the monitor was too slow.",
                  sources.size());
  each([](const SourceStatus& source) { return source.dropped; });
  metrics.counter("hiss_source_reconnects_total", "Connections made again.", sources.size());
  each([](const SourceStatus& source) { return source.reconnects; });
}

void addSinks(Metrics& metrics, const MonitorStatus& status) {
  const auto& sinks = status.sinks;
  const std::vector<std::string> names =
      labelsOf(sinks, [](const SinkStatus& sink) { return sink.uri; });
  const auto each = [&](auto value_of) { metrics.each("sink", names, sinks, value_of); };
  metrics.gauge("hiss_sink_up", "1 while a sink takes what it is given.", sinks.size());
  each([](const SinkStatus& sink) { return sink.connected ? 1 : 0; });
  metrics.counter("hiss_sink_written_total", "Events and rows that went out.", sinks.size());
  each([](const SinkStatus& sink) { return sink.written; });
  metrics.gauge("hiss_sink_queued", "Events and rows that wait.", sinks.size());
  each([](const SinkStatus& sink) { return sink.queued; });
  metrics.counter("hiss_sink_dropped_total", "Events and rows given up.", sinks.size());
  each([](const SinkStatus& sink) { return sink.dropped; });
}

void addMonitor(Metrics& metrics, const MonitorStatus& status) {
  metrics.gauge("hiss_uptime_seconds", "Time since the start.").sample(status.uptime_seconds);
  metrics.gauge("hiss_streams", "Streams watched.")
      .sample(static_cast<double>(status.streams.size()));
  metrics.counter("hiss_streams_refused_total", "Streams beyond the limit.")
      .sample(static_cast<double>(status.streams_refused));
  metrics.counter("hiss_values_total", "Values of all channels scored.")
      .sample(static_cast<double>(status.values));
  metrics.counter("hiss_dropped_total", "Rows lost by sources or refused.")
      .sample(static_cast<double>(status.dropped));
  metrics.counter("hiss_model_seconds_total", "Time in detectors.").sample(status.model_seconds);
  metrics.gauge("hiss_queue_rows", "Rows that wait to be scored.").sample(status.queue_rows);
  metrics.gauge("hiss_row_latency_seconds", "Time from a row's arrival to its sinks.", 2);
  metrics.sample(status.latency_p50_seconds, {{"quantile", "0.5"}});
  metrics.sample(status.latency_p99_seconds, {{"quantile", "0.99"}});
  metrics.gauge("hiss_state_ok", "0 while the state cannot be saved.")
      .sample(status.state_problem.empty() ? 1.0 : 0.0);
  if (status.state_age_seconds < 0.0) return;  // none was saved yet, or none is kept
  metrics.gauge("hiss_state_age_seconds", "Time since the state went to disk.")
      .sample(status.state_age_seconds);
  metrics.gauge("hiss_state_bytes", "Size of that state.")
      .sample(static_cast<double>(status.state_bytes));
}

}  // namespace

std::string metricsText(const MonitorStatus& status, const AlertCounts& alerts) {
  Metrics metrics;
  addMonitor(metrics, status);
  addStreams(metrics, status, alerts);
  addSources(metrics, status);
  addSinks(metrics, status);
  return metrics.text();
}

}  // namespace hiss
