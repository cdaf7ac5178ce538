// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/mqtt/mqtt_topics.h"

#include <mosquitto.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <utility>

namespace hiss {
namespace {

constexpr std::size_t kMostFilters = 1000;

struct Registry {
  std::mutex mutex;
  std::map<std::string, std::multiset<std::string>> prefixes;  // by broker
};

Registry& registry() {
  static Registry instance;
  return instance;
}

// Bytes of the UTF-8 character at the start of `text`; 0: it is none.
std::size_t characterBytes(std::string_view text) {
  constexpr std::size_t kMost = 4;
  for (std::size_t bytes = 1; bytes <= std::min(kMost, text.size()); ++bytes) {
    if (mosquitto_validate_utf8(text.data(), static_cast<int>(bytes)) == MOSQ_ERR_SUCCESS) {
      return bytes;
    }
  }
  return 0;
}

}  // namespace

std::vector<std::string> takeTopicFilters(OptionReader& options, const Endpoint& endpoint,
                                          const std::string& option, const std::string& path) {
  const std::string list = options.text(option, path);
  std::vector<std::string> filters;
  for (std::size_t at = 0; at <= list.size() && !list.empty();) {
    const std::size_t end = std::min(list.find(',', at), list.size());
    const std::string filter = list.substr(at, end - at);
    if (mosquitto_sub_topic_check(filter.c_str()) != MOSQ_ERR_SUCCESS || filter.empty()) {
      options.fail(option,
                   "topics such as plant/+/flow or plant/# (whole levels, \"#\" the last one)",
                   "\"" + filter + "\" of " + endpoint.name);
    }
    filters.push_back(filter);
    if (filters.size() > kMostFilters) options.fail(option, "at most 1000 topics", "more");
    at = end + 1;
  }
  return filters;
}

bool matchesTopic(const std::vector<std::string>& filters, std::string_view topic) {
  return std::any_of(filters.begin(), filters.end(), [&](const std::string& filter) {
    bool matches = false;
    mosquitto_topic_matches_sub2(filter.data(), filter.size(), topic.data(), topic.size(),
                                 &matches);
    return matches;
  });
}

std::string safeTopic(std::string_view text) {
  std::string topic;
  while (!text.empty()) {
    const std::size_t bytes = characterBytes(text);
    const bool is_good = bytes > 0 && text.front() != '+' && text.front() != '#';
    if (is_good) {
      topic.append(text.substr(0, bytes));
    } else {
      topic += '_';
    }
    text.remove_prefix(std::max<std::size_t>(bytes, 1));
  }
  return topic;
}

OwnTopics::OwnTopics(const Uri& broker, const std::string& prefix)
    : broker_(brokerKey(broker)), prefix_(prefix) {
  const std::lock_guard lock(registry().mutex);
  registry().prefixes[broker_].insert(prefix_);
}

OwnTopics::~OwnTopics() {
  const std::lock_guard lock(registry().mutex);
  auto& of_broker = registry().prefixes[broker_];
  of_broker.erase(of_broker.find(prefix_));
  if (of_broker.empty()) registry().prefixes.erase(broker_);
}

bool OwnTopics::contain(const std::string& broker, std::string_view topic) {
  const std::lock_guard lock(registry().mutex);
  const auto found = registry().prefixes.find(broker);
  return found != registry().prefixes.end() &&
         std::any_of(found->second.begin(), found->second.end(), [&](const std::string& prefix) {
           return topic.substr(0, prefix.size()) == prefix;
         });
}

// Without the port: one broker has several, with TLS and without.
std::string OwnTopics::brokerKey(const Uri& uri) {
  std::string host = uri.host;
  std::transform(host.begin(), host.end(), host.begin(), [](unsigned char c) {
    return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  });
  const bool is_here = host == "127.0.0.1" || host == "::1";
  return is_here ? "localhost" : host;
}

}  // namespace hiss
