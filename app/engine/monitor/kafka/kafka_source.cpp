// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/kafka/kafka_source.h"

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/monitor/kafka/kafka_client.h"
#include "app/engine/monitor/sources/message_parts.h"
#include "app/engine/monitor/sources/row_decoder.h"
#include "app/engine/monitor/sources/row_intake.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPollMilliseconds = 100;
constexpr auto kAskAgain = std::chrono::milliseconds(250);  // for a shard that another holds
constexpr auto kCommitEvery = std::chrono::milliseconds(500);
constexpr int kSeekMilliseconds = 5000;
constexpr std::int64_t kNanosecondsPerMillisecond = 1'000'000;

// A partition that is ours.
struct Partition {
  bool is_open = false;     // its shard is
  bool is_paused = false;   // nothing is fetched: its state is not ours yet
  bool is_damaged = false;  // its state cannot be read: it stays paused
  bool said_taken = false;
  int shard = 0;
  bool has_state = false;
  std::int64_t next = 0;     // with a state: the offset where it goes on
  bool is_first = true;      // no message has come since the opening
  std::int64_t pushed = -1;  // the offset after the newest message that was handed over
  Clock::time_point ask_at;
};

struct Options {
  KafkaSettings kafka;
  DecodeSettings decode;
  bool is_live = true;
};

Options takeOptions(const Endpoint& endpoint) {
  constexpr double kLeastSession = 1.0;
  constexpr double kMostSession = 1800.0;
  constexpr double kUsualSession = 45.0;
  constexpr double kHeartbeatsOfSession = 10.0;
  constexpr double kLeastPoll = 300.0;
  constexpr int kMilliseconds = 1000;
  Options taken;
  OptionReader options(endpoint);
  taken.kafka = kafkaSettings(endpoint, options);
  taken.decode = decodeSettings(options);
  taken.is_live = options.flag("live", true);
  taken.kafka.set("group.id", options.text("group", "hiss"));
  if (taken.kafka.properties["group.id"].empty()) options.fail("group", "a name", "none");
  taken.kafka.set("auto.offset.reset", options.oneOf("offset", {"earliest", "latest"}, "earliest"));
  const double session = options.seconds("session", kLeastSession, kMostSession, kUsualSession);
  taken.kafka.set("session.timeout.ms", fmt::format("{:.0f}", session * kMilliseconds));
  taken.kafka.set("heartbeat.interval.ms",
                  fmt::format("{:.0f}", session * kMilliseconds / kHeartbeatsOfSession));
  taken.kafka.set("max.poll.interval.ms",
                  fmt::format("{:.0f}", std::max(kLeastPoll, session) * kMilliseconds));
  // Partitions that stay keep their streams in memory while others move.
  taken.kafka.set("partition.assignment.strategy", "cooperative-sticky");
  taken.kafka.set("enable.auto.commit", "false");
  taken.kafka.set("enable.auto.offset.store", "false");
  taken.kafka.set("queued.max.messages.kbytes",
                  "8192");  // a partition, so that what waits is bounded
  options.done();
  return taken;
}

class KafkaSource final : public Source {
 public:
  KafkaSource(const Endpoint& endpoint, Options options, MonitorLog& log)
      : name_(endpoint.name),
        options_(std::move(options)),
        log_(log),
        health_(name_, log),
        decoder_(options_.decode),
        intake_(name_, options_.decode, RowIntake::WhenFull::kWait, false, log) {
    callbacks_.health = &health_;
    callbacks_.partitions = [this](rd_kafka_resp_err_t error,
                                   rd_kafka_topic_partition_list_t* partitions) {
      try {
        rebalance(error, *partitions);
      } catch (...) {  // no exception may pass through librdkafka's C
        log_.error(fmt::format("{}: {}", name_, currentFailure(name_).what()));
      }
    };
  }

  ~KafkaSource() override { stop(); }

  void start(SourceHost& host, std::uint64_t /*position*/) override {
    host_ = &host;
    intake_.begin(host);
    kafka_ = makeKafka(RD_KAFKA_CONSUMER, options_.kafka, name_, callbacks_);
    rd_kafka_poll_set_consumer(kafka_.get());
    const KafkaPartitions topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), options_.kafka.topic.c_str(),
                                      RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t error = rd_kafka_subscribe(kafka_.get(), topics.get());
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw Failure(FailureKind::kUsage, name_, "a topic to subscribe to", rd_kafka_err2str(error));
    }
    thread_ = std::thread([this] { run(); });
  }

  void stop() noexcept override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    stopped_.notify_all();
    if (thread_.joinable()) thread_.join();
    kafka_.reset();
  }

  void saved(int shard, std::uint64_t position) noexcept override {
    const std::lock_guard lock(mutex_);
    saved_[shard] = position;
  }

  [[nodiscard]] bool isLive() const noexcept override { return options_.is_live; }
  [[nodiscard]] bool isDurable() const noexcept override { return true; }
  [[nodiscard]] bool isSharded() const noexcept override { return true; }

  [[nodiscard]] SourceStatus status() const override {
    SourceStatus status = intake_.status();
    status.connected = health_.connected();
    status.problem = health_.problem();
    status.reconnects = health_.reconnects();
    return status;
  }

 private:
  void run() {
    while (!stopping_ && !is_refused_) {
      const KafkaMessage message(rd_kafka_consumer_poll(kafka_.get(), kPollMilliseconds));
      try {
        if (message) take(*message);
        openWaiting();
        commitSaved(false);
      } catch (...) {
        log_.error(fmt::format("{}: {}", name_, currentFailure(name_).what()));
      }
    }
    // A monitor that takes no more rows stops us next; leaving the group earlier would hand our
    // partitions to others while it still has their rows to score.
    std::unique_lock lock(mutex_);
    stopped_.wait(lock, [this] { return stopping_.load(); });
    lock.unlock();
    rd_kafka_consumer_close(kafka_.get());
  }

  void take(const rd_kafka_message_t& message) {
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      takeError(message);
      return;
    }
    const auto found = partitions_.find(message.partition);
    if (found == partitions_.end() || found->second.is_paused) return;
    Partition& partition = found->second;
    health_.setTrouble({});
    sayWhereItGoesOn(partition, message);
    if (message.payload == nullptr) return;  // a deletion, in a compacted topic

    rows_.clear();
    const std::string_view payload(static_cast<const char*>(message.payload), message.len);
    std::string stream = message.key == nullptr
                             ? fmt::format("{}-{}", options_.kafka.topic, message.partition)
                             : std::string(static_cast<const char*>(message.key), message.key_len);
    if (!checkStream(stream, why_) || !decoder_.decode(payload, stream, rows_, why_)) {
      intake_.malformed(why_);
      return;
    }
    const std::optional<std::int64_t> stamp = stampOf(message);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
      Observation& row = rows_[i];
      if (!row.stamp_ns) row.stamp_ns = stamp;
      row.shard = partition.shard;
      row.next_position = static_cast<std::uint64_t>(message.offset) + 1;
      row.more = i + 1 < rows_.size();
      if (!intake_.row(std::move(row))) {
        is_refused_ = true;
        return;
      }
    }
    partition.pushed = message.offset + 1;
  }

  // Says so if messages between the state and the first one are gone, or come again.
  void sayWhereItGoesOn(Partition& partition, const rd_kafka_message_t& message) {
    const bool is_first = std::exchange(partition.is_first, false);
    if (!is_first || !partition.has_state || message.offset == partition.next) return;
    // Compaction and the ends of transactions make small gaps; a topic made anew begins before.
    log_.warn(fmt::format("{}: partition {} goes on at offset {}, the state ended at {}", name_,
                          message.partition, message.offset, partition.next));
  }

  static std::optional<std::int64_t> stampOf(const rd_kafka_message_t& message) {
    rd_kafka_timestamp_type_t type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE;
    const std::int64_t milliseconds = rd_kafka_message_timestamp(&message, &type);
    constexpr std::int64_t kMost = INT64_MAX / kNanosecondsPerMillisecond;
    if (type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE || milliseconds < 0 || milliseconds > kMost) {
      return std::nullopt;
    }
    return milliseconds * kNanosecondsPerMillisecond;
  }

  void takeError(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return;
    health_.setTrouble(
        fmt::format("topic {}: {}", options_.kafka.topic, rd_kafka_message_errstr(&message)));
  }

  // [the thread that polls, within rd_kafka_consumer_poll or _close]
  void rebalance(rd_kafka_resp_err_t error, const rd_kafka_topic_partition_list_t& partitions) {
    if (error == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      assign(partitions);
    } else if (error == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS) {
      revoke(partitions);
    } else {
      log_.warn(fmt::format("{}: the group's partitions: {}", name_, rd_kafka_err2str(error)));
      check(rd_kafka_assign(kafka_.get(), nullptr));
    }
  }

  void assign(const rd_kafka_topic_partition_list_t& partitions) {
    const KafkaPartitions ours(rd_kafka_topic_partition_list_copy(&partitions));
    const KafkaPartitions paused(rd_kafka_topic_partition_list_new(partitions.cnt));
    const KafkaPartitions flowing(rd_kafka_topic_partition_list_new(partitions.cnt));
    std::string names;
    for (int i = 0; i < ours->cnt; ++i) {
      rd_kafka_topic_partition_t& part = ours->elems[i];
      Partition& partition = partitions_[part.partition];
      partition = Partition{};
      open(part.partition, partition);
      // Without a state: what the group committed, else auto.offset.reset.
      part.offset = partition.has_state ? partition.next : RD_KAFKA_OFFSET_INVALID;
      partition.is_paused = !partition.is_open;
      rd_kafka_topic_partition_list_add((partition.is_paused ? paused : flowing).get(), part.topic,
                                        part.partition);
      names += fmt::format("{}{}", names.empty() ? "" : ", ", part.partition);
    }
    check(rd_kafka_incremental_assign(kafka_.get(), ours.get()));
    if (paused->cnt > 0) check(rd_kafka_pause_partitions(kafka_.get(), paused.get()));
    // It may have been paused when it was ours before.
    if (flowing->cnt > 0) check(rd_kafka_resume_partitions(kafka_.get(), flowing.get()));
    health_.setTrouble({});
    if (!names.empty()) log_.info(fmt::format("{}: got partitions {}", name_, names));
  }

  void revoke(const rd_kafka_topic_partition_list_t& partitions) {
    // Lost ones belong to another worker by now: what we would save is not the newest any more.
    const bool is_lost = rd_kafka_assignment_lost(kafka_.get()) != 0;
    std::string names;
    for (int i = 0; i < partitions.cnt; ++i) {
      const std::int32_t number = partitions.elems[i].partition;
      const auto found = partitions_.find(number);
      if (found == partitions_.end()) continue;
      names += fmt::format("{}{}", names.empty() ? "" : ", ", number);
      const Partition& partition = found->second;
      if (!partition.is_open) continue;
      host_->closeShard(partition.shard, !is_lost);
      // What was handed over is done now; while the monitor stops, only what it said it has saved.
      if (partition.pushed < 0 || stopping_ || is_refused_) continue;
      saved(partition.shard, static_cast<std::uint64_t>(partition.pushed));
    }
    if (!is_lost) commitSaved(true);
    for (int i = 0; i < partitions.cnt; ++i) partitions_.erase(partitions.elems[i].partition);
    check(rd_kafka_incremental_unassign(kafka_.get(), &partitions));
    if (!names.empty()) {
      log_.info(fmt::format("{}: {} partitions {}", name_, is_lost ? "lost" : "gave up", names));
    }
  }

  // Sets is_open, or when to ask again.
  void open(std::int32_t number, Partition& partition) {
    partition.ask_at = Clock::now() + kAskAgain;
    try {
      const SourceHost::Shard shard =
          host_->openShard(fmt::format("kafka-{}-{}", options_.kafka.topic, number));
      if (shard.taken) {
        if (!partition.said_taken) {
          log_.warn(fmt::format("{}: another process holds the state of partition {}; waiting",
                                name_, number));
        }
        partition.said_taken = true;
        return;
      }
      partition.is_open = true;
      partition.shard = shard.shard;
      partition.has_state = shard.has_state;
      partition.next = static_cast<std::int64_t>(shard.position);
    } catch (const Failure& failure) {
      if (failure.kind() == FailureKind::kCancelled) {
        is_refused_ = true;
        return;
      }
      partition.is_damaged = true;
      health_.setTrouble(fmt::format("partition {} is not read: {}", number, failure.what()));
    }
  }

  // Partitions whose state another worker held when we got them.
  void openWaiting() {
    for (auto& [number, partition] : partitions_) {
      if (!partition.is_paused || partition.is_damaged || Clock::now() < partition.ask_at) continue;
      if (!partition.is_open) open(number, partition);
      if (partition.is_open) goOn(number, partition);
    }
  }

  void goOn(std::int32_t number, Partition& partition) {
    const KafkaPartitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_t* const part =
        rd_kafka_topic_partition_list_add(list.get(), options_.kafka.topic.c_str(), number);
    // Without a state it stands where it was assigned: at what was committed.
    if (partition.has_state) {
      part->offset = partition.next;
      const KafkaError error(rd_kafka_seek_partitions(kafka_.get(), list.get(), kSeekMilliseconds));
      // Just assigned, it may not be ready to be sought in: again, then.
      if (error || part->err != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    }
    check(rd_kafka_resume_partitions(kafka_.get(), list.get()));
    partition.is_paused = false;
    log_.info(fmt::format("{}: partition {} is free now", name_, number));
  }

  void commitSaved(bool now) {
    if (!now && Clock::now() < commit_at_) return;
    commit_at_ = Clock::now() + kCommitEvery;
    std::map<int, std::uint64_t> saved;
    {
      const std::lock_guard lock(mutex_);
      saved.swap(saved_);
    }
    if (saved.empty()) return;
    const KafkaPartitions list(
        rd_kafka_topic_partition_list_new(static_cast<int>(partitions_.size())));
    for (const auto& [number, partition] : partitions_) {
      const auto found = partition.is_open ? saved.find(partition.shard) : saved.end();
      if (found == saved.end()) continue;
      rd_kafka_topic_partition_list_add(list.get(), options_.kafka.topic.c_str(), number)->offset =
          static_cast<std::int64_t>(found->second);
    }
    // Nobody waits for it: the state says where to go on.
    if (list->cnt > 0) check(rd_kafka_commit(kafka_.get(), list.get(), 1));
  }

  void check(rd_kafka_error_t* error) {
    const KafkaError held(error);
    if (held) log_.warn(fmt::format("{}: {}", name_, rd_kafka_error_string(error)));
  }
  void check(rd_kafka_resp_err_t error) {
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    log_.sample(LogLevel::kWarning, "kafka " + name_,
                fmt::format("{}: {}", name_, rd_kafka_err2str(error)));
  }

  const std::string name_;
  const Options options_;
  MonitorLog& log_;
  KafkaHealth health_;
  KafkaCallbacks callbacks_;
  RowDecoder decoder_;
  RowIntake intake_;
  SourceHost* host_ = nullptr;
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;  // of saved_
  std::condition_variable stopped_;
  std::map<int, std::uint64_t> saved_;  // shard, position: not yet committed

  // Of the thread that polls.
  bool is_refused_ = false;  // the monitor takes no more rows
  std::map<std::int32_t, Partition> partitions_;
  Clock::time_point commit_at_;
  std::vector<Observation> rows_;
  std::string why_;
  KafkaHandle kafka_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Source> makeKafkaSource(const Endpoint& endpoint, MonitorLog& log) {
  return std::make_unique<KafkaSource>(endpoint, takeOptions(endpoint), log);
}

}  // namespace hiss
