// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <complex>
#include <cstddef>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "dsp/stft.h"
#include "models/high_band.h"
#include "models/state_io.h"
#include "models/stream_grid.h"
#include "models/subband_net.h"

namespace hiss {

// Intermediate results of one hop, shared by the channels of a stream.
struct DenoiserScratch {
  // `head` may be null. [main-thread]
  DenoiserScratch(const SubbandNet& core, const HighBand* head);

  SubbandNetScratch net;
  HighBand::Scratch high_band;
};

// Everything one channel of a stream remembers: transforms and recurrent states. Not thread-safe.
//
// A hop is the calls from `analyze` to `synthesize` in the order in which they stand below,
// `limitMask` only where there is a limit. The mask and the gains may be changed after they were
// found, as is done for linked channels.
class DenoiserChannel {
 public:
  // `net` and `high_band`, which may be null, must outlive this. Throws std::invalid_argument for
  // an impossible grid. [main-thread]
  DenoiserChannel(const SubbandNet& net, const HighBand* high_band, const StreamGrid& grid);

  // hop_in [grid.stft.hop], within kMaxMagnitude -> spectrum(). [audio-thread]
  void analyze(const float* hop_in) noexcept HISS_NONBLOCKING;
  // spectrum() -> mask(); `probe` as SubbandNet::estimate has it. [audio-thread]
  void estimateMask(DenoiserScratch& scratch,
                    const StateProbe* probe = nullptr) noexcept HISS_NONBLOCKING;
  // mask() -> masked() below the high bins. [audio-thread]
  void applyMask() noexcept HISS_NONBLOCKING;
  // spectrum() and masked() -> gains(). [audio-thread]
  void estimateGains(DenoiserScratch& scratch) noexcept HISS_NONBLOCKING;
  // Raises the real part of mask() to 0 where it is below, and masked() below the high bins with
  // it, so that any blend g x + (1 - g) y with the spectrum is at least g |x| high in every bin.
  // Comes after estimateGains, whose state is not to depend on a limit. [audio-thread]
  void limitMask() noexcept HISS_NONBLOCKING;
  // gains() -> masked() from the first high bin on. [audio-thread]
  void applyGains() noexcept HISS_NONBLOCKING;
  // masked() -> hop_out [grid.stft.hop], later by synthesis_length - hop. [audio-thread]
  void synthesize(float* hop_out) noexcept HISS_NONBLOCKING;

  // Spectra of the hop, on the network's scale, [grid.bins()].
  [[nodiscard]] const std::complex<float>* spectrum() const noexcept HISS_NONBLOCKING {
    return spectrum_.data();
  }
  [[nodiscard]] const std::complex<float>* masked() const noexcept HISS_NONBLOCKING {
    return masked_.data();
  }
  // [net.taps(), grid.core_bins]
  [[nodiscard]] std::complex<float>* mask() noexcept HISS_NONBLOCKING { return mask_.data(); }
  // [grid.highBins()], 0 ... 1
  [[nodiscard]] float* gains() noexcept HISS_NONBLOCKING { return gains_.data(); }
  [[nodiscard]] SubbandNetState& state() noexcept HISS_NONBLOCKING { return state_; }

  // Forgets the past. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  // loadState throws std::runtime_error; the channel is then of no use. [main-thread]
  void saveState(StateWriter& writer) const;
  void loadState(StateReader& reader);

 private:
  const SubbandNet& net_;
  const HighBand* high_band_;  // null where the model or the stream has none
  StreamGrid grid_;
  StftAnalyzer analyzer_;
  OverlapAdd overlap_add_;
  HighBand::State high_state_;
  SubbandNetState state_;
  // Of the hop; what lies beyond the stream's own bins stays zero.
  AlignedBuffer<std::complex<float>> spectrum_;  // [max(bins, core_bins + 1)]
  AlignedBuffer<std::complex<float>> masked_;    // [max(bins, core_bins + 1)]
  AlignedBuffer<std::complex<float>> mask_;
  AlignedBuffer<float> gains_;
};

}  // namespace hiss
