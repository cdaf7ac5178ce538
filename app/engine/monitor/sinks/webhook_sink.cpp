// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/webhook_sink.h"

#include <fmt/format.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/journal.h"
#include "app/engine/monitor/secret.h"
#include "app/engine/monitor/sinks/event_json.h"
#include "app/engine/monitor/sinks/make_sinks.h"

namespace hiss {
namespace {

using Json = nlohmann::json;
using Format = WebhookSettings::Format;

constexpr double kCloseSeconds = 3.0;
constexpr double kFirstPauseSeconds = 1.0;
constexpr std::uint64_t kRefusedBytes = std::uint64_t{1} << 20U;
constexpr const char* kJsonType = "application/json";

std::string textOf(const Json& event, const char* key) {
  const auto found = event.find(key);
  return found != event.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string eventName(const Json& event) {
  return textOf(event, "id") + "/" + textOf(event, "phase");
}

bool isRepeatable(std::string_view phase) {
  return phase == nameOf(AlertPhase::kBegan) || phase == nameOf(AlertPhase::kEnded);
}

// For people: "began: pump: flow is unusual since ...".
std::string sentenceOf(const Json& event) {
  std::string text = textOf(event, "phase") + ": " + textOf(event, "text");
  const std::string note = textOf(event, "note");
  return note.empty() ? text : text + " (" + note + ")";
}

}  // namespace

WebhookMessage webhookMessage(const std::string& event_json, Format format,
                              const std::string& secret) {
  const Json event = Json::parse(event_json);
  WebhookMessage message{event_json, kJsonType, {}};
  // A receiver that has seen this has seen the event.
  message.headers = {{"X-Hiss-Event", eventName(event)}, {"Idempotency-Key", eventName(event)}};
  if (format == Format::kSlack) {
    message.body = Json{{"text", sentenceOf(event)}}.dump();
  } else if (format == Format::kNtfy) {
    const bool began = textOf(event, "phase") == nameOf(AlertPhase::kBegan);
    message.body = sentenceOf(event);
    message.content_type = "text/plain; charset=utf-8";
    message.headers.emplace_back("Title", textOf(event, "stream"));
    message.headers.emplace_back("Priority", began ? "high" : "default");
    message.headers.emplace_back("Tags", began ? "warning" : "information_source");
  }
  if (!secret.empty()) {
    message.headers.emplace_back("X-Hiss-Signature", webhookSignature(secret, message.body));
  }
  return message;
}

WebhookSink::WebhookSink(WebhookSettings settings, MonitorLog& log)
    : settings_(std::move(settings)),
      log_(log),
      client_(settings_.target),
      queue_(settings_.queue),
      pause_(settings_.longest_pause_seconds, kFirstPauseSeconds) {
  status_.uri = settings_.name;
  status_.connected = true;  // until something could not be sent
}

WebhookSink::~WebhookSink() { close(); }

void WebhookSink::open(const std::string& token) {
  client_.open();
  queue_.open(token, [](std::string_view record) -> std::optional<std::string> {
    const Json event = Json::parse(record, nullptr, false);
    if (!event.is_object() || !isRepeatable(textOf(event, "phase"))) return std::nullopt;
    return eventName(event);
  });
  if (settings_.queue.folder.empty()) {
    log_.warn(settings_.name +
              ": there is no folder for states, so alerts that wait for the "
              "receiver are lost with the process");
  }
  if (const std::uint64_t damaged = queue_.damaged(); damaged > 0) {
    log_.error(fmt::format("{}: {} alerts in the queue were damaged on the disk", settings_.name,
                           damaged));
  }
  if (const std::size_t waiting = queue_.size(); waiting > 0) {
    log_.info(fmt::format("{}: {} alerts of an earlier run wait", settings_.name, waiting));
  }
  opened_ = true;
  thread_ = std::thread([this] { work(); });
}

void WebhookSink::score(const ScoredRow&) {}

void WebhookSink::alert(const AlertEvent& event) {
  if (settings_.only_began && event.phase != AlertPhase::kBegan) return;
  fmt::memory_buffer line;
  appendAlertJson(line, event);
  const std::string_view phase = nameOf(event.phase);
  const std::string key =
      isRepeatable(phase) ? fmt::format("{}/{}", event.id, phase) : std::string();
  unsynced_ = true;
  if (queue_.push({line.data(), line.size()}, key)) return;
  {
    const std::lock_guard lock(mutex_);
    ++status_.dropped;
  }
  log_.sample(
      LogLevel::kError, settings_.name + " full",
      fmt::format("{}: expected room for alerts that wait, found {} bytes of them; alert {} "
                  "is lost",
                  settings_.name, settings_.queue.most_bytes, event.id));
}

void WebhookSink::flush() {
  if (!std::exchange(unsynced_, false)) return;
  queue_.sync();
  if (const std::string problem = queue_.problem(); !problem.empty()) {
    log_.sample(LogLevel::kError, settings_.name + " disk",
                fmt::format("{}: expected a queue that can be written, found {}; alerts wait in "
                            "memory",
                            settings_.name, problem));
    unsynced_ = true;
  }
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

std::string WebhookSink::checkpoint() {
  flush();
  return queue_.checkpoint();
}

void WebhookSink::close() noexcept {
  if (!std::exchange(opened_, false)) return;
  try {
    queue_.sync();
  } catch (const std::exception& error) {
    log_.error(settings_.name + ": " + error.what());
  }
  {
    std::unique_lock lock(mutex_);
    closing_ = true;
    changed_.notify_all();
    changed_.wait_for(lock, std::chrono::duration<double>(kCloseSeconds), [&] { return done_; });
    abandoned_ = true;
    // Again and again, for a request may just be about to begin.
    while (!changed_.wait_for(lock, std::chrono::milliseconds(20), [&] { return done_; })) {
      client_.stop();
    }
  }
  thread_.join();
  const std::size_t left = queue_.size();
  if (left == 0) return;
  const bool kept = !settings_.queue.folder.empty();
  log_.warn(fmt::format("{}: {} alerts {}", settings_.name, left,
                        kept ? "wait on the disk for the next run" : "are lost"));
}

SinkStatus WebhookSink::status() const {
  const std::size_t queued = queue_.size();
  const std::string disk_problem = queue_.problem();
  const std::lock_guard lock(mutex_);
  SinkStatus status = status_;
  status.queued = queued;
  if (status.problem.empty()) status.problem = disk_problem;
  return status;
}

void WebhookSink::work() noexcept {
  try {
    sendAll();
  } catch (const std::exception& error) {
    setProblem(false, error.what());
    log_.error(settings_.name + ": sends no more: " + error.what());
  }
  const std::lock_guard lock(mutex_);
  done_ = true;
  changed_.notify_all();
}

void WebhookSink::sendAll() {
  while (!isAbandoned()) {
    const std::optional<std::string> record = queue_.front();
    if (!record) {
      if (!waitForWork()) return;
    } else if (const std::optional<double> pause = sendOne(*record); !pause) {
      queue_.pop();
    } else if (!waitForRetry(*pause)) {
      return;
    }
  }
}

std::optional<double> WebhookSink::sendOne(const std::string& record) {
  const WebhookOutcome outcome =
      client_.post(webhookMessage(record, settings_.format, settings_.secret));
  if (outcome.kind == WebhookOutcome::Kind::kLater) {
    setProblem(false, outcome.problem);
    log_.sample(LogLevel::kWarning, settings_.name,
                fmt::format("{}: expected a receiver that takes alerts, found {}; {} wait",
                            settings_.name, outcome.problem, queue_.size()));
    return std::max(pause_.next(), outcome.retry_after_seconds);
  }
  pause_.reset();
  if (outcome.kind == WebhookOutcome::Kind::kRefused) {
    keepRefused(record, outcome);
    return std::nullopt;
  }
  setProblem(true, {});
  const std::lock_guard lock(mutex_);
  ++status_.written;
  return std::nullopt;
}

void WebhookSink::keepRefused(const std::string& record, const WebhookOutcome& outcome) {
  setProblem(true, outcome.problem);
  {
    const std::lock_guard lock(mutex_);
    ++status_.dropped;
  }
  log_.sample(LogLevel::kError, settings_.name + " refused",
              fmt::format("{}: expected a receiver that takes alerts, found {}; the alert is "
                          "given up",
                          settings_.name, outcome.problem));
  if (settings_.queue.folder.empty()) return;
  try {
    if (!refused_) {
      RotatingLogSettings log_settings;
      log_settings.path = settings_.queue.folder / "refused.jsonl";
      log_settings.name = settings_.name + " refused";
      log_settings.max_bytes = kRefusedBytes;
      log_settings.keep = 1;
      refused_.emplace(log_settings, log_);
      refused_->open({}, {});
    }
    refused_->append(fmt::format(R"({{"status":{},"event":{}}})", outcome.status, record));
    refused_->flush();
  } catch (const Failure& failure) {
    refused_.reset();
    log_.sample(LogLevel::kError, settings_.name + " refused file", failure.what());
  }
}

void WebhookSink::setProblem(bool connected, const std::string& problem) {
  const std::lock_guard lock(mutex_);
  if (connected && !status_.connected) {
    log_.info(settings_.name + ": the receiver takes alerts again");
  }
  status_.connected = connected;
  status_.problem = problem;
}

bool WebhookSink::isAbandoned() const {
  const std::lock_guard lock(mutex_);
  return abandoned_;
}

bool WebhookSink::waitForWork() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closing_ || queue_.size() > 0; });
  return queue_.size() > 0;
}

bool WebhookSink::waitForRetry(double seconds) {
  std::unique_lock lock(mutex_);
  if (closing_) return false;
  // Who closes gives the receiver a last chance.
  changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return closing_; });
  return true;
}

std::unique_ptr<Sink> makeWebhookSink(const Endpoint& endpoint, const SinkContext& context) {
  constexpr std::uint64_t kLeastQueue = std::uint64_t{64} << 10U;
  constexpr std::uint64_t kMostQueue = std::uint64_t{64} << 30U;
  OptionReader options(endpoint);
  const Uri& uri = endpoint.uri;
  WebhookSettings settings;
  settings.name = endpoint.name;
  WebhookTarget& target = settings.target;
  target.is_https = uri.scheme == "https";
  target.host = uri.host;
  target.port = uri.port.value_or(target.is_https ? 443 : 80);
  if (target.host.empty()) {
    throw Failure(FailureKind::kUsage, endpoint.origin + ": " + endpoint.name,
                  "an address: https://HOST/PATH", "none");
  }
  // As it was written: what its owner escaped stays so.
  const std::string rest = uri.address.substr(uri.address.find("//") + 2);
  const std::size_t path = rest.find_first_of("/?");
  target.path_and_query = path == std::string::npos ? "/" : rest.substr(path);
  if (target.path_and_query.front() == '?') target.path_and_query.insert(0, "/");
  const Credentials credentials = takeCredentials(options, uri);
  target.user = credentials.user;
  target.password = credentials.password;
  target.bearer_token = takeSecret(options, "token");
  settings.secret = takeSecret(options, "secret");
  target.ca = options.text("ca", "");
  target.certificate = options.text("cert", "");
  target.key = options.text("key", "");
  target.check_certificate = !options.flag("insecure", false);
  if (target.certificate.empty() != target.key.empty()) {
    options.fail("key", "cert and key, or neither", target.key);
  }
  target.timeout_seconds = options.seconds("timeout", 0.1, 120.0, target.timeout_seconds);
  settings.longest_pause_seconds = options.seconds("retry", 0.05, 3600.0, 300.0);
  settings.queue.most_bytes =
      options.bytes("queue_max", kLeastQueue, kMostQueue, settings.queue.most_bytes);
  settings.only_began = options.oneOf("what", {"alerts", "began"}, "alerts") == "began";
  const std::string format = options.oneOf("format", {"hiss", "slack", "ntfy"}, "hiss");
  settings.format = format == "slack"  ? Format::kSlack
                    : format == "ntfy" ? Format::kNtfy
                                       : Format::kHiss;
  options.done();
  if (!context.state_folder.empty()) {
    settings.queue.folder = std::filesystem::path(context.state_folder) /
                            ("webhook-" + fingerprintOfText(uri.address + ' ' + format));
  }
  return std::make_unique<WebhookSink>(std::move(settings), *context.log);
}

}  // namespace hiss
