// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "dsp/realtime.h"
#include "models/sensor_forecaster.h"
#include "models/state_tap.h"

namespace hiss {

// The StateTap of one detector, made when it is first asked for: of thousands of streams one is
// looked at. Stays when a saved stream is loaded, which replaces the detector's experts.
class DetectorTap {
 public:
  explicit DetectorTap(std::shared_ptr<const SensorForecaster> model) : model_(std::move(model)) {}

  // For a detector of so many channels. Reader's thread; the writer may be running.
  [[nodiscard]] std::shared_ptr<StateTap> get(int channels) {
    if (tap_ == nullptr) {
      tap_ = std::make_shared<StateTap>(model_->stateLayout(channels));
      rms_.resize(tap_->layout().layers.size());
      present_.store(tap_.get(), std::memory_order_release);
    }
    return tap_;
  }
  // Who looks at it sees no more steps: the channels are others. Neither side may be running.
  void forget() noexcept {
    present_.store(nullptr, std::memory_order_relaxed);
    tap_.reset();
  }

  // Writer: which row comes, counted from 1. [audio-thread]
  void setStep(std::uint64_t step) noexcept HISS_NONBLOCKING { step_ = step; }
  // Writer: where to record it; nullptr: nobody looks. [audio-thread]
  [[nodiscard]] const StateProbe* begin() noexcept HISS_NONBLOCKING {
    StateTap* const tap = present_.load(std::memory_order_acquire);
    return tap != nullptr ? tap->begin() : nullptr;
  }
  // Writer: after begin() gave a probe. Of each block the root mean square of its state, to be
  // filled in before end(). [audio-thread]
  [[nodiscard]] std::span<float> ssmStateRms() noexcept HISS_NONBLOCKING { return rms_; }
  void end() noexcept HISS_NONBLOCKING { tap_->end(step_, rms_); }

 private:
  std::shared_ptr<const SensorForecaster> model_;
  std::shared_ptr<StateTap> tap_;
  std::vector<float> rms_;  // [layers]
  std::atomic<StateTap*> present_{nullptr};
  std::uint64_t step_ = 0;
};

}  // namespace hiss
