// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "dsp/realtime.h"

namespace hiss {

// What a stream looks like, fixed between two calls of `prepare`.
struct StreamSpec {
  int sample_rate_hz = 48000;
  int channels = 1;
  int max_block = 1024;  // the most samples a channel that one `process` call will get
};

// The one interface between a model and whatever feeds it: files, live audio, plug-ins and the
// window hold this and nothing else.
//
// Order of calls: `prepare`, then `process` and `reset` as often as needed. One instance serves one
// stream; no two functions tagged [main-thread] or [audio-thread] may run at the same time.
class StreamProcessor {
 public:
  StreamProcessor() = default;
  StreamProcessor(const StreamProcessor&) = delete;
  StreamProcessor& operator=(const StreamProcessor&) = delete;
  virtual ~StreamProcessor() = default;

  // Takes all memory and starts a new stream. Throws std::invalid_argument for a spec that is not
  // supported. [main-thread]
  virtual void prepare(const StreamSpec& spec) = 0;

  // Processes n samples of each channel, 0 <= n <= max_block, planar: in[channel][n] to
  // out[channel][n]. out[c] may be in[c]; no other overlap is allowed. The output stream does not
  // depend on how the input is cut into calls. Never allocates, locks or throws. [audio-thread]
  virtual void process(const float* const* in, float* const* out,
                       int n) noexcept HISS_NONBLOCKING = 0;

  // Forgets the past; the next sample is the first of a stream. [audio-thread]
  virtual void reset() noexcept HISS_NONBLOCKING = 0;

  // Output sample n + latencySamples() belongs to input sample n. Fixed by `prepare`. [thread-safe]
  [[nodiscard]] virtual int latencySamples() const noexcept HISS_NONBLOCKING = 0;

  // The past of the stream as bytes, for this machine's byte order. Loaded into a processor of the
  // same model that was prepared with the same sample rate and channels, the stream continues bit
  // for bit. `loadState` throws std::runtime_error, and leaves the processor as it was, if the
  // bytes are not such a state. [main-thread]
  [[nodiscard]] virtual std::vector<std::byte> saveState() const = 0;
  virtual void loadState(std::span<const std::byte> bytes) = 0;
};

}  // namespace hiss
