// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sinks/home_assistant.h"

#include <nlohmann/json.hpp>

#include "app/engine/journal.h"

namespace hiss {
namespace {

constexpr std::size_t kMostSlugBytes = 40;
constexpr std::size_t kHashDigits = 8;

// Letters, digits and "_", as object ids must be.
std::string slug(const std::string& text) {
  std::string result;
  for (const char c : text.substr(0, kMostSlugBytes)) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    result += is_plain ? c : '_';
  }
  return result;
}

std::string nodeId(const std::string& prefix) {
  return "hiss_" + slug(prefix) + "_" + fingerprintOfText(prefix).substr(0, kHashDigits);
}

std::string dumped(const nlohmann::json& document) {
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::vector<std::string> discoveryRoots(const std::string& discovery_prefix,
                                        const std::string& prefix) {
  return {discovery_prefix + "/binary_sensor/" + nodeId(prefix) + "/",
          discovery_prefix + "/sensor/" + nodeId(prefix) + "/"};
}

std::vector<DiscoveryMessage> discoveryMessages(const std::string& discovery_prefix,
                                                const DiscoveredStream& stream) {
  const std::string hash = fingerprintOfText(stream.prefix + "\n" + stream.stream);
  const std::string object = slug(stream.stream) + "_" + hash.substr(0, kHashDigits);
  const std::vector<std::string> roots = discoveryRoots(discovery_prefix, stream.prefix);
  const nlohmann::json device = {{"identifiers", {"hiss_" + hash}},
                                 {"name", stream.stream},
                                 {"manufacturer", "Hiss"},
                                 {"model", "hiss monitor"}};
  const auto common = [&](const std::string& name, const std::string& id) {
    return nlohmann::json{{"name", name},
                          {"unique_id", "hiss_" + hash + "_" + id},
                          {"object_id", "hiss_" + object + "_" + id},
                          {"availability_topic", stream.prefix + "/status"},
                          {"payload_available", "online"},
                          {"payload_not_available", "offline"},
                          {"device", device},
                          {"origin", {{"name", "Hiss"}}}};
  };
  std::vector<DiscoveryMessage> messages;
  if (stream.has_alerts) {
    nlohmann::json problem = common("Anomaly", "problem");
    problem["device_class"] = "problem";
    problem["state_topic"] = stream.topic + "/state";
    problem["value_template"] = "{{ 'OFF' if value == 'ok' else 'ON' }}";
    problem["payload_on"] = "ON";
    problem["payload_off"] = "OFF";
    problem["json_attributes_topic"] = stream.topic + "/alert";
    messages.push_back({roots[0] + object + "/config", dumped(problem)});
  }
  if (stream.has_scores) {
    nlohmann::json score = common("Anomaly score", "score");
    score["state_topic"] = stream.topic + "/score";
    score["value_template"] = "{{ value_json.score }}";
    score["state_class"] = "measurement";
    score["icon"] = "mdi:chart-bell-curve-cumulative";
    messages.push_back({roots[1] + object + "/config", dumped(score)});
  }
  return messages;
}

}  // namespace hiss
