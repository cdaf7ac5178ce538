// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "models/restartable_resampler.h"
#include "models/state_io.h"

namespace hiss {

// Runs a processor of one sample rate, in hops, inside a stream of another: chunk in, chunk out,
//
//   device rate -> resampler -> hops of the model -> resampler -> queue -> device rate
//
// The model's own delay is dropped from its output, and resampled samples carry no delay, so the
// output is the input's time exactly, later by latencySamples(): a whole number, fixed in
// `prepare`, large enough that the queue never runs dry.
// Not thread-safe: one instance per stream and channel.
class RateBridge {
 public:
  // `model_delay`: how far a hop that the model gives lies behind the hop it got, in samples.
  // Throws what Resampler::prepare throws. [main-thread]
  void prepare(int device_rate, int model_rate, int hop, int model_delay);

  // Samples in one chunk: a millisecond.
  [[nodiscard]] int chunk() const noexcept HISS_NONBLOCKING { return chunk_; }
  // How far the chunk given lies behind the chunk taken, in samples of the device rate.
  [[nodiscard]] int latencySamples() const noexcept HISS_NONBLOCKING { return latency_; }

  // in [chunk] -> out [chunk]; `hop_fn` as for HopAdapter. [audio-thread]
  template <class F>
  void process(const float* in, float* out, F&& hop_fn) noexcept HISS_NONBLOCKING {
    static_assert(std::is_nothrow_invocable_v<F&, const float*, float*>);
    const int made = down_.process(in, chunk_, made_.data());
    for (int used = 0; used < made;) {
      const int count = std::min(made - used, hop_ - filled_);
      std::copy_n(made_.data() + used, count, hop_in_.data() + filled_);
      used += count;
      filled_ += count;
      if (filled_ == hop_) {
        hop_fn(hop_in_.data(), hop_out_.data());
        filled_ = 0;
        pushHop();
      }
    }
    popChunk(out);
  }

  // Forgets the past. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  // loadState throws std::runtime_error, and then needs reset(). [main-thread]
  void saveState(StateWriter& writer) const;
  void loadState(StateReader& reader);

 private:
  void pushHop() noexcept HISS_NONBLOCKING;
  void popChunk(float* out) noexcept HISS_NONBLOCKING;

  int chunk_ = 0;
  int hop_ = 0;
  int model_delay_ = 0;
  int latency_ = 0;
  RestartableResampler down_;  // device rate -> model rate, which may be upwards
  RestartableResampler up_;    // back
  AlignedBuffer<float> made_;  // outputs of one resampler call
  AlignedBuffer<float> hop_in_;
  AlignedBuffer<float> hop_out_;
  int filled_ = 0;              // of hop_in_
  int to_drop_ = 0;             // of the model's delay, still to come
  AlignedBuffer<float> queue_;  // at the device rate, the first queued_ values count
  std::size_t queued_ = 0;
};

}  // namespace hiss
