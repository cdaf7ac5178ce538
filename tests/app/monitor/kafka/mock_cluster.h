// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/engine/monitor/kafka/kafka_client.h"

namespace hiss {

// A message as a test writes or reads it.
struct TestMessage {
  std::string key;
  std::string value;
  int partition = 0;
  std::int64_t stamp_ms = 0;
  bool has_key = true;
  bool has_value = true;
  std::map<std::string, std::string> headers = {};
};

// Reads all of a topic.
class TopicReader {
 public:
  TopicReader(KafkaHandle consumer, const std::string& topic, int partitions)
      : consumer_(std::move(consumer)) {
    const KafkaPartitions list(rd_kafka_topic_partition_list_new(partitions));
    for (int i = 0; i < partitions; ++i) {
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), i)->offset = 0;
    }
    rd_kafka_assign(consumer_.get(), list.get());
  }

  // What comes within a tenth of a second, or has come.
  std::vector<TestMessage> poll() {
    constexpr int kMilliseconds = 100;
    std::vector<TestMessage> messages;
    for (int wait = kMilliseconds;; wait = 0) {
      const KafkaMessage message(rd_kafka_consumer_poll(consumer_.get(), wait));
      if (!message) return messages;
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) messages.push_back(taken(*message));
    }
  }

 private:
  static TestMessage taken(const rd_kafka_message_t& message) {
    TestMessage result;
    result.key = {static_cast<const char*>(message.key), message.key_len};
    result.value = {static_cast<const char*>(message.payload), message.len};
    result.partition = message.partition;
    result.stamp_ms = rd_kafka_message_timestamp(&message, nullptr);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return result;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t bytes = 0;
    for (std::size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &bytes) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      result.headers[name] = {static_cast<const char*>(value), bytes};
    }
    return result;
  }

  KafkaHandle consumer_;
};

// librdkafka's own Kafka cluster, on loopback ports of its choice, with a client to fill and read
// it. For one thread.
class MockCluster {
 public:
  explicit MockCluster(int brokers = 1) : brokers_(brokers) {
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);
    keeper_.reset(rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0));
    cluster_ = rd_kafka_mock_cluster_new(keeper_.get(), brokers);
    if (cluster_ == nullptr) throw std::runtime_error("rd_kafka_mock_cluster_new");
    producer_ = client(RD_KAFKA_PRODUCER, {});
  }
  ~MockCluster() {
    producer_.reset();
    rd_kafka_mock_cluster_destroy(cluster_);
  }
  MockCluster(const MockCluster&) = delete;
  MockCluster& operator=(const MockCluster&) = delete;

  rd_kafka_mock_cluster_t* get() { return cluster_; }
  std::string brokers() const { return rd_kafka_mock_cluster_bootstraps(cluster_); }
  // "kafka://BROKERS/TOPIC"
  std::string uri(const std::string& topic) const { return "kafka://" + brokers() + "/" + topic; }

  void createTopic(const std::string& topic, int partitions) {
    rd_kafka_mock_topic_create(cluster_, topic.c_str(), partitions, 1);
  }
  void setUp(bool is_up) {
    for (int broker = 1; broker <= brokers_; ++broker) {
      if (is_up) rd_kafka_mock_broker_set_up(cluster_, broker);
      if (!is_up) rd_kafka_mock_broker_set_down(cluster_, broker);
    }
  }

  void produce(const std::string& topic, const std::vector<TestMessage>& messages) {
    for (const TestMessage& message : messages) {
      rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR__QUEUE_FULL;
      while (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
        error = rd_kafka_producev(
            producer_.get(), RD_KAFKA_VTYPE_TOPIC, topic.c_str(), RD_KAFKA_VTYPE_PARTITION,
            std::int32_t{message.partition}, RD_KAFKA_VTYPE_MSGFLAGS, int{RD_KAFKA_MSG_F_COPY},
            RD_KAFKA_VTYPE_KEY, message.has_key ? message.key.data() : nullptr, message.key.size(),
            RD_KAFKA_VTYPE_VALUE, message.has_value ? message.value.data() : nullptr,
            message.value.size(), RD_KAFKA_VTYPE_TIMESTAMP, std::int64_t{message.stamp_ms},
            RD_KAFKA_VTYPE_END);
        if (error == RD_KAFKA_RESP_ERR__QUEUE_FULL) rd_kafka_poll(producer_.get(), 10);
      }
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) throw std::runtime_error(rd_kafka_err2str(error));
    }
    constexpr int kMilliseconds = 20000;
    if (rd_kafka_flush(producer_.get(), kMilliseconds) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      throw std::runtime_error("the mock cluster takes no messages");
    }
  }

  // Of all partitions from their beginning, each in its order.
  TopicReader reader(const std::string& topic, int partitions) const {
    return {client(RD_KAFKA_CONSUMER, {{"group.id", "reader"}}), topic, partitions};
  }
  // At least so many messages and all that follow at once.
  std::vector<TestMessage> read(const std::string& topic, int partitions,
                                std::size_t at_least) const {
    TopicReader reader = this->reader(topic, partitions);
    std::vector<TestMessage> messages;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    while (std::chrono::steady_clock::now() < deadline) {
      const std::vector<TestMessage> more = reader.poll();
      if (more.empty() && messages.size() >= at_least) break;
      messages.insert(messages.end(), more.begin(), more.end());
    }
    return messages;
  }

  // The next offset that `group` committed; -1: none.
  std::int64_t committed(const std::string& group, const std::string& topic, int partition) const {
    const KafkaHandle consumer = client(RD_KAFKA_CONSUMER, {{"group.id", group}});
    const KafkaPartitions list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition);
    constexpr int kMilliseconds = 10000;
    rd_kafka_committed(consumer.get(), list.get(), kMilliseconds);
    return list->elems[0].offset < 0 ? -1 : list->elems[0].offset;
  }

 private:
  KafkaHandle client(rd_kafka_type_t type, std::map<std::string, std::string> properties) const {
    properties["bootstrap.servers"] = brokers();
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    rd_kafka_conf_set_log_cb(conf, nullptr);
    for (const auto& [name, value] : properties) {
      rd_kafka_conf_set(conf, name.c_str(), value.c_str(), nullptr, 0);
    }
    KafkaHandle handle(rd_kafka_new(type, conf, nullptr, 0));
    if (!handle) throw std::runtime_error("rd_kafka_new");
    return handle;
  }

  const int brokers_;
  KafkaHandle keeper_;  // whose thread is the cluster's
  rd_kafka_mock_cluster_t* cluster_ = nullptr;
  KafkaHandle producer_;
};

// Waits at most `seconds`; whether it came to that.
template <typename Condition>
bool comesTrue(Condition condition, double seconds = 15.0) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace hiss
