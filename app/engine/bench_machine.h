// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sched.h>

#include <optional>
#include <string>

#include "app/engine/bench_result.h"

namespace hiss {

// Keeps the calling thread on one core while it lives, so that neither caches nor clock change
// under a measurement. The same thread makes and destroys it.
class PinnedCore {
 public:
  // The core that the thread is on, or the one asked for.
  explicit PinnedCore(std::optional<int> core);
  ~PinnedCore();
  PinnedCore(const PinnedCore&) = delete;
  PinnedCore& operator=(const PinnedCore&) = delete;

  // The core that was meant; -1 if the system does not tell.
  [[nodiscard]] int core() const noexcept { return core_; }
  // Why the thread is not kept there; empty: it is.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  int core_ = -1;
  std::string problem_;
  cpu_set_t former_{};
  bool pinned_ = false;
};

// How often the system has given the core to another program while this thread wanted it, since the
// thread began; 0 if it does not tell.
long preemptions() noexcept;

// What is known of this machine and build. [main-thread]
BenchMachine describeMachine(const PinnedCore& pin);

}  // namespace hiss
