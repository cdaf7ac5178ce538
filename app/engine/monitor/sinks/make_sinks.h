// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/engine/monitor/sink.h"

namespace hiss {

// One a scheme, for makeSink(). All throw Failure(kUsage) for options that are wrong.

}  // namespace hiss
