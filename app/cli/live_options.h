// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "app/cli/options.h"

namespace hiss {

// The commands `hiss live` and `hiss devices`. [main-thread]
void addLive(CLI::App& app, LiveOptions& options);
void addDevices(CLI::App& app, DevicesOptions& options);

}  // namespace hiss
