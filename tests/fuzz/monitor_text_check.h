// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace hiss {

// Reads `bytes` as one of the texts that people and programs give to hiss monitor; the first byte
// says which: u a URI, m a mute window, t a configuration, c a request to the control socket, g a
// pattern and, on the next line, a name. Returns whether it was understood. What is not must be one
// Failure of one line, or one answer; anything else aborts.
bool checkMonitorText(std::string_view bytes);

}  // namespace hiss
