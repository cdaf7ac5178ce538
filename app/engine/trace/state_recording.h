// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "models/state_trace.h"

namespace hiss {

// A StateTrace that ends as NumPy's .npz, written by a thread of its own. For T steps:
//
//   step [T] u8, time_s [T] f8 (NaN where steps have no fixed length), h [T, d_inner, d_state],
//   x, dt, gate [T, d_inner], B, C [T, d_state], ssm_state_rms [T, layers], A [d_inner, d_state]
//   ([0, d_state] of a kind without), all f4; meta: a text, JSON with model, layer, layer_index,
//   row, layers and step_seconds
//
// Steps are kept in a file without a name in the target's folder, so that memory does not grow; the
// target is either complete or as it was. An error is a Failure's text.
class StateRecording final : public StateTrace {
 public:
  // Begins; whether the file can be written is known from status() only.
  explicit StateRecording(StateTraceSpec spec);
  ~StateRecording() override;

  void take(const StateSnapshot& snapshot) override;
  void finish() override;
  [[nodiscard]] StateTraceStatus status() const override;

 private:
  // Values of one array a step.
  struct Column {
    std::string name;
    std::string type;  // NumPy's code
    std::vector<std::uint64_t> shape;
    std::size_t bytes;
  };
  // Some steps, array by array: what is handed to the thread at once.
  struct Chunk {
    std::size_t steps = 0;
    std::vector<std::vector<std::byte>> columns;
  };

  static std::vector<Column> columnsOf(const StateTraceSpec& spec);
  [[nodiscard]] bool belongs(const StateSnapshot& snapshot) const;
  [[nodiscard]] std::string meta() const;
  void handOver();
  void run();
  void writeFile();

  const StateTraceSpec spec_;
  const std::vector<Column> columns_;
  Chunk gathered_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  // Guarded by mutex_.
  std::deque<Chunk> waiting_;
  StateTraceStatus status_;
  bool finishing_ = false;
  bool abandoned_ = false;

  std::thread thread_;
};

}  // namespace hiss
