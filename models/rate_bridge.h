// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "dsp/resampler.h"
#include "models/delay_line.h"
#include "models/denoiser_core.h"

namespace hiss {

// Lets a core that knows one rate serve streams of any. A stream of another rate is brought to the
// core's and back; what that loses, the band above the core's and the edge of the resampling, is
// the input without its resampled copy and is turned down by what the core took from the upper
// quarter of the band:
//
//   out = up(y - g x) + up(g) in,   g = min(1, sqrt(E(y) / E(x)))
//
// where x is what the core got, y what it gave, E the power there above 3/4 of half the lower rate
// over the last 16 ms, and all are delayed alike. A core that changes nothing so leaves the input
// as it was. At the core's own rate nothing is added.
class RateBridge final : public DenoiserCore {
 public:
  RateBridge(std::unique_ptr<DenoiserCore> core, int core_rate_hz);

  [[nodiscard]] StateLayout stateLayout() const override { return core_->stateLayout(); }
  void prepare(const StreamSpec& spec) override;
  [[nodiscard]] int latencySamples() const noexcept HISS_NONBLOCKING override {
    return latency_samples_;
  }
  void process(const float* const* in, float* const* out, int n, const CoreControls& controls,
               StateTap& tap) noexcept HISS_NONBLOCKING override;
  void reset() noexcept HISS_NONBLOCKING override;
  bool latestSnapshot(DenoiserSnapshot& snapshot) override {
    return core_->latestSnapshot(snapshot);
  }
  void save(StateWriter& writer) const override;
  void load(StateReader& reader) override;

 private:
  // Power of the upper quarter of the band.
  class UpperPower {
   public:
    void prepare(double cutoff, double memory_samples);
    [[nodiscard]] float add(float x) noexcept HISS_NONBLOCKING;
    // Two sections' pasts, two values each, and the power.
    std::array<float, 5> state{};

   private:
    float gain_ = 1.0F;
    float a1_ = 0.0F;
    float a2_ = 0.0F;
    float share_ = 1.0F;  // of the newest sample in the power
  };

  // What is remembered of a channel, and its samples in work.
  struct Channel {
    Resampler down;
    Resampler up;
    Resampler gain_up;
    DelayLine low;   // the core's input, by its latency
    DelayLine full;  // the stream, by latencySamples()
    UpperPower before;
    UpperPower after;
    AlignedBuffer<float> core;   // what the core gets and gives, then y - g x
    AlignedBuffer<float> x;      // what it got, later; then g
    AlignedBuffer<float> input;  // [max_block], the delayed stream
    AlignedBuffer<float> gain;   // [max_block]

    [[nodiscard]] std::array<Resampler*, 3> resamplers() { return {&down, &up, &gain_up}; }
  };

  void takeIn(Channel& channel, const float* in, int n) noexcept HISS_NONBLOCKING;
  void giveOut(Channel& channel, float* out, int n) noexcept HISS_NONBLOCKING;

  std::unique_ptr<DenoiserCore> core_;
  int core_rate_hz_;
  int latency_samples_ = 0;
  int core_samples_ = 0;           // of the block in work, at the core's rate
  std::vector<Channel> channels_;  // none at the core's own rate
  std::vector<float*> core_rows_;  // [channels], Channel::core
};

}  // namespace hiss
