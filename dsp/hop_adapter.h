// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <type_traits>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"

namespace hiss {

// Lets a processor that works in hops of fixed length serve blocks of any length, of one channel or
// of several whose hops it takes together. The output stream is the processor's, later by one hop,
// bit for bit the same however the input is cut into blocks: the k-th call of the hop function
// always gets samples k hop .. (k + 1) hop - 1.
// Not thread-safe: one instance per stream.
class HopAdapter {
 public:
  HopAdapter() = default;
  HopAdapter(const HopAdapter&) = delete;
  HopAdapter& operator=(const HopAdapter&) = delete;
  HopAdapter(HopAdapter&&) noexcept = default;
  HopAdapter& operator=(HopAdapter&&) noexcept = default;
  ~HopAdapter() = default;

  // Throws std::invalid_argument unless hop > 0 and channels > 0. [main-thread]
  void prepare(int hop, int channels = 1) {
    if (hop <= 0) throw std::invalid_argument("hop adapter: hop is not positive");
    if (channels <= 0) throw std::invalid_argument("hop adapter: no channels");
    hop_ = hop;
    filled_ = 0;
    const auto samples = static_cast<std::size_t>(hop) * static_cast<std::size_t>(channels);
    in_.resize(samples);
    out_.resize(samples);
    in_rows_.clear();
    out_rows_.clear();
    for (int c = 0; c < channels; ++c) {
      in_rows_.push_back(in_.data() + std::ptrdiff_t{c} * hop);
      out_rows_.push_back(out_.data() + std::ptrdiff_t{c} * hop);
    }
  }

  // in[channel] [n], out[channel] [n]; out[c] may be in[c], no other overlap. `hop_fn` is called as
  // hop_fn(const float* const* in_hops, float* const* out_hops), each [channel][hop], must write
  // all of out_hops and must not throw. [audio-thread]
  template <class F>
  void process(const float* const* in, float* const* out, int n,
               F&& hop_fn) noexcept HISS_NONBLOCKING {
    static_assert(std::is_nothrow_invocable_v<F&, const float* const*, float* const*>,
                  "the hop function runs on the audio thread and must be noexcept");
    for (int done = 0; done < n;) {
      const int count = std::min(n - done, hop_ - filled_);
      for (std::size_t c = 0; c < in_rows_.size(); ++c) {
        std::copy_n(in[c] + done, count, in_rows_[c] + filled_);
        std::copy_n(out_rows_[c] + filled_, count, out[c] + done);
      }
      done += count;
      filled_ += count;
      if (filled_ == hop_) {
        hop_fn(in_rows_.data(), out_rows_.data());
        filled_ = 0;
      }
    }
  }

  // The same for one channel: in [n], out [n], hop_fn(const float* in_hop, float* out_hop).
  // [audio-thread]
  template <class F>
  void process(const float* in, float* out, int n, F&& hop_fn) noexcept HISS_NONBLOCKING {
    static_assert(std::is_nothrow_invocable_v<F&, const float*, float*>,
                  "the hop function runs on the audio thread and must be noexcept");
    process(
        &in, &out, n,
        [&hop_fn](const float* const* in_hops, float* const* out_hops) noexcept HISS_NONBLOCKING {
          hop_fn(in_hops[0], out_hops[0]);
        });
  }

  // Forgets the past. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING {
    in_.fill(0.0F);
    out_.fill(0.0F);
    filled_ = 0;
  }

  // One hop. [thread-safe]
  int latencySamples() const noexcept HISS_NONBLOCKING { return hop_; }

  // The samples in waiting as plain floats: 2 channels hop + 1 values.
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
    filled_ = filled > 0.0F && filled < static_cast<float>(hop_) ? static_cast<int>(filled) : 0;
  }

 private:
  AlignedBuffer<float> in_;       // [channels, hop], the first filled_ samples of each are waiting
  AlignedBuffer<float> out_;      // [channels, hop], from filled_ on not yet given out
  std::vector<float*> in_rows_;   // [channels], rows of in_
  std::vector<float*> out_rows_;  // [channels], rows of out_
  int hop_ = 0;
  int filled_ = 0;
};

}  // namespace hiss
