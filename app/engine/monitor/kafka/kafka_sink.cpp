// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/kafka/kafka_sink.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/monitor/kafka/kafka_client.h"
#include "app/engine/monitor/sinks/event_json.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;
constexpr int kPollMilliseconds = 100;
constexpr int kCheckpointMilliseconds = 5000;
constexpr int kCloseMilliseconds = 5000;
constexpr std::size_t kMostHeldAlerts = 10000;
constexpr std::uint64_t kScoresTenths = 9;  // of the queue

struct Options {
  KafkaSettings kafka;
  bool scores = false;
  bool alerts = true;
  std::uint64_t queue = 0;
};

Options takeOptions(const Endpoint& endpoint) {
  constexpr std::int64_t kLeastQueue = 100;
  constexpr std::int64_t kMostQueue = 10'000'000;
  constexpr std::int64_t kUsualQueue = 100'000;
  constexpr std::uint64_t kMebibyte = std::uint64_t{1} << 20;
  constexpr std::uint64_t kMostBytes = kMebibyte << 11;  // as librdkafka has it
  Options taken;
  OptionReader options(endpoint);
  taken.kafka = kafkaSettings(endpoint, options);
  const std::string what = options.oneOf("what", {"alerts", "scores", "all"}, "alerts");
  taken.scores = what != "alerts";
  taken.alerts = what != "scores";
  taken.queue =
      static_cast<std::uint64_t>(options.integer("queue", kLeastQueue, kMostQueue, kUsualQueue));
  const std::uint64_t bytes =
      options.bytes("queue_bytes", kMebibyte, kMostBytes, 64 * kMebibyte);  // NOLINT
  const std::string acks = options.oneOf("acks", {"all", "1", "0"}, "all");
  options.done();

  taken.kafka.set("acks", acks);
  // Only with all replicas' word can the producer leave out what it had to send again.
  taken.kafka.set("enable.idempotence", acks == "all" ? "true" : "false");
  taken.kafka.set("message.timeout.ms", "0");  // the queue is bounded, so what waits may wait
  taken.kafka.set("queue.buffering.max.messages", std::to_string(taken.queue));
  taken.kafka.set("queue.buffering.max.kbytes", std::to_string(bytes >> 10));
  taken.kafka.set("partitioner", "murmur2_random");  // as Java's clients have it
  taken.kafka.set("compression.codec", "lz4");
  return taken;
}

// Key and value of a message, and the headers that tell a repeated one.
struct Message {
  std::string key;
  std::string value;
  std::string_view type;
  std::string id;
  std::string_view phase;  // empty: none
};

class KafkaSink final : public Sink {
 public:
  KafkaSink(const Endpoint& endpoint, Options options, MonitorLog& log)
      : name_(endpoint.name), options_(std::move(options)), log_(log), health_(name_, log) {
    callbacks_.health = &health_;
    callbacks_.delivered = [this](const rd_kafka_message_t& message) { delivered(message); };
  }

  ~KafkaSink() override { close(); }

  void open(const std::string& /*token*/) override { begin(); }

  void score(const ScoredRow& row) override {
    if (!options_.scores) return;
    if (sent_ >= options_.queue * kScoresTenths / 10) {
      countDropped("the queue is full");
      return;
    }
    buffer_.clear();
    appendScoreJson(buffer_, row);
    const Message message{std::string(row.stream),
                          fmt::to_string(buffer_),
                          "score",
                          fmt::format("{}/{}", row.stream, row.row),
                          {}};
    const rd_kafka_resp_err_t error = produce(message);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) countDropped(rd_kafka_err2str(error));
  }

  void alert(const AlertEvent& event) override {
    if (!options_.alerts) return;
    buffer_.clear();
    appendAlertJson(buffer_, event);
    held_.push_back(
        {event.stream, fmt::to_string(buffer_), "alert", event.id, nameOf(event.phase)});
    produceHeld();
    if (held_.size() <= kMostHeldAlerts) return;
    held_.pop_front();
    countDropped("too many alerts wait");
  }

  void flush() override {
    produceHeld();
    renewIfDead();
  }

  std::string checkpoint() override {
    produceHeld();
    waitForBrokers(kCheckpointMilliseconds);
    const std::uint64_t waiting = waitingCount();
    if (waiting == 0) return {};
    throw Failure(FailureKind::kOutput, name_, "all messages acknowledged by the brokers",
                  fmt::format("{} that wait", waiting));
  }

  void close() noexcept override {
    if (!kafka_) return;
    produceHeld();
    waitForBrokers(kCloseMilliseconds);
    const std::uint64_t waiting = waitingCount();
    end();
    dropped_ += held_.size();
    held_.clear();
    held_count_ = 0;
    if (waiting > 0) log_.warn(fmt::format("{}: {} messages were not delivered", name_, waiting));
  }

  [[nodiscard]] SinkStatus status() const override {
    SinkStatus status;
    status.uri = name_;
    status.connected = health_.connected();
    status.written = written_;
    status.queued = sent_ + held_count_;
    status.dropped = dropped_;
    status.problem = health_.problem();
    return status;
  }

 private:
  void begin() {
    kafka_ = makeKafka(RD_KAFKA_PRODUCER, options_.kafka, name_, callbacks_);
    stopping_ = false;
    thread_ = std::thread([this] {
      while (!stopping_) rd_kafka_poll(kafka_.get(), kPollMilliseconds);
    });
  }

  // What librdkafka still has is given up and counted.
  void end() noexcept {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
    dropped_ += sent_.exchange(0);
    rd_kafka_purge(kafka_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    kafka_.reset();  // nobody polls, so nothing is told of the rest
  }

  // An idempotent producer whose numbers the brokers do not follow any more is of no use.
  void renewIfDead() {
    std::array<char, 256> why{};
    if (rd_kafka_fatal_error(kafka_.get(), why.data(), why.size()) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      return;
    }
    log_.sample(LogLevel::kError, "kafka fatal " + name_,
                fmt::format("{}: the producer begins anew: {}", name_, why.data()));
    end();
    begin();
  }

  [[nodiscard]] std::uint64_t waitingCount() const { return sent_ + held_.size(); }

  // Until all that librdkafka has is acknowledged or given up. Not at all while no broker can be
  // reached: that would only hold up the rows of all streams.
  void waitForBrokers(int milliseconds) noexcept {
    const auto deadline = Clock::now() + std::chrono::milliseconds(milliseconds);
    if (health_.isDown() || sent_ == 0) return;
    rd_kafka_flush(kafka_.get(), milliseconds);
    // The other thread may be about to count the last ones.
    while (sent_ > 0 && !health_.isDown() && Clock::now() < deadline)
      rd_kafka_poll(kafka_.get(), 1);
  }

  // Alerts in their order, as far as there is room.
  void produceHeld() noexcept {
    while (!held_.empty()) {
      const rd_kafka_resp_err_t error = produce(held_.front());
      if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) break;
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) countDropped(rd_kafka_err2str(error));
      held_.pop_front();
    }
    held_count_ = held_.size();
  }

  rd_kafka_resp_err_t produce(const Message& message) noexcept {
    rd_kafka_headers_t* const headers = rd_kafka_headers_new(3);
    addHeader(headers, "type", message.type);
    addHeader(headers, "id", message.id);
    if (!message.phase.empty()) addHeader(headers, "phase", message.phase);
    ++sent_;  // before it can be delivered
    // As RD_KAFKA_V_TOPIC and the like have it, but for their checks, which are GNU C.
    const rd_kafka_resp_err_t error = rd_kafka_producev(
        kafka_.get(), RD_KAFKA_VTYPE_TOPIC, options_.kafka.topic.c_str(), RD_KAFKA_VTYPE_MSGFLAGS,
        int{RD_KAFKA_MSG_F_COPY}, RD_KAFKA_VTYPE_KEY, message.key.data(), message.key.size(),
        RD_KAFKA_VTYPE_VALUE, message.value.data(), message.value.size(), RD_KAFKA_VTYPE_HEADERS,
        headers, RD_KAFKA_VTYPE_END);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return error;
    --sent_;
    rd_kafka_headers_destroy(headers);
    return error;
  }

  static void addHeader(rd_kafka_headers_t* headers, const char* name, std::string_view value) {
    rd_kafka_header_add(headers, name, -1, value.data(), static_cast<ssize_t>(value.size()));
  }

  // From any thread that polls or flushes.
  void delivered(const rd_kafka_message_t& message) {
    --sent_;
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++written_;
      health_.setTrouble({});
    } else {
      ++dropped_;
      health_.setTrouble(
          fmt::format("topic {}: {}", options_.kafka.topic, rd_kafka_err2str(message.err)));
    }
  }

  void countDropped(std::string_view why) noexcept {
    ++dropped_;
    log_.sample(LogLevel::kWarning, "kafka dropped " + name_,
                fmt::format("{}: given up: {}", name_, why));
  }

  const std::string name_;
  const Options options_;
  MonitorLog& log_;
  KafkaHealth health_;
  KafkaCallbacks callbacks_;
  fmt::memory_buffer buffer_;
  std::deque<Message> held_;            // alerts that found no room
  std::atomic<std::uint64_t> sent_{0};  // that librdkafka has
  std::atomic<std::uint64_t> written_{0};
  std::atomic<std::uint64_t> held_count_{0};
  std::atomic<std::uint64_t> dropped_{0};
  std::atomic<bool> stopping_{false};
  KafkaHandle kafka_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Sink> makeKafkaSink(const Endpoint& endpoint, const SinkContext& context) {
  return std::make_unique<KafkaSink>(endpoint, takeOptions(endpoint), *context.log);
}

}  // namespace hiss
