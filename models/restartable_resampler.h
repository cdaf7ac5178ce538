// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <cstdint>
#include <vector>

#include "dsp/realtime.h"
#include "dsp/resampler.h"
#include "models/state_io.h"

namespace hiss {

// A Resampler between two whole-number rates that can be saved, and that does not drift.
//
// The library's converter keeps its position in a double that cannot be read out, and whose
// rounding errors add up. But both rates are whole numbers, so every rate_in / gcd inputs the
// position is a whole number again. At such a point, every few seconds, a fresh converter starts to
// run along; once its filter is full it takes over, and no sample is heard twice or lost. The
// position then follows from the number of inputs since the last start, and the filter's contents
// from the last inputs: that is all a saved state needs.
// Not thread-safe: one instance per stream and channel.
class RestartableResampler {
 public:
  // Throws std::invalid_argument or std::runtime_error as Resampler::prepare. [main-thread]
  void prepare(int rate_in, int rate_out, int max_input);

  // in [n], n <= max_input -> out, room for maxOutput(); returns how many were written. The output
  // depends on the cuts into calls only in where a restart falls, so cut always alike to get the
  // same bits. [audio-thread]
  int process(const float* in, int n, float* out) noexcept HISS_NONBLOCKING;

  // Forgets the past. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  [[nodiscard]] int maxOutput() const noexcept HISS_NONBLOCKING { return max_output_; }
  [[nodiscard]] int lookaheadSamples() const noexcept HISS_NONBLOCKING {
    return active_.lookaheadSamples();
  }

  // loadState throws std::runtime_error, and then needs reset(). [main-thread]
  void saveState(StateWriter& writer) const;
  void loadState(StateReader& reader);

 private:
  void remember(const float* in, int n) noexcept HISS_NONBLOCKING;
  int takeOver(float* out, int made, int standby_made) noexcept HISS_NONBLOCKING;
  std::uint64_t replay(Resampler& resampler, std::uint64_t count);

  int max_input_ = 0;
  int max_output_ = 0;
  std::uint64_t restart_in_ = 0;   // inputs from one start to the next, a whole position
  std::uint64_t restart_out_ = 0;  // outputs for them
  std::uint64_t warm_up_ = 0;      // inputs that fill a fresh filter

  Resampler active_;
  Resampler standby_;
  std::uint64_t fed_ = 0;           // inputs since the active converter started
  std::uint64_t made_ = 0;          // outputs since then
  std::uint64_t standby_made_ = 0;  // outputs of the standby, which starts at fed_ = restart_in_
  std::uint64_t skip_ = 0;          // outputs of the active converter that were given out before
  std::vector<float> history_;      // ring of the last inputs
  std::size_t head_ = 0;            // where the next input goes
  std::vector<float> spare_;        // [maxOutput()], outputs of the standby
};

}  // namespace hiss
