// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "models/channel_link.h"
#include "models/denoiser_model.h"
#include "models/snapshot.h"
#include "models/state_tap.h"
#include "models/stream_processor.h"
#include "ssm/simd/dispatch.h"

namespace hiss {

class DelayLine;
class DenoiserCore;

// Takes noise out of a stream of 1 to 32 channels at any whole rate from 4 kHz to 384 kHz. Channels
// share the weights; ChannelLink says what else.
//
//   out = dry + w (wet - dry),  w = mix (1 - 10^(-limit/20))
//
// where wet is the network's output and dry is the input delayed alike, so that any blend is free
// of comb filtering. What a setter changes comes in over 15 ms, without a click.
//
// While there is a limit the network's mask takes part with a real part not below 0, so that no bin
// of a hop is lowered by more than the limit, which the blend alone would not see to where a mask
// turns the phase by more than 90 degrees. Nothing that is remembered depends on it but the hop
// still fading out; without a limit nothing is changed.
//
// A sample that is NaN or infinite is taken as 0 and counted. Above the band that the model's
// network sees its HighBand says what is turned down; a model without one turns it down as much as
// the upper quarter of the network's band.
//
// A model of arch `cleanumamba` works on samples: at other rates than its own by way of that (see
// RateBridge), each channel by itself, with the limit in the blend alone and without snapshots of
// spectra. One of arch `subband-mamba` works at the stream's rate (see StreamGrid).
class Denoiser final : public StreamProcessor {
 public:
  static constexpr int kMinRateHz = 4000;
  static constexpr int kMaxRateHz = 384000;
  static constexpr int kMaxChannels = 32;

  // Packs the model's weights for `kernels`, which must outlive this. Throws std::runtime_error if
  // HISS_SIMD asks for kernels that this machine has not. [main-thread]
  explicit Denoiser(std::shared_ptr<const DenoiserModel> model,
                    const Kernels& kernels = defaultKernels());
  ~Denoiser() override;

  // Throws std::invalid_argument outside the limits above, or if max_block < 1. [main-thread]
  void prepare(const StreamSpec& spec) override;
  void process(const float* const* in, float* const* out, int n) noexcept HISS_NONBLOCKING override;
  void reset() noexcept HISS_NONBLOCKING override;
  [[nodiscard]] int latencySamples() const noexcept HISS_NONBLOCKING override {
    return latency_samples_;
  }
  [[nodiscard]] std::vector<std::byte> saveState() const override;
  void loadState(std::span<const std::byte> bytes) override;

  // Most that anything is turned down, in dB: 0 leaves the input as it is, infinity (the default)
  // sets no limit. Holds for every bin of every hop, from latencySamples() after it was set on (15
  // ms, if that is more). Below 0 counts as 0; NaN is passed over. [thread-safe]
  void setAttenuationLimitDb(float limit_db) noexcept HISS_NONBLOCKING;
  // 0 = the input, 1 (the default) = the denoised signal. Clamped; NaN is passed over.
  // [thread-safe]
  void setMix(float mix) noexcept HISS_NONBLOCKING;
  // The input, delayed alike. The model keeps running, so that switching back finds it in step. Has
  // precedence over everything else. [thread-safe]
  void setBypass(bool bypass) noexcept HISS_NONBLOCKING;
  // Which channels share a mask, from the next hop on; ChannelLink::kAuto is the default.
  // [thread-safe]
  void setLinkChannels(ChannelLink link) noexcept HISS_NONBLOCKING;
  // What was taken out: dry minus what would be heard otherwise. [thread-safe]
  void setListenRemoved(bool listen) noexcept HISS_NONBLOCKING;

  // Samples replaced by 0 since `prepare`. [thread-safe]
  [[nodiscard]] std::uint64_t nonFiniteSamples() const noexcept HISS_NONBLOCKING {
    return non_finite_samples_.load(std::memory_order_relaxed);
  }

  // Copies the newest snapshot of the first channel; false, and `snapshot` untouched, if no hop was
  // finished since the last call. One reader thread, which is not the audio thread.
  bool latestSnapshot(DenoiserSnapshot& snapshot);

  // The hidden state of the first channel, hop by hop; what was looked at before `prepare` goes on.
  // StateSnapshot::step is the hop's DenoiserSnapshot::hop_index. Never null. [thread-safe]
  [[nodiscard]] std::shared_ptr<StateTap> stateTap() const { return tap_; }

  [[nodiscard]] const DenoiserModel& model() const { return *model_; }
  [[nodiscard]] const Kernels& kernels() const { return kernels_; }

 private:
  static constexpr int kPiece = 256;  // samples handled at once

  // Shares of wet and dry in the output, and where they are going.
  struct Blend {
    float wet = 1.0F;
    float dry = 0.0F;
    float target_wet = 1.0F;
    float target_dry = 0.0F;
    float step_wet = 0.0F;
    float step_dry = 0.0F;
    int steps_left = 0;
  };

  void preparePieces();
  // One a channel, prepared for `spec_`.
  [[nodiscard]] std::vector<DelayLine> makeDryLines() const;
  void readControls(float& wet, float& dry) const noexcept HISS_NONBLOCKING;
  void aimBlend() noexcept HISS_NONBLOCKING;
  void snapBlend() noexcept HISS_NONBLOCKING;
  void advanceBlend(int n) noexcept HISS_NONBLOCKING;
  void takePiece(const float* in, std::size_t channel, int n) noexcept HISS_NONBLOCKING;

  std::shared_ptr<const DenoiserModel> model_;
  const Kernels& kernels_;
  std::unique_ptr<DenoiserCore> core_;
  StreamSpec spec_;
  int latency_samples_ = 0;
  int ramp_samples_ = 1;
  std::vector<DelayLine> dry_lines_;  // [channels]
  std::shared_ptr<StateTap> tap_;
  Blend blend_;
  // Of one piece: input made finite, shares; of each channel network's output and delayed input.
  std::array<float, kPiece> clean_{};
  std::array<float, kPiece> share_wet_{};
  std::array<float, kPiece> share_dry_{};
  AlignedBuffer<float> wet_;      // [channels, kPiece]
  AlignedBuffer<float> dry_;      // [channels, kPiece]
  std::vector<float*> wet_rows_;  // [channels], rows of wet_
  std::vector<float*> dry_rows_;  // [channels], rows of dry_

  std::atomic<float> floor_gain_{0.0F};  // 10^(-limit/20)
  std::atomic<float> mix_{1.0F};
  std::atomic<bool> bypass_{false};
  std::atomic<bool> listen_removed_{false};
  std::atomic<ChannelLink> link_{ChannelLink::kAuto};
  std::atomic<std::uint64_t> non_finite_samples_{0};
};

}  // namespace hiss
