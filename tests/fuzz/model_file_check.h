// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

namespace hiss {

// Reads `bytes` as a denoiser model. Returns false if they are refused with a ModelError of one
// line; if they are taken, packs the model, runs a few hops through it and returns true. Aborts if
// the network's output is not finite or a gain above its band not in 0 ... 1. Any other exception,
// or a crash, is a fault of the reader.
bool checkModelBytes(std::span<const std::byte> bytes);

// The same of a forecaster of sensor channels, whose quantiles must be finite and rise.
bool checkForecasterBytes(std::span<const std::byte> bytes);

// The same of a model of sequences, which may say anything.
bool checkSequenceBytes(std::span<const std::byte> bytes);

}  // namespace hiss
