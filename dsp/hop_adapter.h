// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"

namespace hiss {

// Lets a processor that works in hops of fixed length serve blocks of any length. The output stream
// is the processor's, later by one hop, bit for bit the same however the input is cut into blocks:
// the k-th call of the hop function always gets samples k hop .. (k + 1) hop - 1.
// Not thread-safe: one instance per stream and channel.
class HopAdapter {
 public:
  // Throws std::invalid_argument unless hop > 0. [main-thread]
  void prepare(int hop) {
    if (hop <= 0) throw std::invalid_argument("hop adapter: hop is not positive");
    in_.resize(static_cast<std::size_t>(hop));
    out_.resize(static_cast<std::size_t>(hop));
    filled_ = 0;
  }

  // in [n], out [n]; `out` may be `in` but not overlap it otherwise. `hop_fn` is called as
  // hop_fn(const float* in_hop, float* out_hop), each [hop], must write all of out_hop and must
  // not throw. [audio-thread]
  template <class F>
  void process(const float* in, float* out, int n, F&& hop_fn) noexcept HISS_NONBLOCKING {
    static_assert(std::is_nothrow_invocable_v<F&, const float*, float*>,
                  "the hop function runs on the audio thread and must be noexcept");
    const int hop = latencySamples();
    while (n > 0) {
      const int count = std::min(n, hop - filled_);
      std::copy_n(in, count, in_.data() + filled_);
      std::copy_n(out_.data() + filled_, count, out);
      in += count;
      out += count;
      n -= count;
      filled_ += count;
      if (filled_ == hop) {
        hop_fn(std::as_const(in_).data(), out_.data());
        filled_ = 0;
      }
    }
  }

  // Forgets the past. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING {
    in_.fill(0.0F);
    out_.fill(0.0F);
    filled_ = 0;
  }

  // One hop. [thread-safe]
  int latencySamples() const noexcept HISS_NONBLOCKING { return static_cast<int>(in_.size()); }

  // The samples in waiting as plain floats: 2 hop + 1 values.
  std::size_t stateFloats() const noexcept { return 2 * in_.size() + 1; }
  void saveState(float* out) const noexcept {
    out = std::copy(in_.begin(), in_.end(), out);
    out = std::copy(out_.begin(), out_.end(), out);
    *out = static_cast<float>(filled_);  // exact: a hop is far below 2^24
  }
  // A fill count outside [0, hop), which saveState never writes, is taken as 0.
  void loadState(const float* in) noexcept {
    std::copy_n(in, in_.size(), in_.data());
    std::copy_n(in + in_.size(), out_.size(), out_.data());
    const float filled = in[2 * in_.size()];
    filled_ =
        filled > 0.0F && filled < static_cast<float>(in_.size()) ? static_cast<int>(filled) : 0;
  }

 private:
  AlignedBuffer<float> in_;   // [hop], the first filled_ values are waiting
  AlignedBuffer<float> out_;  // [hop], from filled_ on not yet given out
  int filled_ = 0;
};

}  // namespace hiss
