// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "app/engine/monitor/monitor_log.h"
#include "app/engine/monitor/mqtt/mqtt_settings.h"
#include "app/engine/monitor/retry_pause.h"
#include "app/engine/monitor/wake_event.h"

struct mosquitto;
struct mosquitto_message;

namespace hiss {

class MqttClient;

// Valid during the call that gets it.
struct MqttMessage {
  std::string_view topic;
  std::string_view payload;
  bool retained = false;  // the broker kept it: it was sent before we came
};

// Who uses an MqttClient. All is called from the client's thread.
class MqttListener {
 public:
  MqttListener() = default;
  MqttListener(const MqttListener&) = delete;
  MqttListener& operator=(const MqttListener&) = delete;
  virtual ~MqttListener() = default;

  // After each connection, before anything else: subscribe here.
  virtual void onConnected(MqttClient& client) = 0;
  // Whenever the connection comes (once the broker has answered to what was subscribed) or goes,
  // with why it went; also with what ails one that stands.
  virtual void onState(bool connected, const std::string& problem) = 0;
  // May wait; the broker then holds its messages back. False: it was not taken. The client ends
  // then and the broker, which got no acknowledgement at QoS 1 and 2, keeps the message for a
  // session that it keeps.
  virtual bool onMessage(const MqttMessage& message) {
    static_cast<void>(message);
    return true;
  }
  // The broker has the message (QoS 0: the system has).
  virtual void onSent(int id) { static_cast<void>(id); }
  // Whenever something happened, and after wake(), while connected: publish here.
  virtual void onTurn(MqttClient& client) { static_cast<void>(client); }
  // Whether stop() need not wait, for a connection or for what is to be sent on it.
  virtual bool isIdle() { return true; }
};

// One client of an MQTT broker, with a thread of its own that connects, and connects again with
// growing pauses whenever the broker is not there or does not want us. The first failure, each new
// reason and each return are logged. libmosquitto is driven from that thread alone, packet by
// packet, so that a message is acknowledged after onMessage(), not before.
class MqttClient {
 public:
  // All must outlive stop(). Throws Failure(kInput) for certificates that cannot be used.
  MqttClient(MqttSettings settings, MqttListener& listener, MonitorLog& log);
  ~MqttClient();
  MqttClient(const MqttClient&) = delete;
  MqttClient& operator=(const MqttClient&) = delete;

  void start();
  // Waits at most so long for the listener to become idle, then says good-bye. Not from the
  // client's thread. A lookup of the broker's name that hangs is waited for.
  void stop(double seconds) noexcept;
  void wake() noexcept { wake_.signal(); }  // [thread-safe]

  // From the listener's calls only. The id for onSent(); -1: not now.
  int publish(const std::string& topic, std::string_view payload, int qos, bool retain);
  void subscribe(const std::string& filter, int qos);

  [[nodiscard]] const MqttSettings& settings() const { return settings_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Free {
    void operator()(mosquitto* client) const;
  };
  struct Ending {
    std::string problem;
    bool hopeless = false;  // it will hardly come right by itself
  };

  void prepareTls();
  void setCallbacks();
  void run();
  Ending attempt();
  Ending serve();
  bool isOver();  // there is nothing more to do
  void goodBye() noexcept;
  int connect(const std::string& address);
  void onConnectAnswer(int code, bool has_session);
  void onSubscribeAnswer(int id, bool is_refused);
  void say(const Ending& ending);
  bool pause(double seconds);
  [[nodiscard]] Ending describe(int code) const;

  MqttSettings settings_;
  MqttListener& listener_;
  MonitorLog& log_;
  WakeEvent wake_;
  std::unique_ptr<mosquitto, Free> client_;
  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::atomic<Clock::rep> stop_at_{0};  // steady clock; while stopping
  // Of the thread.
  RetryPause pause_;
  bool connected_ = false;
  bool refused_message_ = false;            // onMessage() said no: nothing may be written any more
  int answer_ = 0;                          // of the broker to CONNECT
  std::string library_error_;               // the newest text of the library's log
  std::string said_;                        // the newest problem that was logged
  std::map<int, std::string> subscribing_;  // by the id of SUBSCRIBE
  std::string unsubscribed_;                // what the broker refused of it
};

}  // namespace hiss
