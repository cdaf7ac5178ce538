// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <memory>
#include <vector>

#include "dsp/hop_adapter.h"
#include "dsp/realtime.h"
#include "models/denoiser_channel.h"
#include "models/denoiser_core.h"
#include "models/high_band.h"
#include "models/snapshot_writer.h"
#include "models/stream_grid.h"
#include "models/subband_net.h"

namespace hiss {

// Runs models of arch `subband-mamba`: at any rate from 4 kHz to 384 kHz without resampling, see
// StreamGrid, with one mask for linked channels.
class SubbandCore final : public DenoiserCore {
 public:
  // `high_band` may be null.
  SubbandCore(std::shared_ptr<const SubbandNetWeights> weights,
              std::shared_ptr<const HighBand> high_band);

  [[nodiscard]] StateLayout stateLayout() const override { return net_.stateLayout(); }
  void prepare(const StreamSpec& spec) override;
  [[nodiscard]] int latencySamples() const noexcept HISS_NONBLOCKING override {
    return grid_.latencySamples();
  }
  void process(const float* const* in, float* const* out, int n, const CoreControls& controls,
               StateTap& tap) noexcept HISS_NONBLOCKING override;
  void reset() noexcept HISS_NONBLOCKING override;
  bool latestSnapshot(DenoiserSnapshot& snapshot) override;
  void save(StateWriter& writer) const override;
  void load(StateReader& reader) override;

 private:
  using Channels = std::vector<std::unique_ptr<DenoiserChannel>>;

  [[nodiscard]] Channels makeChannels(int count) const;
  [[nodiscard]] bool areLinked(ChannelLink link) const noexcept HISS_NONBLOCKING;
  void denoiseHop(const float* const* in, float* const* out, const CoreControls& controls,
                  StateTap& tap) noexcept HISS_NONBLOCKING;
  void linkMasks() noexcept HISS_NONBLOCKING;
  void linkGains() noexcept HISS_NONBLOCKING;

  SubbandNet net_;
  std::shared_ptr<const HighBand> high_band_;  // null for a model without one
  StreamGrid grid_;
  Channels channels_;
  HopAdapter adapter_;
  std::unique_ptr<DenoiserScratch> scratch_;
  std::unique_ptr<SnapshotWriter> snapshots_;
  // [channels] each, of the hop.
  std::vector<const std::complex<float>*> spectra_;
  std::vector<std::complex<float>*> masks_;
  std::vector<float*> gains_;
};

}  // namespace hiss
