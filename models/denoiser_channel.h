// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <complex>
#include <cstddef>
#include <optional>

#include "dsp/aligned_buffer.h"
#include "dsp/hop_adapter.h"
#include "dsp/realtime.h"
#include "dsp/stft.h"
#include "models/rate_bridge.h"
#include "models/snapshot_writer.h"
#include "models/state_io.h"
#include "models/subband_net.h"

namespace hiss {

// Intermediate results of one hop, shared by the channels of a stream.
struct DenoiserScratch {
  explicit DenoiserScratch(const SubbandNetWeights& weights);

  SubbandNetScratch net;
  AlignedBuffer<std::complex<float>> spectrum;  // [n_fft/2 + 1]
  AlignedBuffer<std::complex<float>> masked;    // [n_fft/2 + 1]
};

// Everything one channel of a stream remembers: the way from samples to samples around the network,
// and the dry signal delayed to match. `net` must outlive it. Not thread-safe.
class DenoiserChannel {
 public:
  // Throws std::invalid_argument if there is no way from this rate to the model's. [main-thread]
  DenoiserChannel(const SubbandNet& net, int sample_rate_hz);

  // Delay of both outputs of `process`, in samples. [thread-safe]
  [[nodiscard]] int latencySamples() const noexcept HISS_NONBLOCKING { return latency_; }

  // in [n], finite -> wet [n], denoised, and dry [n], the input delayed alike. Every hop goes to
  // `observer` if there is one. No overlap. [audio-thread]
  void process(const float* in, float* wet, float* dry, int n, DenoiserScratch& scratch,
               SnapshotWriter* observer) noexcept HISS_NONBLOCKING;

  // Forgets the past. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  // loadState throws std::runtime_error; the channel is then of no use. [main-thread]
  void saveState(StateWriter& writer) const;
  void loadState(StateReader& reader);

 private:
  void denoiseHop(const float* in, float* out, DenoiserScratch& scratch,
                  SnapshotWriter* observer) noexcept HISS_NONBLOCKING;
  void delay(const float* in, float* out, int n) noexcept HISS_NONBLOCKING;

  const SubbandNet& net_;
  HopAdapter adapter_;  // cuts the stream into hops of the model, or into chunks of the bridge
  std::optional<RateBridge> bridge_;  // where the stream's rate is not the model's
  StftAnalyzer analyzer_;
  OverlapAdd overlap_add_;
  MambaState state_;
  int latency_ = 0;
  AlignedBuffer<float> delay_line_;  // [latency_], ring
  std::size_t delay_head_ = 0;
};

}  // namespace hiss
