// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <memory>

#include "dsp/realtime.h"
#include "models/channel_link.h"
#include "models/denoiser_model.h"
#include "models/snapshot.h"
#include "models/state_io.h"
#include "models/state_tap.h"
#include "models/stream_processor.h"
#include "ssm/simd/kernels.h"

namespace hiss {

// What of a Denoiser's controls its model has to know.
struct CoreControls {
  ChannelLink link = ChannelLink::kAuto;
  bool limited = false;  // an attenuation limit is set
};

// What a Denoiser runs of a model: the networks of all channels of a stream and what stands around
// them, without delayed input and blends. Not thread-safe.
class DenoiserCore {
 public:
  DenoiserCore() = default;
  DenoiserCore(const DenoiserCore&) = delete;
  DenoiserCore& operator=(const DenoiserCore&) = delete;
  virtual ~DenoiserCore() = default;

  // Of one channel; `model` is left empty. [main-thread]
  [[nodiscard]] virtual StateLayout stateLayout() const = 0;

  // Starts a stream. Throws std::invalid_argument for one that the model cannot serve.
  // [main-thread]
  virtual void prepare(const StreamSpec& spec) = 0;
  [[nodiscard]] virtual int latencySamples() const noexcept HISS_NONBLOCKING = 0;
  // in[channel] [n] -> out[channel] [n], all finite, later by latencySamples(); n is at most the
  // spec's max_block. The output is the same to the bit however a stream is cut. out[c] may be
  // in[c]. The first channel's state goes to `tap`. [audio-thread]
  virtual void process(const float* const* in, float* const* out, int n,
                       const CoreControls& controls, StateTap& tap) noexcept HISS_NONBLOCKING = 0;
  // Forgets the past. [audio-thread]
  virtual void reset() noexcept HISS_NONBLOCKING = 0;

  // The newest spectra of the first channel, for a core that has such: see Denoiser.
  virtual bool latestSnapshot(DenoiserSnapshot& /*snapshot*/) { return false; }

  // `load` takes all that the reader has left. If it throws std::runtime_error nothing has changed.
  // [main-thread]
  virtual void save(StateWriter& writer) const = 0;
  virtual void load(StateReader& reader) = 0;
};

// The core that runs `model`, its weights packed for `kernels`; both must outlive it. [main-thread]
[[nodiscard]] std::unique_ptr<DenoiserCore> makeDenoiserCore(const DenoiserModel& model,
                                                             const Kernels& kernels);

}  // namespace hiss
