// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "dsp/stft.h"
#include "models/denoiser_model.h"
#include "models/subband_net.h"
#include "ssm/simd/dispatch.h"

namespace hiss {

// Denoises many mono streams on one thread, all at the model's own rate and in step: one call of
// `process` takes one hop of each. Streams may join and leave between calls. The weights, the
// transforms and all scratch memory are shared; a slot holds nothing but what its stream remembers.
//
// A stream's output is the same to the bit whoever else is in the pool, and that of a Denoiser fed
// with the same samples, one hop earlier, for nothing has to be gathered here. It does not have
// Denoiser's controls; other rates need a Denoiser each.
//
//   DenoiserPool pool(model, 100);
//   const int slot = pool.join();
//   pool.process(in, out);  // every hop: in[slot] -> out[slot]
//   pool.leave(slot);
//
// One thread at a time; no call but the constructor takes memory, locks or throws.
class DenoiserPool {
 public:
  // Streams that go through the network side by side. One stream fills the tiles of the products
  // already and the weights stay in the cache from one to the next, so that 2, 4 or 8 at once cost
  // the same a stream within 2 % (measured by tests/bench/streams_bench) and take more memory.
  static constexpr int kStreamsAtOnce = 1;

  // Packs the model's weights for `kernels`, which must outlive this, and takes the memory of
  // `capacity` streams. Throws std::invalid_argument unless capacity and streams_at_once are at
  // least 1, std::runtime_error if HISS_SIMD asks for kernels that this machine has not.
  // [main-thread]
  DenoiserPool(std::shared_ptr<const DenoiserModel> model, int capacity,
               const Kernels& kernels = defaultKernels(), int streams_at_once = kStreamsAtOnce);

  // Starts a stream in a free slot and returns the slot, or -1 if there is none. Clears that slot's
  // state, which takes as long as writing it (some 0.4 MB for the shipped model). [audio-thread]
  int join() noexcept HISS_NONBLOCKING;
  // Ends the stream. A slot without one, or out of range, is passed over. [audio-thread]
  void leave(int slot) noexcept HISS_NONBLOCKING;

  // in[slot] [hop] -> out[slot] [hop] for every slot that has a stream; entries of other slots are
  // not looked at. out[slot] may be in[slot]; no other overlap. A sample that is NaN or infinite is
  // taken as 0 and counted. [audio-thread]
  void process(const float* const* in, float* const* out) noexcept HISS_NONBLOCKING;

  [[nodiscard]] bool active(int slot) const noexcept HISS_NONBLOCKING;
  [[nodiscard]] int activeCount() const noexcept HISS_NONBLOCKING { return active_count_; }
  [[nodiscard]] int capacity() const noexcept HISS_NONBLOCKING {
    return static_cast<int>(slots_.size());
  }
  // Samples in one call of `process`.
  [[nodiscard]] int hop() const noexcept HISS_NONBLOCKING { return net_.config().hop; }
  // out lies this many samples behind the `in` of the same call.
  [[nodiscard]] int latencySamples() const noexcept HISS_NONBLOCKING {
    return overlap_add_.latencySamples();
  }
  // Samples of the slot's stream that were replaced by 0; 0 for a slot out of range.
  [[nodiscard]] std::uint64_t nonFiniteSamples(int slot) const noexcept HISS_NONBLOCKING;

  [[nodiscard]] const DenoiserModel& model() const { return *model_; }
  [[nodiscard]] const Kernels& kernels() const { return *net_.weights().kernels; }

 private:
  struct Slot {
    bool active = false;
    SubbandNetState state;
    AlignedBuffer<float> analysis;   // the past of the StftAnalyzer
    AlignedBuffer<float> synthesis;  // of the OverlapAdd
    std::uint64_t non_finite_samples = 0;
  };

  [[nodiscard]] const Slot* find(int slot) const noexcept HISS_NONBLOCKING;
  void processGroup(const float* const* in, float* const* out, int count) noexcept HISS_NONBLOCKING;
  void analyze(Slot& slot, const float* in,
               std::complex<float>* spectrum) noexcept HISS_NONBLOCKING;
  void synthesize(Slot& slot, const std::complex<float>* spectrum,
                  float* out) noexcept HISS_NONBLOCKING;

  std::shared_ptr<const DenoiserModel> model_;
  SubbandNet net_;
  SubbandNetScratch scratch_;
  // The transforms, between which each stream's past is carried: a copy of a few kilobytes costs
  // less than the tables of a transform for each stream would in the cache.
  StftAnalyzer analyzer_;
  OverlapAdd overlap_add_;
  AlignedBuffer<float> samples_;                // [hop]
  AlignedBuffer<std::complex<float>> spectra_;  // [streams_at_once, bins]
  std::vector<std::complex<float>*> spectrum_;  // [streams_at_once], rows of spectra_
  std::vector<SubbandNetState*> states_;        // [streams_at_once]
  std::vector<int> group_;                      // [streams_at_once], slots
  std::vector<Slot> slots_;
  int active_count_ = 0;
};

}  // namespace hiss
