// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/monitor_log.h"

#include <fmt/format.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <utility>

#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr std::int64_t kMinuteNs = 60'000'000'000;

spdlog::level::level_enum levelOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      break;
  }
  return spdlog::level::err;
}

// systemd's priorities, which it takes from the beginning of a line.
const char* journalMark(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "<7>";
    case LogLevel::kInfo:
      return "<6>";
    case LogLevel::kWarning:
      return "<4>";
    case LogLevel::kError:
      break;
  }
  return "<3>";
}

// Keeps lines in a string of somebody else.
class KeepingSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit KeepingSink(std::string* lines) : lines_(lines) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    lines_->append(text.data(), text.size());
  }
  void flush_() override {}

 private:
  std::string* lines_;
};

std::int64_t steadyNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

}  // namespace

MonitorLog::MonitorLog(LogLevel least, bool journal)
    : MonitorLog(least, std::make_shared<spdlog::logger>(
                            "hiss", std::make_shared<spdlog::sinks::stderr_sink_mt>())) {
  journal_ = journal;
  logger_->set_pattern(journal ? "%v" : "%Y-%m-%dT%H:%M:%S.%e%z %l: %v");
}

MonitorLog::MonitorLog(LogLevel least, std::shared_ptr<spdlog::logger> logger)
    : logger_(std::move(logger)) {
  logger_->set_level(levelOf(least));
  logger_->flush_on(spdlog::level::debug);
}

std::unique_ptr<MonitorLog> MonitorLog::keeping(std::string* lines) {
  auto logger = std::make_shared<spdlog::logger>("kept", std::make_shared<KeepingSink>(lines));
  logger->set_pattern("%l: %v");
  return std::unique_ptr<MonitorLog>(new MonitorLog(LogLevel::kDebug, std::move(logger)));
}

MonitorLog::~MonitorLog() = default;

void MonitorLog::say(LogLevel level, std::string_view text) {
  const std::string line = oneLine(text);
  logger_->log(levelOf(level), "{}{}", journal_ ? journalMark(level) : "", line);
}

void MonitorLog::sample(LogLevel level, const std::string& key, std::string_view text) {
  std::uint64_t silent = 0;
  {
    const std::int64_t now = steadyNs();
    const std::lock_guard lock(mutex_);
    const bool full = sampled_.size() >= kMostKeys && !sampled_.contains(key);
    const auto [entry, is_new] = sampled_.try_emplace(full ? std::string() : key);
    Sampled& sampled = entry->second;
    if (!is_new && now - sampled.said_ns < kMinuteNs) {
      ++sampled.silent;
      return;
    }
    sampled.said_ns = now;
    silent = std::exchange(sampled.silent, 0);
  }
  if (silent == 0) return say(level, text);
  say(level, fmt::format("{} ({} more like this before)", text, silent));
}

}  // namespace hiss
