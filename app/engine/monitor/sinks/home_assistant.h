// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace hiss {

// What Home Assistant's MQTT discovery is told of one stream.
struct DiscoveryMessage {
  std::string topic;
  std::string payload;  // JSON
};

struct DiscoveredStream {
  std::string stream;
  std::string prefix;      // of all of our topics; PREFIX/status holds online or offline
  std::string topic;       // of this stream: TOPIC/score, TOPIC/alert, TOPIC/state
  bool has_scores = true;  // these topics are there
  bool has_alerts = true;
};

// The start of all topics that discoveryMessages() gives for `prefix`: below `discovery_prefix`,
// for binary sensors and for sensors. [thread-safe]
std::vector<std::string> discoveryRoots(const std::string& discovery_prefix,
                                        const std::string& prefix);

// A device with a problem sensor (on while an alert or silence lasts; the newest alert is its
// attributes) and a sensor of the score. The same names come out in every run. [thread-safe]
std::vector<DiscoveryMessage> discoveryMessages(const std::string& discovery_prefix,
                                                const DiscoveredStream& stream);

}  // namespace hiss
