// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/hop_adapter.h"
#include "dsp/realtime.h"
#include "models/cleanumamba_net.h"
#include "models/denoiser_core.h"
#include "models/state_io.h"
#include "models/state_tap.h"
#include "models/stream_processor.h"

namespace hiss {

// Standard deviation of a stream so far, for one hop at a time: of all of it up to kMemorySeconds,
// after that with as long a memory. The reference has that of the whole sound. Not thread-safe.
class RunningDeviation {
 public:
  static constexpr double kMemorySeconds = 10.0;

  // [main-thread]
  void prepare(int sample_rate_hz) { memory_ = kMemorySeconds * sample_rate_hz; }
  // Takes x [n] in; returns the deviation with it, never 0. [audio-thread]
  float add(const float* x, int n) noexcept HISS_NONBLOCKING;
  // [audio-thread]
  void reset() noexcept HISS_NONBLOCKING { sums_ = {}; }

  void save(StateWriter& writer) const { writer.doubles(sums_); }
  void load(StateReader& reader) { reader.doubles(sums_); }

 private:
  double memory_ = 0.0;           // samples
  std::array<double, 3> sums_{};  // of 1, x and x² over what is remembered
};

// Runs models of arch `cleanumamba` at their own rate, each channel by itself.
class CleanUMambaCore final : public DenoiserCore {
 public:
  explicit CleanUMambaCore(std::shared_ptr<const CleanUMambaWeights> weights);

  [[nodiscard]] StateLayout stateLayout() const override { return net_.stateLayout(); }
  // The stream has the network's rate.
  void prepare(const StreamSpec& spec) override;
  [[nodiscard]] int latencySamples() const noexcept HISS_NONBLOCKING override {
    return net_.config().latencySamples();
  }
  void process(const float* const* in, float* const* out, int n, const CoreControls& controls,
               StateTap& tap) noexcept HISS_NONBLOCKING override;
  void reset() noexcept HISS_NONBLOCKING override;
  void save(StateWriter& writer) const override;
  void load(StateReader& reader) override;

 private:
  // What is remembered of a channel.
  struct Channel {
    explicit Channel(const CleanUMambaConfig& config) : state(config) {
      deviation.prepare(config.sample_rate);
    }

    CleanUMambaState state;
    RunningDeviation deviation;
    // What the newest hops were divided by, newest last: what comes out belongs to the oldest.
    std::array<float, CleanUMambaConfig::kLookAheadHops + 1> scales{};
  };

  [[nodiscard]] std::vector<Channel> makeChannels(std::size_t count) const;
  void denoiseHop(const float* const* in, float* const* out,
                  StateTap& tap) noexcept HISS_NONBLOCKING;

  CleanUMambaNet net_;
  CleanUMambaScratch scratch_;
  HopAdapter adapter_;
  std::vector<Channel> channels_;
  AlignedBuffer<float> hop_;          // [hop]
  std::vector<float> ssm_state_rms_;  // [n_layer]
  std::uint64_t hops_ = 0;
};

}  // namespace hiss
