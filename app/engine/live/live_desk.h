// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/live/audio_device.h"
#include "app/engine/live/device_list.h"
#include "app/engine/live/live_feed.h"
#include "app/engine/live/live_stats.h"
#include "app/engine/live/live_worker.h"
#include "app/engine/model_summary.h"
#include "models/denoiser.h"
#include "models/model_registry.h"

namespace hiss {

// A session that is wanted.
struct LiveOrder {
  std::function<std::unique_ptr<AudioDevice>()> make_device;  // called in the desk's thread
  AudioStreamRequest request;
  LiveLatency latency = LiveLatency::kBalanced;
  std::string model;  // a name or a file
  bool virtual_mic = false;
};

// What is changed while it runs; see Denoiser.
struct LiveDeskControls {
  float attenuation_limit_db = std::numeric_limits<float>::infinity();
  float mix = 1.0F;
  bool bypass = false;
  bool removed = false;
};

struct LiveDeskStatus {
  enum class State { kStopped, kStarting, kRunning, kWaiting };
  State state = State::kStopped;
  AudioStreamFormat format;  // of the session that runs
  std::string model;         // as ordered; empty: none runs
  LiveStats stats;
  std::uint64_t reconnections = 0;
  bool recording = false;
  double recorded_s = 0.0;
};

// Something that is to be told once.
struct LiveEvent {
  enum class Kind {
    kModelRefused,   // what ran before goes on
    kDeviceRefused,  // nothing runs
    kDeviceLost,     // it is tried again
    kDeviceBack,
    kRecordingRefused,
    kRecordingFailed,  // while it was made
    kRecordingSaved,   // `text` is its path
    kNoPriority,
    kFailed,  // nothing runs; a fault of the program
  };
  Kind kind = Kind::kFailed;
  FailureKind failure = FailureKind::kInternal;
  std::string text;  // one line: a Failure's, or as said above
};

// What the system offers.
struct LiveOffer {
  bool devices_known = false;
  std::vector<AudioDeviceInfo> devices;
  std::string device_failure;  // why there are none
  bool models_known = false;
  std::vector<ModelSummary> models;  // denoisers, and files that cannot be used
};

// Runs live sessions for a window: takes orders at once and does what they ask in a thread of its
// own, where devices are opened, watched, and listed while none of them runs, and models loaded.
// All functions return at once, whatever the thread is held up by. [thread-safe], but for pop()
// of a feed.
class LiveDesk {
 public:
  using ListDevices = std::function<std::vector<AudioDeviceInfo>()>;

  LiveDesk(const ModelRegistry& registry, ListDevices list_devices);
  // Ends the session and completes recordings; waits for that, but not for a device that hangs:
  // then the thread is left behind and ends by itself.
  ~LiveDesk();
  LiveDesk(const LiveDesk&) = delete;
  LiveDesk& operator=(const LiveDesk&) = delete;

  // Starts, or starts again. A recording goes on if rate and channels stay as they were.
  void start(LiveOrder order);
  void stop();
  // From now on; an empty path: not that side. Existing files are replaced.
  void record(std::filesystem::path in_path, std::filesystem::path out_path);
  void stopRecording();
  void setControls(const LiveDeskControls& controls);

  // The newest; false, and nothing changed, if there is none since the last call.
  bool latestStatus(LiveDeskStatus& status);
  bool latestOffer(LiveOffer& offer);
  // The oldest event that was not taken yet; false if there is none.
  bool nextEvent(LiveEvent& event);
  // Of the session that runs, or ran last; may be null.
  [[nodiscard]] std::shared_ptr<LiveFeed> feed() const;
  // Of the session that runs; may be null.
  [[nodiscard]] std::shared_ptr<Denoiser> denoiser() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;  // with the thread, which may outlive this
  std::thread thread_;
};

}  // namespace hiss
