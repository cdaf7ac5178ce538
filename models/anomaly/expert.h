// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <limits>
#include <span>

#include "dsp/realtime.h"
#include "models/state_io.h"

namespace hiss {

// One row of one channel as an expert gets it: values are finite, and held where they are missing.
struct ChannelRow {
  double value = 0.0;     // in the sensor's unit; the last valid one while `missing`
  bool missing = false;   // nothing new was measured
  bool quiet = false;     // an alarm is on: learn little from this row
  float log_step = 0.0f;  // ln of the time since the row before in usual row intervals; 0: as usual
};

// What an expert says of one row of one channel.
struct ChannelOpinion {
  // How unusual the row is: about -log10 of the share of rows of this stream that are as unusual.
  // 0 while the expert warms up. Finite, unbounded and strictly ordered in its input.
  float evidence = 0.0f;
  // Where the value of this row was expected with 98 % before it was seen, in the sensor's unit;
  // NaN: no such opinion.
  float low = std::numeric_limits<float>::quiet_NaN();
  float high = std::numeric_limits<float>::quiet_NaN();
};

// Watches all channels of a stream, one row at a time, each channel by itself: what it says of a
// channel does not depend on the others, nor on how many there are. Its memory a channel is fixed.
// The opinion of a row depends on this and earlier rows only.
//
// Contract of all experts: the constructor takes all memory and may throw; `step` and `reset` never
// allocate, lock, log or throw. One instance serves one stream; no two functions at the same time.
class Expert {
 public:
  Expert() = default;
  Expert(const Expert&) = delete;
  Expert& operator=(const Expert&) = delete;
  virtual ~Expert() = default;

  // rows [channels] -> opinions [channels]. [audio-thread]
  virtual void step(std::span<const ChannelRow> rows,
                    std::span<ChannelOpinion> opinions) noexcept HISS_NONBLOCKING = 0;
  // Forgets the past. [audio-thread]
  virtual void reset() noexcept HISS_NONBLOCKING = 0;

  // How many rows of a new stream pass before its opinions count. [thread-safe]
  [[nodiscard]] virtual int warmUpRows() const noexcept = 0;
  // Bytes of memory that a channel needs, without what all channels share. [thread-safe]
  [[nodiscard]] virtual std::size_t stateBytesPerChannel() const noexcept = 0;

  // The past as bytes of a fixed size; loaded into an expert made with the same settings, the
  // stream goes on bit for bit. `load` throws std::runtime_error if the bytes cannot be such a
  // past; the expert is then to be reset. [main-thread]
  virtual void save(StateWriter& writer) const = 0;
  virtual void load(StateReader& reader) = 0;
};

}  // namespace hiss
