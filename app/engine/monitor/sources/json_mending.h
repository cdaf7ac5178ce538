// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace hiss {

// Makes JSON of what many programs write for it: NaN, Infinity and numbers beyond what a double
// holds become null, bytes in texts that are no UTF-8 become \xNN. Empty if there is none of these.
// [thread-safe]
std::optional<std::string> mendedJson(std::string_view text);

}  // namespace hiss
