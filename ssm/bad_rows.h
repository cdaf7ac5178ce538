// SPDX-License-Identifier: Apache-2.0
// Internal to ssm/: what keeps a fault of the input out of the state.
#pragma once

#include <cstdint>

#include "dsp/realtime.h"

namespace hiss {

// Sets each row of `values` [rows, n] that is not finite to zero, before it can meet any other
// value. skip [rows] becomes 1 for such a row, else 0. Returns how many there are. [audio-thread]
int blankBadRows(float* values, int rows, int n, std::uint8_t* skip) noexcept HISS_NONBLOCKING;

// Cuts finite values to +-BlockConfig::kMostInput: for a block without norm, so that products of a
// few of them stay finite. [audio-thread]
void limitValues(float* values, int n) noexcept HISS_NONBLOCKING;

}  // namespace hiss
