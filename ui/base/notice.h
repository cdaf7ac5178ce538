// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

namespace hiss {

// Something the user is told where he is looking.
struct Notice {
  enum class Kind { kInfo, kWarning, kError };
  Kind kind = Kind::kInfo;
  QString text;     // what happened, in plain words, one sentence; empty: nothing to say
  QString advice;   // what to do about it; may be empty
  QString details;  // the engine's own line, folded away; may be empty
};

}  // namespace hiss
