// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "app/engine/batch_plan.h"
#include "app/engine/journal.h"

namespace hiss {

// What becomes of an output that exists.
enum class ExistingOutput {
  kRefuse,   // its input is a fault
  kSkip,     // stays; its input is passed over
  kOlder,    // replaced if it is older than its input, else passed over
  kReplace,  // replaced
  kResume,   // taken as done, unless the journal says that input or settings were others
};

struct Decision {
  bool found = false;    // an output is there now, and shall go
  bool replace = false;  // one that is there in the end shall go
  std::string skip;      // not empty: why the input is passed over
};

// What to do with one entry that has no failure. Looks at names only and opens no file. Throws
// Failure: kInput if the input is not there or not readable, kOutput if its output is refused.
// [thread-safe]
Decision decide(const BatchEntry& entry, ExistingOutput rule, const Journal* journal = nullptr);

}  // namespace hiss
