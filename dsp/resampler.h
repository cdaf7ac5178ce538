// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"

namespace hiss {

// Brings one channel of a stream from one rate to another by a Kaiser-windowed sinc of linear
// phase: flat to 0.86 of half the lower rate, 70 dB down from that half on, exact at 0 Hz. Output j
// lies at the place j from / to + start / to of the input, in samples, where nothing came before
// sample 0. What comes out does not depend, to the bit, on how the input is cut. Copies share the
// coefficients. Not thread-safe: one instance a channel.
class Resampler {
 public:
  // Both rates positive; `max_in`: the most samples in one `push`; `start`: a multiple of what the
  // rates have in common. [main-thread]
  void prepare(int from_hz, int to_hz, int max_in, std::int64_t start = 0);

  // An output may be pulled once so many input samples after its place, rounded down, have come.
  // [thread-safe]
  [[nodiscard]] int reach() const noexcept HISS_NONBLOCKING { return reach_; }

  // Takes in [n]. Outputs that are ready must have been pulled before, but for those of the last
  // few input samples; input that finds no room is lost. [audio-thread]
  void push(const float* in, int n) noexcept HISS_NONBLOCKING;
  // How many outputs the input so far is enough for. [audio-thread]
  [[nodiscard]] int ready() const noexcept HISS_NONBLOCKING;
  // The next n <= ready() outputs -> out [n]. [audio-thread]
  void pull(float* out, int n) noexcept HISS_NONBLOCKING;
  // Back to the start. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  // The past as plain floats. [main-thread]
  [[nodiscard]] std::size_t stateFloats() const noexcept { return history_.size() + 3; }
  void saveState(float* out) const noexcept;
  // False, and nothing changed, for a place that no stream comes to.
  [[nodiscard]] bool loadState(const float* in) noexcept;

 private:
  // Coefficients of an output that lies k / phases after an input sample, for k up to `phases`.
  struct Bank {
    int phases = 1;
    AlignedBuffer<float> taps;  // [phases + 1, 2 reach]
  };

  void advance() noexcept HISS_NONBLOCKING;
  [[nodiscard]] float dot(int phase) const noexcept HISS_NONBLOCKING;

  std::shared_ptr<const Bank> bank_;
  int from_ = 1;  // both without their common divisor
  int to_ = 1;
  int reach_ = 0;
  int start_filled_ = 0;  // what the three below are at the start
  int start_place_ = 0;
  int start_part_ = 0;
  AlignedBuffer<float> history_;
  int filled_ = 0;  // samples in history_
  int place_ = 0;   // of the next output, in history_; its kernel begins reach - 1 before
  int part_ = 0;    // and so many to-ths of a sample further
};

}  // namespace hiss
