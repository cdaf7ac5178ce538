// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <string>

namespace hiss {

// Tries to connect to one of the addresses of `host` after the other and hangs up again: whether
// somebody is there can so be asked with a limit of time for each, and given up when `stopping`
// becomes true. libmosquitto itself waits as long as the system does. Returns what failed, empty if
// nothing did, with the address that was reached. [thread-safe]
std::string reachTcp(const std::string& host, int port, double seconds,
                     const std::atomic<bool>& stopping, std::string& address);

}  // namespace hiss
