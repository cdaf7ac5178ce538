// SPDX-License-Identifier: Apache-2.0
#include "app/gui/sensors/sensors_bridge.h"

#include "ui/sensors/sensors_page.h"

namespace hiss {

SensorsBridge::SensorsBridge(SensorsPage& page, const ModelRegistry& registry)
    : page_(page), registry_(registry) {}

}  // namespace hiss
