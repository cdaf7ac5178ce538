// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hiss {

// Tells systemd how a service of Type=notify does: one datagram a call to the socket that the
// environment names (NOTIFY_SOCKET). Without one, as outside of systemd, nothing happens. Nothing
// is ever waited for; what cannot be told is lost. [thread-safe] but for the constructor, which
// reads the environment and takes NOTIFY_SOCKET out of it, so that no child answers for us.
class ServiceNotify {
 public:
  ServiceNotify();

  [[nodiscard]] bool isActive() const noexcept { return !socket_.empty(); }
  // How often systemd wants watchdog() at least: half of WatchdogSec; empty: never.
  [[nodiscard]] std::optional<double> watchdogSeconds() const noexcept { return watchdog_seconds_; }

  void ready() const noexcept;
  void reloading() const;  // ready() must follow
  void stopping() const noexcept;
  void watchdog() const noexcept;
  // One line for `systemctl status`.
  void status(std::string_view text) const;

 private:
  void send(std::string_view message) const noexcept;

  std::string socket_;
  std::optional<double> watchdog_seconds_;
};

}  // namespace hiss
