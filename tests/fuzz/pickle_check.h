// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace hiss {

// Reads `bytes` as published weights, and the sizes of a CleanUMamba from them. Returns false if
// they are refused with a ModelError of one line. Aborts if a tensor that is taken has another
// number of values than its shape says, or one that is not finite. Any other exception, or a crash,
// is a fault of the reader.
bool checkCheckpointBytes(std::span<const std::byte> bytes);

// The archive of torch.save with this as its pickle and a few values in the storages "0" and "1",
// and a pickle that it goes with.
std::vector<std::byte> archiveOfPickle(const std::string& pickle);
std::string seedPickle();

}  // namespace hiss
