// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace hiss {

// Asks the monitor that listens at a control socket one thing (control_protocol.h) and returns its
// answer, both one line without its end. Waits at most `seconds` for it. Throws Failure(kInput) if
// no monitor listens there, this user may not ask it, or it does not answer. [thread-safe]
std::string askMonitor(const std::filesystem::path& socket, const std::string& request,
                       double seconds = 60.0);

}  // namespace hiss
