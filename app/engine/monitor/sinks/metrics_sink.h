// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include "app/engine/monitor/sink.h"
#include "app/engine/monitor/sinks/health_watch.h"
#include "app/engine/monitor/sinks/metrics_text.h"

namespace httplib {
class Server;
}

namespace hiss {

struct MetricsSettings {
  std::string name;  // for messages and the status
  std::string host = "127.0.0.1";
  int port = 9464;  // 0: any that is free
  std::string path = "/metrics";
};

// Serves /metrics to Prometheus and /healthz (200 or 503, JSON) to whoever watches the watcher.
// Both are made of the monitor's status when they are asked for, on the server's own threads.
class MetricsSink final : public Sink {
 public:
  MetricsSink(MetricsSettings settings, const SinkContext& context);
  ~MetricsSink() override;

  // Throws Failure(kOutput): nothing can listen there.
  void open(const std::string& token) override;
  void score(const ScoredRow& row) override;
  void alert(const AlertEvent& event) override;
  void flush() override;
  std::string checkpoint() override;
  void close() noexcept override;
  [[nodiscard]] SinkStatus status() const override;
  // After open().
  [[nodiscard]] int port() const { return port_; }

 private:
  std::string metrics();
  // JSON, and whether all is well.
  std::pair<std::string, bool> health();

  MetricsSettings settings_;
  SinkContext context_;
  int port_ = 0;
  std::unique_ptr<httplib::Server> server_;
  std::thread thread_;
  std::atomic<bool> closing_ = false;
  mutable std::mutex mutex_;  // of all below
  AlertCounts alerts_;
  HealthWatch health_;
  SinkStatus status_;
};

}  // namespace hiss
