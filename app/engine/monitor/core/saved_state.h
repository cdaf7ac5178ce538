// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/monitor/core/stream_watch.h"

namespace hiss {

// One stream in a state.
struct SavedStream {
  std::string name;
  std::vector<std::string> channels;
  bool has_seconds = false;
  std::string source;  // where its newest row came from
  std::optional<std::int64_t> replay_ns;
  StreamMemory memory;
  std::vector<std::byte> detector_bytes;
};

// How far a source has been read.
struct SavedPlace {
  std::uint64_t position = 0;
  std::int64_t replay_ns = 0;
};

struct SavedMute {
  std::string glob;
  std::int64_t until_wall_ns = 0;  // since 1970
};

// All of a shard at one moment: what is remembered, where the sources go on, what the sinks have.
struct SavedShard {
  std::string detector;                       // its name
  std::map<std::string, SavedPlace> places;   // by source
  std::map<std::string, std::string> tokens;  // by sink; of the monitor's own shard only
  std::vector<SavedMute> mutes;               // of the same
  std::vector<SavedStream> streams;
};

// A state file:
//
//   hiss-monitor-state 1\n                    version of this format
//   part JSON_BYTES BYTES FINGERPRINT\n       a header, of JSON and the bytes after it
//   {...}...                                  JSON; of a stream the detector's bytes follow
//   ...                                       the first part is the shard's, then one a stream
//   end PARTS FINGERPRINT\n                   of all headers
//
// Complete or absent, under `path`; what was there stays until then. Throws Failure(kOutput).
// Returns the size. [thread-safe]
std::uint64_t writeSavedShard(const SavedShard& shard, const std::filesystem::path& path);

// Empty if there is no such file. Throws Failure(kInput) if it is damaged, of another version or
// something else. [thread-safe]
std::optional<SavedShard> readSavedShard(const std::filesystem::path& path);

}  // namespace hiss
