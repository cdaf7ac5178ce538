// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <cstddef>
#include <cstdint>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "models/state_io.h"

namespace hiss {

// Gives back one channel's samples later by a fixed number of them. Not thread-safe.
class DelayLine {
 public:
  // By `samples`, at least 1; starts with zeros. [main-thread]
  void prepare(int samples) {
    ring_.resize(static_cast<std::size_t>(samples));
    reset();
  }

  // in [n] -> out [n]. No overlap. [audio-thread]
  void process(const float* in, float* out, int n) noexcept HISS_NONBLOCKING {
    for (int i = 0; i < n; ++i) {
      out[i] = ring_[head_];
      ring_[head_] = in[i];
      head_ = head_ + 1 == ring_.size() ? 0 : head_ + 1;
    }
  }

  // [audio-thread]
  void reset() noexcept HISS_NONBLOCKING {
    ring_.fill(0.0F);
    head_ = 0;
  }

  void save(StateWriter& writer) const {
    writer.floats(ring_.span());
    writer.integer(head_);
  }
  // Throws std::runtime_error; this is then of no use. [main-thread]
  void load(StateReader& reader) {
    reader.floats(ring_.span());
    head_ = static_cast<std::size_t>(
        reader.integer("delay position", static_cast<std::uint64_t>(ring_.size() - 1)));
  }

 private:
  AlignedBuffer<float> ring_;
  std::size_t head_ = 0;
};

}  // namespace hiss
