// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>

#include "app/engine/live/live_desk.h"
#include "ui/live/live_values.h"

namespace hiss {

// Ids of choices, beside SetupBox::kDemo and kAskFile: "device:NAME", where no name is the system's
// default, and these.
inline constexpr const char* kDeviceId = "device:";
inline constexpr const char* kNoOutputId = "none";
inline constexpr const char* kVirtualMicId = "virtual";

// What the page lets one choose from of all that is offered, what suits most people first.
LiveChoices liveChoices(const LiveOffer& offer, bool has_demo, bool has_pactl);

}  // namespace hiss
