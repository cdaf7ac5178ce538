// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/engine/atomic_output.h"
#include "app/engine/batch_plan.h"
#include "app/engine/denoise_job.h"
#include "app/engine/journal.h"
#include "app/engine/noise_meter.h"

namespace hiss {

// How one input of a batch ended: `report` if it was done, `failure` if it failed, otherwise
// `skipped` says why it was passed over; if that is empty too, it is only planned.
struct FileOutcome {
  BatchEntry entry;
  std::optional<DenoiseReport> report;
  std::optional<Failure> failure;
  std::string skipped;
  std::optional<NoiseFigures> noise;      // if a report is wanted
  std::string picture_png;                // the same, of one with pictures
  bool planned = false;                   // of a dry run: nothing was done
  bool replaces = false;                  // planned: an output that exists would go
  std::unique_ptr<AtomicOutput> unnamed;  // complete, but not on the disk and without its name
  std::optional<FileStamp> input_stamp;   // of the input before it was read
};

using FileWork = std::function<FileOutcome(const BatchEntry& entry)>;

struct BatchRun {
  int jobs = 1;  // files at a time, each in a thread of its own; 1 to kMaxJobs
  // Called `jobs` times at most, before the first file; what it returns is called in one worker
  // thread only, one file after the other, and must not throw.
  std::function<FileWork()> make_work;
  // [main-thread], with all outcomes that have come since the last call, in any order, before
  // on_outcome gets them; may be empty. Workers go on meanwhile.
  std::function<void(std::span<FileOutcome* const> outcomes)> on_finished;
  // [main-thread], in the order of the entries whatever the number of jobs. May throw.
  std::function<void(FileOutcome outcome)> on_outcome;
  // [main-thread], some dozen times a second; may be empty.
  std::function<void()> on_tick;
  // While true no further file is begun; work should end soon. Set here if on_outcome throws.
  std::atomic<bool>* cancel = nullptr;
  // Files begun before the first unfinished one is done: what on_outcome waits for is kept.
  std::size_t max_ahead = 4096;
  // Outcomes that wait for on_finished; with as many no further file is begun.
  std::size_t max_unfinished = 64;
};

inline constexpr int kMaxJobs = 256;

// Does all entries and returns when the last worker has ended. All signals go to the calling
// thread. Throws what make_work and on_outcome throw. [main-thread]
void runBatch(const std::vector<BatchEntry>& entries, const BatchRun& run);

// Cores that this process may run on, at least 1 and at most kMaxJobs.
int usableCores();

}  // namespace hiss
