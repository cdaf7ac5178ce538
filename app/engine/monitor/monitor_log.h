// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace spdlog {
class logger;
}

namespace hiss {

enum class LogLevel : std::uint8_t { kDebug, kInfo, kWarning, kError };

// One line a message. Texts from outside are written with control characters as \xNN.
// [thread-safe]
class MonitorLog {
 public:
  // To standard error; with `journal` each line begins with "<4>" and the like and has no time of
  // its own, as systemd's journal takes it.
  explicit MonitorLog(LogLevel least = LogLevel::kInfo, bool journal = false);
  // For tests: lines are kept instead of written.
  static std::unique_ptr<MonitorLog> keeping(std::string* lines);
  ~MonitorLog();
  MonitorLog(const MonitorLog&) = delete;
  MonitorLog& operator=(const MonitorLog&) = delete;

  void say(LogLevel level, std::string_view text);
  void info(std::string_view text) { say(LogLevel::kInfo, text); }
  void warn(std::string_view text) { say(LogLevel::kWarning, text); }
  void error(std::string_view text) { say(LogLevel::kError, text); }

  // For what may come a million times: the first message of a `key` at once, then at most one a
  // minute, which says how many there were in between. Keys beyond kMostKeys share one.
  static constexpr std::size_t kMostKeys = 1000;
  void sample(LogLevel level, const std::string& key, std::string_view text);

 private:
  struct Sampled {
    std::int64_t said_ns = 0;
    std::uint64_t silent = 0;
  };
  MonitorLog(LogLevel least, std::shared_ptr<spdlog::logger> logger);

  std::shared_ptr<spdlog::logger> logger_;
  bool journal_ = false;
  std::mutex mutex_;
  std::map<std::string, Sampled> sampled_;
};

}  // namespace hiss
