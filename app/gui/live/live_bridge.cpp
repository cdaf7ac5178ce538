// SPDX-License-Identifier: Apache-2.0
#include "app/gui/live/live_bridge.h"

#include <utility>

#include "ui/live/live_page.h"

namespace hiss {

LiveBridge::LiveBridge(LivePage& page, const ModelRegistry& registry, LiveSystem system)
    : page_(page), registry_(registry), system_(std::move(system)) {}

LiveBridge::~LiveBridge() { page_.setEngine(nullptr); }

}  // namespace hiss
