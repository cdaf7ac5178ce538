// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "models/state_view.h"

namespace hiss {

// What is recorded, and where.
struct StateTraceSpec {
  std::filesystem::path path;            // .npz; a file of that name is replaced
  std::string model;                     // its name
  StateLayer layer;                      // the block that is followed
  StateFocus focus;                      // which of the network's it is, and which of its rows
  double step_seconds = 0.0;             // as StateLayout's
  std::vector<std::string> layer_names;  // of all blocks, in the order of ssm_state_rms
};

struct StateTraceStatus {
  std::uint64_t steps = 0;  // taken
  std::uint64_t lost = 0;   // of them, not written because the disk was too slow
  std::uint64_t bytes = 0;  // that they take on the disk
  bool ended = false;       // nothing more is written: the file is complete, or see `error`
  std::string error;        // one line; empty: none
};

// The steps of one row of one block on their way into a file, for a window that must not wait.
// Destroyed before finish() it leaves nothing behind, after it waits for the file.
// Not thread-safe: one owner.
class StateTrace {
 public:
  StateTrace() = default;
  StateTrace(const StateTrace&) = delete;
  StateTrace& operator=(const StateTrace&) = delete;
  virtual ~StateTrace() = default;

  // Copies the step, unless it is of another focus; never waits for the disk.
  virtual void take(const StateSnapshot& snapshot) = 0;
  // There are no more: the file is put together and gets its name. Does not wait.
  virtual void finish() = 0;
  [[nodiscard]] virtual StateTraceStatus status() const = 0;
};

using StateTraceMaker = std::function<std::unique_ptr<StateTrace>(const StateTraceSpec&)>;

}  // namespace hiss
