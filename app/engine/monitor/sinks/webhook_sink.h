// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "app/engine/monitor/retry_pause.h"
#include "app/engine/monitor/sink.h"
#include "app/engine/monitor/sinks/disk_queue.h"
#include "app/engine/monitor/sinks/rotating_log.h"
#include "app/engine/monitor/sinks/webhook_client.h"

namespace hiss {

struct WebhookSettings {
  enum class Format : std::uint8_t { kHiss, kSlack, kNtfy };
  std::string name;  // for messages and the status; without secrets
  WebhookTarget target;
  Format format = Format::kHiss;
  std::string secret;       // signs the body; empty: it is not signed
  bool only_began = false;  // tell of beginnings alone
  DiskQueueSettings queue;  // its folder also holds what was refused
  double longest_pause_seconds = 300.0;
};

// What is sent of an event that is in the queue as JSON.
WebhookMessage webhookMessage(const std::string& event_json, WebhookSettings::Format format,
                              const std::string& secret);

// Posts alerts to an address, in their order and at least once: from a thread of its own, out of a
// queue on disk, again with growing pauses until the receiver has taken them. What it refuses for
// good goes to a small file beside the queue and is counted.
class WebhookSink final : public Sink {
 public:
  WebhookSink(WebhookSettings settings, MonitorLog& log);
  ~WebhookSink() override;

  void open(const std::string& token) override;
  void score(const ScoredRow& row) override;
  void alert(const AlertEvent& event) override;
  void flush() override;
  std::string checkpoint() override;
  void close() noexcept override;
  [[nodiscard]] SinkStatus status() const override;

 private:
  void work() noexcept;
  void sendAll();
  // How many seconds to wait before it is sent again; empty: it is done with.
  std::optional<double> sendOne(const std::string& record);
  void keepRefused(const std::string& record, const WebhookOutcome& outcome);
  [[nodiscard]] bool isAbandoned() const;
  void setProblem(bool connected, const std::string& problem);
  // Until something is to be sent or the sink closes. False: it closes and nothing is to be sent.
  bool waitForWork();
  // Until it is time to try again, or the sink closes. False: it was closing before.
  bool waitForRetry(double seconds);

  WebhookSettings settings_;
  MonitorLog& log_;
  WebhookClient client_;
  DiskQueue queue_;
  std::optional<RotatingLog> refused_;  // of the thread
  RetryPause pause_;                    // of the thread
  std::thread thread_;
  bool opened_ = false;
  bool unsynced_ = false;

  mutable std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  bool closing_ = false;
  bool abandoned_ = false;  // it took too long to close
  bool done_ = false;
  SinkStatus status_;
};

}  // namespace hiss
