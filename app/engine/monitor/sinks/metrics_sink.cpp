// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/metrics_sink.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <unordered_set>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/monitor/sinks/make_sinks.h"

namespace hiss {
namespace {

constexpr const char* kMetricsType = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::size_t kServerThreads = 4;
constexpr std::size_t kMostRequestBytes = 4096;
constexpr std::size_t kPartBytes = std::size_t{1} << 16;
constexpr std::size_t kSpareCounts = 1000;  // of streams that are gone

// Without compression, which costs more than it saves on a loopback, and in parts, so that a client
// that takes its time does not hold up close().
void answer(httplib::Response& response, std::string text, const char* type,
            const std::atomic<bool>& closing) {
  const std::size_t bytes = text.size();
  response.set_content_provider(
      bytes, type,
      [text = std::move(text), &closing](std::size_t offset, std::size_t length,
                                         httplib::DataSink& sink) {
        return !closing && sink.write(text.data() + offset, std::min(length, kPartBytes));
      });
}

}  // namespace

MetricsSink::MetricsSink(MetricsSettings settings, const SinkContext& context)
    : settings_(std::move(settings)), context_(context) {
  status_.uri = settings_.name;
}

MetricsSink::~MetricsSink() { close(); }

void MetricsSink::open(const std::string&) {
  server_ = std::make_unique<httplib::Server>();
  server_->new_task_queue = [] { return new httplib::ThreadPool(kServerThreads); };
  // A second monitor on the same port is a mistake, which SO_REUSEPORT would hide.
  server_->set_socket_options([](socket_t socket) {
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  server_->set_payload_max_length(kMostRequestBytes);
  server_->set_keep_alive_max_count(1);  // so that nobody holds a thread, or close() up
  server_->set_keep_alive_timeout(1);
  server_->set_read_timeout(2);
  server_->set_write_timeout(5);
  server_->Get("/healthz", [this](const httplib::Request&, httplib::Response& response) {
    auto [text, healthy] = health();
    response.status = healthy ? 200 : 503;
    answer(response, std::move(text), "application/json", closing_);
  });
  server_->Get(".*", [this](const httplib::Request& request, httplib::Response& response) {
    if (request.path == settings_.path) {
      answer(response, metrics(), kMetricsType, closing_);
    } else {
      response.status = 404;
      response.set_content("there are " + settings_.path + " and /healthz\n", "text/plain");
    }
  });
  const bool bound = settings_.port == 0
                         ? (port_ = server_->bind_to_any_port(settings_.host)) > 0
                         : server_->bind_to_port(settings_.host, port_ = settings_.port);
  if (!bound) {
    server_.reset();
    throw Failure(FailureKind::kOutput, settings_.name,
                  "an address of this machine and a free port",
                  fmt::format("{} port {}, where nothing can listen", settings_.host, port_));
  }
  thread_ = std::thread([this] { server_->listen_after_bind(); });
  while (!server_->is_running()) std::this_thread::yield();  // else stop() would be lost
  context_.log->info(
      fmt::format("{}: metrics at {}:{}{}", settings_.name, settings_.host, port_, settings_.path));
  const std::lock_guard lock(mutex_);
  status_.connected = true;
}

void MetricsSink::score(const ScoredRow&) {}

void MetricsSink::alert(const AlertEvent& event) {
  if (event.phase != AlertPhase::kBegan) return;
  const std::lock_guard lock(mutex_);
  ++alerts_[event.stream][static_cast<std::size_t>(event.kind)];
}

void MetricsSink::flush() {}

std::string MetricsSink::checkpoint() { return {}; }

std::string MetricsSink::metrics() {
  const MonitorStatus status = context_.status();
  AlertCounts alerts;
  {
    const std::lock_guard lock(mutex_);
    if (alerts_.size() > status.streams.size() + kSpareCounts) {
      std::unordered_set<std::string_view> present;
      for (const StreamStatus& stream : status.streams) present.insert(stream.stream);
      std::erase_if(alerts_, [&](const auto& count) { return !present.contains(count.first); });
    }
    alerts = alerts_;
    ++status_.written;
  }
  return metricsText(status, alerts);
}

std::pair<std::string, bool> MetricsSink::health() {
  const MonitorStatus status = context_.status();
  const std::lock_guard lock(mutex_);
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const HealthWatch::Report report = health_.look(status, now / std::chrono::nanoseconds(1));
  return {healthJson(report, status), report.healthy};
}

void MetricsSink::close() noexcept {
  if (!server_) return;
  closing_ = true;
  server_->stop();
  thread_.join();
  server_.reset();
  const std::lock_guard lock(mutex_);
  status_.connected = false;
}

SinkStatus MetricsSink::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

std::unique_ptr<Sink> makeMetricsSink(const Endpoint& endpoint, const SinkContext& context) {
  OptionReader options(endpoint);
  const Uri& uri = endpoint.uri;
  MetricsSettings settings;
  settings.name = endpoint.name;
  if (!uri.host.empty()) settings.host = uri.host;
  settings.port = uri.port.value_or(settings.port);
  if (uri.path.size() > 1) settings.path = uri.path;
  options.done();
  if (!uri.has_authority || settings.path == "/healthz") {
    throw Failure(FailureKind::kUsage, endpoint.origin + ": " + endpoint.name,
                  "prometheus://HOST:PORT/metrics", "another form");
  }
  return std::make_unique<MetricsSink>(settings, context);
}

}  // namespace hiss
