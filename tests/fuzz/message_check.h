// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace hiss {

// Decodes `bytes` as a message and, cut into pieces of `piece` > 0 bytes, as lines of a sender;
// `choice` picks format and options. Returns how many rows there were. Aborts if a row breaks a
// bound (names, fields, values, stream), if the same bytes give different rows, or if what is
// malformed has no reason. Any exception, or a crash, is a fault of the decoder.
std::size_t checkMessageBytes(std::string_view bytes, std::size_t piece, std::uint8_t choice);

}  // namespace hiss
