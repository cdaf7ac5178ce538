// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <httplib.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace hiss {

// A receiver of webhooks on 127.0.0.1 that keeps what it is sent. [thread-safe]
class HttpReceiver {
 public:
  using Answer = std::function<void(std::size_t number, httplib::Response& response)>;

  // `port`: 0 finds a free one. `answer`: of the request `number`, from 0; else 200.
  explicit HttpReceiver(int port = 0, Answer answer = {},
                        std::unique_ptr<httplib::Server> server = nullptr)
      : server_(server ? std::move(server) : std::make_unique<httplib::Server>()),
        answer_(std::move(answer)) {
    server_->Post(".*", [this](const httplib::Request& request, httplib::Response& response) {
      std::size_t number = 0;
      {
        const std::lock_guard lock(mutex_);
        number = requests_.size();
        requests_.push_back(request);
        changed_.notify_all();
      }
      if (answer_) answer_(number, response);
    });
    if (port == 0) {
      port_ = server_->bind_to_any_port("127.0.0.1");
    } else if (server_->bind_to_port("127.0.0.1", port)) {
      port_ = port;
    }
    if (port_ <= 0) throw std::runtime_error("no port");
    thread_ = std::thread([this] { server_->listen_after_bind(); });
    while (!server_->is_running()) std::this_thread::yield();
  }
  ~HttpReceiver() {
    server_->stop();
    thread_.join();
  }
  HttpReceiver(const HttpReceiver&) = delete;
  HttpReceiver& operator=(const HttpReceiver&) = delete;

  int port() const { return port_; }
  // Waits for so many requests, at most `seconds`.
  bool waitFor(std::size_t count, double seconds = 20.0) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::duration<double>(seconds),
                             [&] { return requests_.size() >= count; });
  }
  std::vector<httplib::Request> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }
  // Ids of the alerts as they came.
  std::vector<std::string> ids() const {
    std::vector<std::string> found;
    for (const httplib::Request& request : requests()) {
      found.push_back(nlohmann::json::parse(request.body)["id"].get<std::string>());
    }
    return found;
  }

  // One that nobody listens on now.
  static int freePort() { return HttpReceiver().port(); }

 private:
  std::unique_ptr<httplib::Server> server_;
  Answer answer_;
  int port_ = -1;
  std::thread thread_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<httplib::Request> requests_;
};

}  // namespace hiss
