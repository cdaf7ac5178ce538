// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "dsp/realtime.h"

namespace hiss {

// Band-limited change of sample rate by a fixed ratio, mono, streaming. Output sample k is the
// signal at input time k / ratio exactly: there is no delay in the samples, only in when they come,
// because an output needs lookaheadSamples() inputs past its own time. The stream before the first
// input is silence; to end a stream, feed lookaheadSamples() zeros.
//
// The output depends on the input stream only, not on how it is cut into calls.
// The library behind it is an implementation detail of resampler.cpp.
// Not thread-safe: one instance per stream and channel.
class Resampler {
 public:
  enum class Quality { kFast, kMedium, kBest };

  // How many input samples were taken and output samples written.
  struct Counts {
    int used = 0;
    int made = 0;
  };

  Resampler();
  ~Resampler();
  Resampler(Resampler&&) noexcept;
  Resampler& operator=(Resampler&&) noexcept;

  // ratio = output rate / input rate, 1/256 ... 256; max_input is the most samples one `process`
  // call will get. Throws std::invalid_argument outside, std::runtime_error if the converter
  // cannot be made. [main-thread]
  void prepare(double ratio, int max_input, Quality quality = Quality::kMedium);

  // in [n_in], out [out_capacity], not overlapping. With out_capacity >= maxOutput() and
  // n_in <= max_input all input is used. Non-finite input stays in the filter for its length, so
  // clean it before. [audio-thread]
  Counts process(const float* in, int n_in, float* out, int out_capacity) noexcept HISS_NONBLOCKING;

  // Forgets the past. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  double ratio() const noexcept HISS_NONBLOCKING { return ratio_; }

  // The most samples one call with max_input samples makes. [thread-safe]
  int maxOutput() const noexcept HISS_NONBLOCKING { return max_output_; }

  // Output k is made as soon as floor(k / ratio) + lookaheadSamples() inputs were given.
  // [thread-safe]
  int lookaheadSamples() const noexcept HISS_NONBLOCKING { return lookahead_; }

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  double ratio_ = 1.0;
  int max_output_ = 0;
  int lookahead_ = 0;
};

}  // namespace hiss
