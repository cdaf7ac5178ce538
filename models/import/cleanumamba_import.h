// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <nlohmann/json.hpp>

#include "models/cleanumamba_config.h"
#include "models/import/checkpoint.h"

namespace hiss {

// The sizes of the CleanUMamba whose weights `weights` holds. `config` is the `network_config` that
// was published with them, and may be empty. Throws ModelError for what is missing or is another
// architecture. [main-thread]
[[nodiscard]] CleanUMambaConfig cleanUMambaConfigOf(const Checkpoint& weights,
                                                    const nlohmann::json& config);

}  // namespace hiss
