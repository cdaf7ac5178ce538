// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/engine/monitor/source.h"

namespace hiss {

// One for each kind of source, as makeSource calls them. Each throws Failure(kUsage) for an unknown
// or bad option.

}  // namespace hiss
