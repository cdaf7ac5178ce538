// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/kafka/kafka_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/monitor/secret.h"

namespace hiss {
namespace {

constexpr std::size_t kErrorBytes = 512;
constexpr std::size_t kMostTopicBytes = 249;  // as Kafka itself has it

bool isTopicByte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

std::string topicOf(const Endpoint& endpoint) {
  const std::string& path = endpoint.uri.path;
  std::string topic = path.empty() ? path : path.substr(1);
  if (topic.empty() || topic.size() > kMostTopicBytes || topic == "." || topic == ".." ||
      !std::all_of(topic.begin(), topic.end(), isTopicByte)) {
    throw Failure(FailureKind::kUsage, endpoint.origin + ": " + endpoint.name,
                  "a topic of letters, digits, \".\", \"_\" and \"-\" as in kafka://BROKER/TOPIC",
                  topic.empty() ? "none" : "\"" + topic + "\"");
  }
  return topic;
}

KafkaCallbacks& callbacksOf(void* opaque) { return *static_cast<KafkaCallbacks*>(opaque); }

void logLine(const rd_kafka_t* kafka, int /*level*/, const char* facility, const char* text) {
  callbacksOf(rd_kafka_opaque(kafka)).health->onLog(facility, text);
}

void errorLine(rd_kafka_t* /*kafka*/, int error, const char* reason, void* opaque) {
  callbacksOf(opaque).health->onError(static_cast<rd_kafka_resp_err_t>(error), reason);
}

int statisticsLine(rd_kafka_t* /*kafka*/, char* json, std::size_t bytes, void* opaque) {
  callbacksOf(opaque).health->onStatistics({json, bytes});
  return 0;  // librdkafka frees the text
}

void partitionsMoved(rd_kafka_t* /*kafka*/, rd_kafka_resp_err_t error,
                     rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  callbacksOf(opaque).partitions(error, partitions);
}

void messageDone(rd_kafka_t* /*kafka*/, const rd_kafka_message_t* message, void* opaque) {
  callbacksOf(opaque).delivered(*message);
}

// Wrong user or password, a certificate that is not trusted: reaching the broker does not help.
bool isRefusal(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR__AUTHENTICATION || error == RD_KAFKA_RESP_ERR__SSL ||
         error == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED;
}

}  // namespace

KafkaSettings kafkaSettings(const Endpoint& endpoint, OptionReader& options) {
  KafkaSettings settings;
  settings.topic = topicOf(endpoint);
  if (endpoint.uri.host.empty()) {
    throw Failure(FailureKind::kUsage, endpoint.origin + ": " + endpoint.name,
                  "a broker as in kafka://BROKER:9092/TOPIC", "none");
  }
  const bool is_bare_ipv6 = endpoint.uri.host.find(':') != std::string::npos &&
                            endpoint.uri.host.find(',') == std::string::npos;
  std::string brokers = is_bare_ipv6 ? "[" + endpoint.uri.host + "]" : endpoint.uri.host;
  if (endpoint.uri.port) brokers += fmt::format(":{}", *endpoint.uri.port);
  settings.set("bootstrap.servers", brokers);
  settings.set("client.id", "hiss");
  settings.set("statistics.interval.ms", "1000");              // for KafkaHealth
  settings.set("topic.metadata.refresh.interval.ms", "5000");  // a topic may come later than we do
  settings.set("allow.auto.create.topics", "false");

  const Credentials who = takeCredentials(options, endpoint.uri);
  const std::string security =
      options.oneOf("security", {"plaintext", "ssl", "sasl_plaintext", "sasl_ssl"},
                    who.user.empty() ? "plaintext" : "sasl_ssl");
  const bool has_sasl = security.rfind("sasl", 0) == 0;
  const bool has_tls = security == "ssl" || security == "sasl_ssl";
  settings.set("security.protocol", security);
  const std::string mechanism =
      options.oneOf("mechanism", {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}, "SCRAM-SHA-512");
  if (has_sasl != !who.user.empty()) {
    options.fail("security", has_sasl ? "a user for it" : "sasl_ssl or sasl_plaintext for a user",
                 has_sasl ? "none" : security);
  }
  if (has_sasl) {
    settings.set("sasl.mechanism", mechanism);
    settings.set("sasl.username", who.user);
    settings.set("sasl.password", who.password);
  }
  const std::array<std::pair<const char*, const char*>, 3> files = {
      {{"ca", "ssl.ca.location"},
       {"cert", "ssl.certificate.location"},
       {"key", "ssl.key.location"}}};
  for (const auto& [option, property] : files) {
    const std::optional<std::string> file = options.text(option);
    if (file && !has_tls) options.fail(option, "none without security=ssl or sasl_ssl", *file);
    if (file) settings.set(property, *file);
  }
  const bool is_insecure = options.flag("insecure", false);
  if (is_insecure && !has_tls) options.fail("insecure", "security=ssl or sasl_ssl", security);
  if (is_insecure) settings.set("enable.ssl.certificate.verification", "false");
  return settings;
}

KafkaHealth::KafkaHealth(std::string name, MonitorLog& log) : name_(std::move(name)), log_(log) {}

void KafkaHealth::onError(rd_kafka_resp_err_t error, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  // What befalls one broker of several comes before the word that none is left.
  const bool is_refusal = isRefusal(error);
  if (!is_refusal && error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) {
    last_error_ = fmt::format("{} ({})", rd_kafka_err2str(error), reason);
    return;
  }
  if (!is_refusal && said_ == Said::kRefused) return;  // the better reason is known
  connected_ = false;
  if (is_refusal || last_error_.empty()) {
    last_error_ = fmt::format("{} ({})", rd_kafka_err2str(error), reason);
  }
  problem_ = last_error_;
  const Said what = is_refusal ? Said::kRefused : Said::kUnreachable;
  if (said_ == what) return;
  said_ = what;
  log_.warn(fmt::format("{}: {}: {}; trying on", name_,
                        is_refusal ? "refused by the broker" : "no broker can be reached",
                        problem_));
}

void KafkaHealth::onStatistics(std::string_view json) {
  const nlohmann::json all = nlohmann::json::parse(json, nullptr, false);
  if (!all.is_object() || !all.contains("brokers")) return;
  bool is_up = false;
  for (const auto& broker : all["brokers"]) {
    if (!broker.is_object()) continue;
    const std::string state = broker.value("state", "");
    is_up = is_up || state == "UP" || state == "UPDATE";
  }
  const std::lock_guard lock(mutex_);
  if (!is_up || connected_) return;
  connected_ = true;
  problem_.clear();
  last_error_.clear();
  if (was_connected_) ++reconnects_;
  if (!was_connected_ || said_ != Said::kNothing) log_.info(name_ + ": connected");
  was_connected_ = true;
  said_ = Said::kNothing;
}

void KafkaHealth::onLog(const char* facility, const char* text) {
  log_.sample(LogLevel::kDebug, fmt::format("kafka {} {}", name_, facility),
              fmt::format("{}: librdkafka {}: {}", name_, facility, text));
}

void KafkaHealth::setTrouble(std::string_view why) {
  const std::lock_guard lock(mutex_);
  if (trouble_ == why) return;
  trouble_ = why;
  if (!why.empty()) log_.warn(fmt::format("{}: {}", name_, why));
}

bool KafkaHealth::isDown() const {
  const std::lock_guard lock(mutex_);
  return said_ != Said::kNothing;
}

std::string KafkaHealth::problem() const {
  const std::lock_guard lock(mutex_);
  return problem_.empty() ? trouble_ : problem_;
}

KafkaHandle makeKafka(rd_kafka_type_t type, const KafkaSettings& settings, const std::string& name,
                      KafkaCallbacks& callbacks) {
  KafkaConf conf(rd_kafka_conf_new());
  std::array<char, kErrorBytes> error{};
  for (const auto& [property, value] : settings.properties) {
    if (rd_kafka_conf_set(conf.get(), property.c_str(), value.c_str(), error.data(),
                          error.size()) != RD_KAFKA_CONF_OK) {
      throw Failure(FailureKind::kUsage, name, "a value that librdkafka takes", error.data());
    }
  }
  rd_kafka_conf_set_opaque(conf.get(), &callbacks);
  rd_kafka_conf_set_log_cb(conf.get(), logLine);
  rd_kafka_conf_set_error_cb(conf.get(), errorLine);
  rd_kafka_conf_set_stats_cb(conf.get(), statisticsLine);
  if (callbacks.partitions) rd_kafka_conf_set_rebalance_cb(conf.get(), partitionsMoved);
  if (callbacks.delivered) rd_kafka_conf_set_dr_msg_cb(conf.get(), messageDone);
  KafkaHandle kafka(rd_kafka_new(type, conf.get(), error.data(), error.size()));
  if (!kafka) {
    throw Failure(FailureKind::kUsage, name, "settings that librdkafka takes", error.data());
  }
  static_cast<void>(conf.release());  // it is the handle's now
  return kafka;
}

}  // namespace hiss
