// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/metrics_sink.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <httplib.h>

#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "app/engine/failure.h"
#include "tests/app/monitor/sinks/sink_events.h"

namespace hiss {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

MonitorStatus testStatus(std::size_t streams = 2) {
  MonitorStatus status;
  status.uptime_seconds = 100.0;
  status.rows = 12;
  status.values = 24;
  status.dropped = 3;
  status.model_seconds = 0.5;
  status.latency_p99_seconds = 0.004;
  SourceStatus& source = status.sources.emplace_back();
  source.uri = "mqtt://broker/plant/#";
  source.connected = true;
  source.malformed = 7;
  SinkStatus& sink = status.sinks.emplace_back();
  sink.uri = "jsonl:-";
  sink.connected = true;
  for (std::size_t i = 0; i < streams; ++i) {
    StreamStatus stream;
    stream.stream = fmt::format("plant/hall{}/pump{}", i / 100, i);
    stream.rows = 6 + i;
    stream.score = 0.25;
    stream.p = 0.5;
    status.streams.push_back(stream);
  }
  return status;
}

bool holds(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(MetricsTextTest, TellsOfStreamsSourcesAndSinks) {
  MonitorStatus status = testStatus();
  status.streams[0].alert_id = "a1";
  const std::string text =
      metricsText(status, {{status.streams[0].stream, {2, 0, 1}}, {"gone", {9, 9, 9}}});
  for (const char* line :
       {R"(hiss_anomaly_score{stream="plant/hall0/pump0"} 0.25)",
        R"(hiss_anomaly_p{stream="plant/hall0/pump1"} 0.5)",
        R"(hiss_rows_total{stream="plant/hall0/pump1"} 7)",
        R"(hiss_alert_active{stream="plant/hall0/pump0"} 1)",
        R"(hiss_alert_active{stream="plant/hall0/pump1"} 0)",
        R"(hiss_alerts_total{stream="plant/hall0/pump0",kind="anomaly"} 2)",
        R"(hiss_alerts_total{stream="plant/hall0/pump0",kind="limit"} 1)",
        R"(hiss_alerts_total{stream="plant/hall0/pump1",kind="anomaly"} 0)",
        R"(hiss_malformed_total{source="mqtt://broker/plant/#"} 7)",
        R"(hiss_source_up{source="mqtt://broker/plant/#"} 1)", R"(hiss_sink_up{sink="jsonl:-"} 1)",
        R"(hiss_row_latency_seconds{quantile="0.99"} 0.004)", "hiss_dropped_total 3",
        "hiss_model_seconds_total 0.5", "hiss_streams 2", "hiss_state_ok 1"}) {
    EXPECT_TRUE(holds(text, line)) << line << "\n" << text;
  }
  EXPECT_EQ(text.find("gone"), std::string::npos);
  EXPECT_EQ(text.find("hiss_state_age_seconds"), std::string::npos);  // none was saved
}

TEST(MetricsTextTest, EveryFamilyIsExplainedAndNoSampleComesTwice) {
  MonitorStatus status = testStatus(3);
  status.state_age_seconds = 1.0;
  status.streams[0].stream = "\xff";
  status.streams[1].stream = "\xfe";  // both read as "?"
  status.sources.push_back(status.sources[0]);
  std::istringstream lines(metricsText(status, {}));
  std::set<std::string> explained;
  std::set<std::string> typed;
  std::set<std::string> samples;
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string first;
    std::string second;
    std::string name;
    words >> first >> second >> name;
    if (second == "HELP") explained.insert(name);
    if (second == "TYPE") typed.insert(name);
    if (first == "#") continue;
    EXPECT_TRUE(samples.insert(line.substr(0, line.rfind(' '))).second) << line;
    const std::string family = line.substr(0, line.find_first_of("{ "));
    EXPECT_TRUE(explained.contains(family)) << line;
    EXPECT_TRUE(typed.contains(family)) << line;
  }
  EXPECT_GT(samples.size(), 40U);
}

TEST(MetricsTextTest, LabelsAreEscaped) {
  MonitorStatus status = testStatus(1);
  status.streams[0].stream = "a\"b\\c\nd";
  EXPECT_TRUE(holds(metricsText(status, {}), R"(hiss_rows_total{stream="a\"b\\c?d"} 6)"));
}

TEST(MetricsTextTest, ValuesThatAreNotFinite) {
  MonitorStatus status = testStatus(1);
  status.streams[0].score = std::nan("");
  status.streams[0].p = std::numeric_limits<double>::infinity();
  const std::string text = metricsText(status, {});
  EXPECT_TRUE(holds(text, R"(hiss_anomaly_score{stream="plant/hall0/pump0"} Nan)")) << text;
  EXPECT_TRUE(holds(text, R"(hiss_anomaly_p{stream="plant/hall0/pump0"} +Inf)")) << text;
}

// Measured: see app/README.md; here with room for slow and instrumented builds.
TEST(MetricsTextTest, TenThousandStreamsAreQuick) {
  const MonitorStatus status = testStatus(10'000);
  const auto begin = std::chrono::steady_clock::now();
  const std::string text = metricsText(status, {});
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
  EXPECT_GT(text.size(), 1'000'000U);
  EXPECT_LT(taken.count(), 4.0);
  RecordProperty("milliseconds", static_cast<int>(1000.0 * taken.count()));
}

TEST(HealthWatchTest, WellUnlessSomethingLasts) {
  HealthWatch watch;
  MonitorStatus status = testStatus();
  EXPECT_TRUE(watch.look(status, 1000 * kSecond).healthy);

  status.sources[0].connected = false;
  status.sources[0].rows = 5;
  status.sources[0].problem = "no route";
  for (int seconds = 0; seconds <= 60; seconds += 20) {
    status.uptime_seconds = 100.0 + seconds;
    EXPECT_TRUE(watch.look(status, (1000 + seconds) * kSecond).healthy) << seconds;
  }
  status.uptime_seconds = 161.0;
  const HealthWatch::Report report = watch.look(status, 1061 * kSecond);
  EXPECT_FALSE(report.healthy);
  ASSERT_EQ(report.problems.size(), 1U);
  EXPECT_EQ(report.problems[0],
            "source mqtt://broker/plant/#: not connected for 1.017 min: no route");

  status.sources[0].connected = true;
  EXPECT_TRUE(watch.look(status, 1061 * kSecond).healthy);
  status.sources[0].connected = false;  // the minute begins anew
  EXPECT_TRUE(watch.look(status, 1061 * kSecond).healthy);
  status.sources[0].ended = true;  // as a file does
  status.uptime_seconds = 1000.0;
  EXPECT_TRUE(watch.look(status, 1900 * kSecond).healthy);
}

TEST(HealthWatchTest, ASourceThatNeverCameIsKnownAtTheFirstLook) {
  HealthWatch watch;
  MonitorStatus status = testStatus();
  status.sources[0].connected = false;
  EXPECT_FALSE(watch.look(status, 1000 * kSecond).healthy);  // up for 100 s
}

TEST(HealthWatchTest, StateAndEngine) {
  HealthWatch watch;
  MonitorStatus status = testStatus();
  EXPECT_TRUE(watch.look(status, 1000 * kSecond).healthy);
  EXPECT_TRUE(watch.look(status, 1009 * kSecond).healthy);
  EXPECT_FALSE(watch.look(status, 1011 * kSecond).healthy);  // the status is of 1000 still
  status.uptime_seconds = 111.0;
  EXPECT_TRUE(watch.look(status, 1011 * kSecond).healthy);
  status.state_problem = "No space left on device";
  EXPECT_FALSE(watch.look(status, 1011 * kSecond).healthy);
  status.state_problem.clear();
  status.sinks[0].problem = "no connection";
  const HealthWatch::Report report = watch.look(status, 1011 * kSecond);
  EXPECT_TRUE(report.healthy);
  EXPECT_EQ(report.warnings, std::vector<std::string>{"sink jsonl:-: no connection"});
}

class MetricsSinkTest : public testing::Test {
 protected:
  MetricsSinkTest() {
    context_.log = log_.get();
    context_.status = [this] {
      const std::lock_guard lock(mutex_);
      return shown_;
    };
  }
  std::unique_ptr<MetricsSink> opened(int port = 0) {
    MetricsSettings settings;
    settings.name = "prometheus://127.0.0.1";
    settings.port = port;
    auto sink = std::make_unique<MetricsSink>(settings, context_);
    sink->open({});
    return sink;
  }
  void show(const MonitorStatus& status) {
    const std::lock_guard lock(mutex_);
    shown_ = status;
  }

  std::string lines_;
  std::unique_ptr<MonitorLog> log_ = MonitorLog::keeping(&lines_);
  SinkContext context_;
  std::mutex mutex_;
  MonitorStatus shown_ = testStatus();
};

TEST_F(MetricsSinkTest, ServesMetricsAndHealth) {
  auto sink = opened();
  sink->alert(testAlert("a1", "plant/hall0/pump0", AlertPhase::kBegan));
  sink->alert(testAlert("a1", "plant/hall0/pump0", AlertPhase::kEnded));
  httplib::Client client("127.0.0.1", sink->port());
  const auto metrics = client.Get("/metrics");
  ASSERT_TRUE(metrics);
  EXPECT_EQ(metrics->status, 200);
  EXPECT_EQ(metrics->get_header_value("Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_TRUE(
      holds(metrics->body, R"(hiss_alerts_total{stream="plant/hall0/pump0",kind="anomaly"} 1)"));

  const auto healthy = client.Get("/healthz");
  ASSERT_TRUE(healthy);
  EXPECT_EQ(healthy->status, 200);
  EXPECT_EQ(nlohmann::json::parse(healthy->body)["healthy"], true);
  MonitorStatus sick = testStatus();
  sick.state_problem = "disk \"full\"";
  show(sick);
  const auto unhealthy = client.Get("/healthz");
  ASSERT_TRUE(unhealthy);
  EXPECT_EQ(unhealthy->status, 503);
  const auto json = nlohmann::json::parse(unhealthy->body);
  EXPECT_EQ(json["healthy"], false);
  EXPECT_EQ(json["problems"][0], "state: not saved: disk \"full\"");

  EXPECT_EQ(client.Get("/secret")->status, 404);
  EXPECT_EQ(client.Post("/metrics", "x", "text/plain")->status, 404);
  EXPECT_EQ(sink->status().written, 1U);
  EXPECT_TRUE(sink->status().connected);
  sink->close();
  EXPECT_FALSE(client.Get("/metrics"));
}

TEST_F(MetricsSinkTest, ATakenPortIsSaidAtOnce) {
  auto sink = opened();
  EXPECT_THROW(opened(sink->port()), Failure);
}

TEST_F(MetricsSinkTest, ClosesWhileSomebodyReadsSlowly) {
  show(testStatus(10'000));
  auto sink = opened();
  httplib::Client client("127.0.0.1", sink->port());
  bool closed = false;
  client.Get("/metrics", [&](const char*, std::size_t) {
    if (!std::exchange(closed, true)) sink->close();  // with megabytes left to send
    return true;
  });
  EXPECT_TRUE(closed);
}

TEST_F(MetricsSinkTest, FormsOfTheUri) {
  for (const char* good :
       {"prometheus://", "prometheus://127.0.0.1:9999", "prometheus://[::1]/m"}) {
    EXPECT_NO_THROW(makeSink(makeEndpoint(good, "a test"), context_)) << good;
  }
  for (const char* bad :
       {"prometheus:9464", "prometheus://host/?wat=1", "prometheus://h/healthz"}) {
    EXPECT_THROW(makeSink(makeEndpoint(bad, "a test"), context_), Failure) << bad;
  }
}

}  // namespace
}  // namespace hiss
