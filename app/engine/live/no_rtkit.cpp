// SPDX-License-Identifier: Apache-2.0
//
// In place of rtkit.cpp where Hiss is built without D-Bus.
#include <cerrno>

#include "app/engine/live/rtkit.h"

namespace hiss {

int askRtkit(int, int) noexcept { return ENOSYS; }

}  // namespace hiss
