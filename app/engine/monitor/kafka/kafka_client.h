// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "app/engine/monitor/endpoint.h"
#include "app/engine/monitor/monitor_log.h"

namespace hiss {

// librdkafka's objects, each with its end.
struct KafkaEnd {
  void operator()(rd_kafka_t* kafka) const { rd_kafka_destroy(kafka); }
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using KafkaHandle = std::unique_ptr<rd_kafka_t, KafkaEnd>;
using KafkaConf = std::unique_ptr<rd_kafka_conf_t, KafkaEnd>;
using KafkaMessage = std::unique_ptr<rd_kafka_message_t, KafkaEnd>;
using KafkaError = std::unique_ptr<rd_kafka_error_t, KafkaEnd>;
using KafkaPartitions = std::unique_ptr<rd_kafka_topic_partition_list_t, KafkaEnd>;

// What source and sink have in common of kafka://[USER@]BROKER[:PORT][,BROKER...]/TOPIC?...
struct KafkaSettings {
  std::string topic;
  std::map<std::string, std::string> properties;  // by librdkafka's names

  void set(const std::string& property, std::string value) {
    properties[property] = std::move(value);
  }
};

// Takes the options security, mechanism, user, password_file, password_env, ca, cert, key and
// insecure (the brokers' certificates are not checked). Throws Failure (kUsage; kInput: no password
// in the file).
KafkaSettings kafkaSettings(const Endpoint& endpoint, OptionReader& options);

// How the connection to a cluster does; says once when it is lost and when it is back.
// [thread-safe]
class KafkaHealth {
 public:
  KafkaHealth(std::string name, MonitorLog& log);

  void onError(rd_kafka_resp_err_t error, std::string_view reason);
  // librdkafka's statistics: JSON with the state of each broker.
  void onStatistics(std::string_view json);
  // Lines of librdkafka's own: of use to who looks for a fault only.
  void onLog(const char* facility, const char* text);
  // A trouble of another kind, such as a topic that is not there; empty: it is over.
  void setTrouble(std::string_view why);

  [[nodiscard]] bool connected() const { return connected_; }
  // Whether it has failed and not come back: false also while the first attempt goes on.
  [[nodiscard]] bool isDown() const;
  [[nodiscard]] std::string problem() const;
  [[nodiscard]] std::uint64_t reconnects() const { return reconnects_; }

 private:
  enum class Said : std::uint8_t { kNothing, kUnreachable, kRefused };

  const std::string name_;
  MonitorLog& log_;
  std::atomic<bool> connected_{false};
  std::atomic<std::uint64_t> reconnects_{0};
  mutable std::mutex mutex_;  // of what follows
  bool was_connected_ = false;
  Said said_ = Said::kNothing;
  std::string last_error_;
  std::string problem_;
  std::string trouble_;
};

// Who is called back. All but `partitions` may come from any thread.
struct KafkaCallbacks {
  KafkaHealth* health = nullptr;
  // An assignment or its end, in the thread that polls; it must call (un)assign. Must not throw.
  std::function<void(rd_kafka_resp_err_t, rd_kafka_topic_partition_list_t*)> partitions;
  // A message was delivered or given up. Must not throw.
  std::function<void(const rd_kafka_message_t&)> delivered;
};

// `callbacks` must outlive the handle. Throws Failure(kUsage) "NAME: ..." if librdkafka does not
// take a property.
KafkaHandle makeKafka(rd_kafka_type_t type, const KafkaSettings& settings, const std::string& name,
                      KafkaCallbacks& callbacks);

}  // namespace hiss
