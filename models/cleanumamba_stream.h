// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "models/cleanumamba_net.h"
#include "models/delay_line.h"
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

// What a Denoiser runs of a model of arch `cleanumamba`: hops of all channels, each by itself.
class CleanUMambaStream {
 public:
  explicit CleanUMambaStream(std::shared_ptr<const CleanUMambaWeights> weights);

  [[nodiscard]] const CleanUMambaNet& net() const { return net_; }

  // Throws std::invalid_argument unless the stream has the network's rate. [main-thread]
  void prepare(const StreamSpec& spec);
  // One hop, in[channel] [hop] -> out[channel] [hop], kLookAheadHops later. What is not finite in
  // the output is 0. The first channel's state goes to `tap`. [audio-thread]
  void process(const float* const* in, float* const* out, StateTap& tap) noexcept HISS_NONBLOCKING;
  // in [n] -> out [n], later by the config's latencySamples(). No overlap. [audio-thread]
  void delay(std::size_t channel, const float* in, float* out, int n) noexcept HISS_NONBLOCKING {
    channels_[channel].dry.process(in, out, n);
  }
  // [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  void save(StateWriter& writer) const;
  // Throws std::runtime_error; this is then of no use. [main-thread]
  void load(StateReader& reader);

 private:
  struct Channel {
    explicit Channel(const CleanUMambaConfig& config) : state(config) {}

    CleanUMambaState state;
    RunningDeviation deviation;
    // What the newest hops were divided by, newest last: what comes out belongs to the oldest.
    std::array<float, CleanUMambaConfig::kLookAheadHops + 1> scales{};
    DelayLine dry;
  };

  CleanUMambaNet net_;
  CleanUMambaScratch scratch_;
  std::vector<Channel> channels_;
  AlignedBuffer<float> hop_;          // [hop]
  std::vector<float> ssm_state_rms_;  // [n_layer]
  std::uint64_t hops_ = 0;
};

}  // namespace hiss
