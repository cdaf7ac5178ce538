// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "app/engine/batch_run.h"
#include "app/engine/journal.h"

namespace hiss {

// Outputs of at least so many bytes are better forced to the disk by the thread that made them.
inline constexpr std::int64_t kLargeOutputBytes = 64 << 20;

// Gives the outputs of these outcomes that wait for it (FileOutcome::unnamed) their names, in this
// order: contents to the disk, lines of `journal` (may be null) to the disk, names, names to the
// disk. A disk that has much to write at once takes hardly longer than for one short file, so the
// files of a batch share the waiting. What fails becomes the outcome's failure, without a trace of
// its output; the others go on. [main-thread]
void commitTogether(std::span<FileOutcome* const> outcomes, Journal* journal);

}  // namespace hiss
