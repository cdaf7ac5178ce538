// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QObject>
#include <functional>
#include <memory>
#include <vector>

#include "app/engine/live/device_list.h"
#include "models/model_registry.h"

namespace hiss {

class LivePage;

// What the system offers; tests offer something else. Called in the bridge's own thread.
struct LiveSystem {
  std::function<std::vector<AudioDeviceInfo>()> list = listAudioDevices;
  std::function<std::unique_ptr<AudioDevice>()> make = makeSystemAudioDevice;
};

// Joins the live page with the engine: devices are opened, watched and closed, and models loaded,
// in a thread of its own, so that one that hangs never holds the window up. [main-thread]
class LiveBridge : public QObject {
  Q_OBJECT

 public:
  // `page` must outlive this.
  LiveBridge(LivePage& page, const ModelRegistry& registry, LiveSystem system = {});
  ~LiveBridge() override;

 private:
  LivePage& page_;
  ModelRegistry registry_;
  LiveSystem system_;
};

}  // namespace hiss
