// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace hiss {

// Asks rtkit, the system service that gives desktop programs what `ulimit -r` denies them, for
// real-time priority of a thread of this process: SCHED_RR at `priority`, or the most that rtkit
// gives. Bounds the process's unbroken real-time computing (RLIMIT_RTTIME), as rtkit demands.
// Waits for the answer, at most a second. Returns 0 or an errno; ENOSYS: built without D-Bus.
// [main-thread]
int askRtkit(int thread_id, int priority) noexcept;

}  // namespace hiss
