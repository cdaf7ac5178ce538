// SPDX-License-Identifier: Apache-2.0
#include "tests/app/monitor/mqtt/test_broker.h"

#include <arpa/inet.h>
#include <mosquitto.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace hiss {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool canConnect(int port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  const bool could =
      ::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(socket);
  return could;
}

}  // namespace

int freePort() {
  const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof(address);
  const bool done = ::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0 &&
                    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0;
  ::close(socket);
  if (!done) throw std::runtime_error("no free port");
  return ntohs(address.sin_port);
}

TestBroker::TestBroker(std::filesystem::path folder, const std::string& configuration)
    : folder_(std::move(folder)), port_(freePort()) {
  std::filesystem::create_directories(folder_);
  std::ofstream(folder_ / "mosquitto.conf")
      << "user root\nlistener " << port_ << " 127.0.0.1\npersistence true\npersistence_location "
      << folder_.string() << "/\n"
      << "max_queued_messages 0\n"
      << configuration;
}

void TestBroker::start() {
  program_ = ChildProgram(
      {findProgram("mosquitto")->string(), "-c", (folder_ / "mosquitto.conf").string()},
      folder_ / "mosquitto.log");
  if (!eventually([&] { return canConnect(port_) || !program_.isRunning(); }) ||
      !program_.isRunning()) {
    throw std::runtime_error("mosquitto does not start");
  }
}

void TestBroker::kill() { program_.end(SIGKILL); }

MqttPeer::MqttPeer(int port, const std::string& ca) {
  mosquitto_lib_init();
  client_ = mosquitto_new(nullptr, true, this);
  if (!ca.empty()) mosquitto_tls_set(client_, ca.c_str(), nullptr, nullptr, nullptr, nullptr);
  mosquitto_reconnect_delay_set(client_, 1, 1, false);
  mosquitto_connect_callback_set(client_, [](mosquitto*, void* data, int code) {
    auto* const self = static_cast<MqttPeer*>(data);
    const std::lock_guard lock(self->mutex_);
    self->connected_ = code == 0;
    self->changed_.notify_all();
  });
  mosquitto_publish_callback_set(client_, [](mosquitto*, void* data, int) {
    auto* const self = static_cast<MqttPeer*>(data);
    const std::lock_guard lock(self->mutex_);
    ++self->acknowledged_;
    self->changed_.notify_all();
  });
  mosquitto_subscribe_callback_set(client_, [](mosquitto*, void* data, int, int, const int*) {
    auto* const self = static_cast<MqttPeer*>(data);
    const std::lock_guard lock(self->mutex_);
    ++self->subscribed_;
    self->changed_.notify_all();
  });
  mosquitto_message_callback_set(
      client_, [](mosquitto*, void* data, const mosquitto_message* message) {
        auto* const self = static_cast<MqttPeer*>(data);
        const std::lock_guard lock(self->mutex_);
        self->messages_.push_back({message->topic,
                                   std::string(static_cast<const char*>(message->payload),
                                               static_cast<std::size_t>(message->payloadlen)),
                                   message->retain});
        self->changed_.notify_all();
      });
  mosquitto_connect(client_, "127.0.0.1", port, 60);
  mosquitto_loop_start(client_);
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, std::chrono::seconds(30), [&] { return connected_; })) {
    throw std::runtime_error("the peer cannot connect");
  }
}

MqttPeer::~MqttPeer() {
  mosquitto_disconnect(client_);
  mosquitto_loop_stop(client_, true);
  mosquitto_destroy(client_);
}

void MqttPeer::publish(const std::string& topic, const std::string& payload, bool retain) {
  {
    const std::lock_guard lock(mutex_);
    ++published_;
  }
  mosquitto_publish(client_, nullptr, topic.c_str(), static_cast<int>(payload.size()),
                    payload.data(), 1, retain);
}

bool MqttPeer::allSent(double seconds) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::duration<double>(seconds),
                           [&] { return acknowledged_ >= published_; });
}

void MqttPeer::subscribe(const std::string& filter) {
  std::unique_lock lock(mutex_);
  const int before = subscribed_;
  mosquitto_subscribe(client_, nullptr, filter.c_str(), 1);
  if (!changed_.wait_for(lock, std::chrono::seconds(30), [&] { return subscribed_ > before; })) {
    throw std::runtime_error("the peer cannot subscribe");
  }
}

std::vector<MqttPeer::Message> MqttPeer::messages() const {
  const std::lock_guard lock(mutex_);
  return messages_;
}

std::vector<std::string> MqttPeer::at(const std::string& topic) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> payloads;
  for (const Message& message : messages_) {
    if (message.topic == topic) payloads.push_back(message.payload);
  }
  return payloads;
}

bool MqttPeer::waitFor(const std::string& topic, const std::string& payload, double seconds) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] {
    return std::any_of(messages_.begin(), messages_.end(), [&](const Message& message) {
      return message.topic == topic && message.payload == payload;
    });
  });
}

bool MqttPeer::waitForCount(const std::string& topic, std::size_t count, double seconds) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] {
    return static_cast<std::size_t>(std::count_if(
               messages_.begin(), messages_.end(),
               [&](const Message& message) { return message.topic == topic; })) >= count;
  });
}

}  // namespace hiss
