// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "app/engine/live/fake_audio_device.h"
#include "app/engine/live/live_session.h"

namespace hiss {

// A live session on simulated time: the worker works right after each call of the device, unless it
// is stalled, and somebody looks after the device twenty times a second.
class LiveSimulation {
 public:
  struct Span {
    double begin_s = 0.0;
    double end_s = 0.0;
  };

  LiveSimulation(FakeDeviceConfig device, StreamProcessor& processor, LiveConfig config = {})
      : device_(std::move(device)), session_(device_, processor, manual(std::move(config))) {}

  void start(LiveTap* in_tap = nullptr, LiveTap* out_tap = nullptr) {
    session_.open();
    session_.start(in_tap, out_tap);
  }

  void run(double seconds) {
    const double until_s = device_.now() + seconds;
    while (device_.now() < until_s) {
      const double look_s = std::min(until_s, looked_s_ + 0.05);
      device_.step(look_s);
      const double now_s = device_.now();
      const bool stalled = std::any_of(
          worker_stalls.begin(), worker_stalls.end(),
          [&](const Span& span) { return now_s >= span.begin_s && now_s < span.end_s; });
      if (!stalled && !session_.isLost()) session_.work();
      LiveStats stats;
      if (session_.latestStats(stats)) {
        last = stats;
        if (on_stats) on_stats(stats);
      }
      if (now_s < look_s) continue;
      looked_s_ = now_s;
      if (auto line = session_.supervise()) lines.push_back(*line);
    }
  }

  FakeAudioDevice& device() { return device_; }
  LiveSession& session() { return session_; }

  std::vector<Span> worker_stalls;
  std::function<void(const LiveStats&)> on_stats;
  LiveStats last;
  std::vector<std::string> lines;  // said by the session

 private:
  static LiveConfig manual(LiveConfig config) {
    config.own_thread = false;
    return config;
  }

  FakeAudioDevice device_;
  LiveSession session_;
  double looked_s_ = 0.0;
};

}  // namespace hiss
