// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace hiss {

// Reads `bytes` as a table, at once and in pieces of `piece` > 0 bytes, which must give the same
// rows and the same fault. Returns how many rows there are up to its end or its fault, a Failure of
// one line. Aborts if the two differ, if a value is infinite or a row has not all channels. Any
// other exception, or a crash, is a fault of the reader.
std::size_t checkTableBytes(std::string_view bytes, std::size_t piece);

}  // namespace hiss
