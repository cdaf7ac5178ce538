// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "app/engine/monitor/endpoint.h"

namespace hiss {

// Topic filters of a source: its path, or the option `topics`, by commas. Throws Failure(kUsage)
// for none, or for one that MQTT does not allow.
std::vector<std::string> takeTopicFilters(OptionReader& options, const Endpoint& endpoint,
                                          const std::string& option, const std::string& path);

// Whether a topic that came is asked for by one of these. [thread-safe]
bool matchesTopic(const std::vector<std::string>& filters, std::string_view topic);

// `text` as levels of a topic to publish at: "+", "#", control characters and bytes that are not
// UTF-8 become "_". [thread-safe]
std::string safeTopic(std::string_view text);

// What this process publishes, by all its sinks: a source that listens to "#" at the same broker
// must not take our scores for rows, which would be scored and published in turn without end.
// [thread-safe]
class OwnTopics {
 public:
  // Topics that begin with `prefix` are ours, as long as this lives.
  OwnTopics(const Uri& broker, const std::string& prefix);
  ~OwnTopics();
  OwnTopics(const OwnTopics&) = delete;
  OwnTopics& operator=(const OwnTopics&) = delete;

  // `broker` as brokerKey() gives it.
  static bool contain(const std::string& broker, std::string_view topic);
  static std::string brokerKey(const Uri& uri);

 private:
  std::string broker_;
  std::string prefix_;
};

}  // namespace hiss
