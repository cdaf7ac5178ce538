// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "tests/app/monitor/mqtt/child_program.h"

struct mosquitto;

namespace hiss {

// A port of this machine that nobody listens at.
int freePort();

// A mosquitto in a folder, on a free port of 127.0.0.1, which it has again after kill() and
// start().
class TestBroker {
 public:
  static bool exists() { return findProgram("mosquitto").has_value(); }

  // Each change goes to the disk, as who wants to lose nothing when a broker dies would have it.
  static constexpr const char* kDurable =
      "allow_anonymous true\nautosave_on_changes true\nautosave_interval 1\n";

  // `configuration`: further lines of mosquitto.conf.
  TestBroker(std::filesystem::path folder, const std::string& configuration);

  void start();  // waits until it takes connections
  void kill();   // -9
  [[nodiscard]] int port() const { return port_; }

 private:
  std::filesystem::path folder_;
  int port_;
  ChildProgram program_;
};

// Somebody else at a broker. [thread-safe]
class MqttPeer {
 public:
  explicit MqttPeer(int port, const std::string& ca = "");
  ~MqttPeer();
  MqttPeer(const MqttPeer&) = delete;
  MqttPeer& operator=(const MqttPeer&) = delete;

  // At QoS 1; what the broker does not have yet is sent again when it is back.
  void publish(const std::string& topic, const std::string& payload, bool retain = false);
  // Waits till the broker has all that was published.
  bool allSent(double seconds = 30.0);
  void subscribe(const std::string& filter);
  struct Message {
    std::string topic;
    std::string payload;
    bool retained = false;
  };
  [[nodiscard]] std::vector<Message> messages() const;
  // Payloads at a topic, in order.
  [[nodiscard]] std::vector<std::string> at(const std::string& topic) const;
  bool waitFor(const std::string& topic, const std::string& payload, double seconds = 30.0) const;
  bool waitForCount(const std::string& topic, std::size_t count, double seconds = 30.0) const;

 private:
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool connected_ = false;
  int published_ = 0;
  int acknowledged_ = 0;
  int subscribed_ = 0;
  std::vector<Message> messages_;
  mosquitto* client_ = nullptr;
};

}  // namespace hiss
