// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/failure.h"

namespace hiss {

// One of `count` parts of a batch that run apart from each other; `index` counts from 1.
struct Shard {
  int index = 1;
  int count = 1;
};

// What is made of what. Files in folders and of patterns are told by their extensions.
enum class BatchKind {
  kSounds,       // sound from sound
  kTableScores,  // scores, a .csv file, from .csv, .tsv and .tab files
  kSoundScores,  // scores from sound
};

// What a user named: inputs are files, folders, patterns (FilePattern) or "-"; an empty output
// means "beside the input".
struct BatchRequest {
  std::vector<std::string> inputs;
  std::string output;
  std::string container;  // of --format; sets the extension of default names
  bool removed = false;   // default names say "removed" instead of "denoised"
  bool recursive = true;  // folders with all that is below them
  bool flat = false;      // all outputs right in the output folder
  Shard shard = {};
  BatchKind kind = BatchKind::kSounds;
};

// One file to do, or a fault found while planning; the others go on.
struct BatchEntry {
  std::filesystem::path input;
  std::filesystem::path output;
  std::optional<Failure> failure;
};

struct BatchPlan {
  std::vector<BatchEntry> entries;
  std::filesystem::path output_folder;  // empty if outputs go beside the inputs or to one file
  bool is_batch = false;                // several inputs, a folder or a pattern
};

// Expands folders (sorted, recursively, sound files by extension; hidden names, pipes and
// devices, links to folders and this program's own outputs beside their inputs are passed over) and
// gives each input its output:
//
//   no output          NAME.denoised.EXT or NAME.removed.EXT beside the input, scores
//   NAME.scores.csv;
//                      "-" goes to "-"
//   output is a folder the input's name there, or its path below the input folder or below the part
//                      of a pattern before its first special character; `flat`: its name only
//   anything else      that file; only for a single input file
//
// An output that is one of the inputs (device and inode are compared), or that two inputs share, is
// a fault of its entry; of those that share one the first is done. Of patterns only sound files
// that a folder would give are taken. A shard holds every count-th entry of all when they are
// sorted by their paths below the output folder, whatever the files hold. Throws Failure(kUsage) if
// the request as a whole makes no sense. [main-thread]
BatchPlan planBatch(const BatchRequest& request);

// The same for files that came into the one folder of `request` since; those that the folder would
// not give are left out. [main-thread]
BatchPlan planArrivals(const BatchRequest& request,
                       const std::vector<std::filesystem::path>& files);

}  // namespace hiss
