// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/failure.h"

namespace hiss {

// What a user named: inputs are files, folders or "-"; an empty output means "beside the input".
struct BatchRequest {
  std::vector<std::string> inputs;
  std::string output;
  std::string container;  // of --format; sets the extension of default names
  bool removed = false;   // default names say "removed" instead of "denoised"
};

// One file to do, or a fault found while planning; the others go on.
struct BatchEntry {
  std::filesystem::path input;
  std::filesystem::path output;
  std::optional<Failure> failure;
};

// Expands folders (sorted, recursively, sound files by extension; hidden names, pipes and
// devices, links to folders and this program's own NAME.denoised.EXT and NAME.removed.EXT are
// passed over) and gives each input its output:
//
//   no output          NAME.denoised.EXT or NAME.removed.EXT beside the input; "-" goes to "-"
//   output is a folder the input's name there, or its path below the input folder
//   anything else      that file; only for a single input file
//
// An output that is one of the inputs (device and inode are compared), or that two inputs share, is
// a fault of its entry. Throws Failure(kUsage) if the request as a whole makes no sense.
// [main-thread]
std::vector<BatchEntry> planBatch(const BatchRequest& request);

}  // namespace hiss
