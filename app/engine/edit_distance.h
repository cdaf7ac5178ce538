// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace hiss {

// Least number of letters to put in, take out or change. [thread-safe]
std::size_t editDistance(std::string_view a, std::string_view b);

// The name that `wanted` may be a misspelling of: of all the closest one, if it differs in few
// letters. [thread-safe]
std::optional<std::string> closestName(std::string_view wanted, const std::set<std::string>& names);

// "\"a\", \"b\"", for messages. [thread-safe]
std::string quotedList(const std::set<std::string>& names);

}  // namespace hiss
