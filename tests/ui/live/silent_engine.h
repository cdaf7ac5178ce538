// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <deque>
#include <utility>
#include <vector>

#include "ui/live/live_engine.h"

namespace hiss {

// Takes down what a page asks for, and hands it what a test has laid ready.
class SilentEngine final : public LiveEngine {
 public:
  void start(const LiveSetup& setup) override { started.push_back(setup); }
  void stop() override { ++stops; }
  void setSound(const LiveSound& asked) override { sounds.push_back(asked); }
  void record(const QString& in_path, const QString& out_path) override {
    recordings.push_back({in_path, out_path});
  }
  void stopRecording() override { ++recording_stops; }
  bool latestStatus(LiveStatus& newest) override {
    newest = status;
    return true;
  }
  bool latestChoices(LiveChoices& newest) override {
    newest = choices;
    return std::exchange(choices_are_new, false);
  }
  std::optional<Notice> nextNotice() override {
    if (notices.empty()) return std::nullopt;
    const Notice notice = notices.front();
    notices.pop_front();
    return notice;
  }
  std::size_t takeSound(std::span<float> pairs, LiveStream& newest) override {
    const std::size_t n = std::min(pairs.size(), sound.size());
    std::copy_n(sound.begin(), n, pairs.begin());
    sound.erase(sound.begin(), sound.begin() + static_cast<std::ptrdiff_t>(n));
    if (n > 0) newest = stream;
    return n;
  }
  [[nodiscard]] std::shared_ptr<StateTap> stateTap() const override { return nullptr; }

  std::vector<LiveSetup> started;
  int stops = 0;
  std::vector<LiveSound> sounds;
  std::vector<std::pair<QString, QString>> recordings;
  int recording_stops = 0;
  LiveStatus status;
  LiveChoices choices;
  bool choices_are_new = false;
  std::deque<Notice> notices;
  std::vector<float> sound;
  LiveStream stream{1, 16000, 0, 0, 0};
};

// Pairs of `seconds` at 16 kHz: a rising tone in noise, and the tone alone `latency` later.
inline std::vector<float> tonePairs(double seconds, int latency) {
  constexpr double kRate = 16000.0;
  const auto tone = [&](std::int64_t i) {
    if (i < 0) return 0.0;
    const double t = static_cast<double>(i) / kRate;
    return 0.3 * std::sin(6.283185307 * (500.0 + 400.0 * t) * t);
  };
  std::vector<float> pairs;
  std::uint32_t noise = 1;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(seconds * kRate); ++i) {
    noise = noise * 1664525U + 1013904223U;
    const double hiss = 0.05 * (static_cast<double>(noise >> 8U) / 8388608.0 - 1.0);
    pairs.push_back(static_cast<float>(tone(i) + hiss));
    pairs.push_back(static_cast<float>(tone(i - latency)));
  }
  return pairs;
}

}  // namespace hiss
