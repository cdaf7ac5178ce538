// SPDX-License-Identifier: Apache-2.0
#include "models/subband_core.h"

#include <utility>

namespace hiss {

SubbandCore::SubbandCore(std::shared_ptr<const SubbandNetWeights> weights,
                         std::shared_ptr<const HighBand> high_band)
    : net_(std::move(weights)), high_band_(std::move(high_band)) {}

void SubbandCore::prepare(const StreamSpec& spec) {
  grid_ = streamGrid(net_.config(), spec.sample_rate_hz);
  channels_ = makeChannels(spec.channels);
  adapter_.prepare(grid_.stft.hop, spec.channels);
  scratch_ = std::make_unique<DenoiserScratch>(net_, high_band_.get());
  snapshots_ = std::make_unique<SnapshotWriter>();
  snapshots_->prepare(net_.config(), grid_);
  spectra_.resize(channels_.size());
  masks_.resize(channels_.size());
  gains_.resize(channels_.size());
}

SubbandCore::Channels SubbandCore::makeChannels(int count) const {
  Channels channels;
  for (int c = 0; c < count; ++c) {
    channels.push_back(std::make_unique<DenoiserChannel>(net_, high_band_.get(), grid_));
  }
  return channels;
}

void SubbandCore::process(const float* const* in, float* const* out, int n,
                          const CoreControls& controls, StateTap& tap) noexcept HISS_NONBLOCKING {
  adapter_.process(
      in, out, n,
      [&](const float* const* in_hops, float* const* out_hops) noexcept HISS_NONBLOCKING {
        denoiseHop(in_hops, out_hops, controls, tap);
      });
}

// One hop of all channels, in[channel] [hop] -> out[channel] [hop].
void SubbandCore::denoiseHop(const float* const* in, float* const* out,
                             const CoreControls& controls,
                             StateTap& tap) noexcept HISS_NONBLOCKING {
  const bool linked = areLinked(controls.link);
  const StateProbe* const probe = tap.begin();
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    channels_[c]->analyze(in[c]);
    channels_[c]->estimateMask(*scratch_, c == 0 ? probe : nullptr);
  }
  if (linked) linkMasks();
  for (const auto& channel : channels_) {
    channel->applyMask();
    channel->estimateGains(*scratch_);
  }
  if (linked) linkGains();
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    if (controls.limited) channels_[c]->limitMask();
    channels_[c]->applyGains();
    channels_[c]->synthesize(out[c]);
  }
  DenoiserChannel& first = *channels_.front();
  snapshots_->write(first.spectrum(), first.masked(), first.state());
  if (probe != nullptr) tap.end(snapshots_->hopIndex(), snapshots_->ssmStateRms());
}

bool SubbandCore::areLinked(ChannelLink link) const noexcept HISS_NONBLOCKING {
  switch (link) {
    case ChannelLink::kLinked:
      return channels_.size() > 1;
    case ChannelLink::kIndependent:
      return false;
    default:
      return channels_.size() == 2;
  }
}

void SubbandCore::linkMasks() noexcept HISS_NONBLOCKING {
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    spectra_[c] = channels_[c]->spectrum();
    masks_[c] = channels_[c]->mask();
  }
  for (int tap = 0; tap < net_.taps(); ++tap) {
    linkByPower(spectra_.data(), masks_.data(), static_cast<int>(channels_.size()),
                grid_.core_bins);
    for (std::complex<float>*& mask : masks_) mask += grid_.core_bins;
  }
}

void SubbandCore::linkGains() noexcept HISS_NONBLOCKING {
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    spectra_[c] = channels_[c]->spectrum() + grid_.core_bins;
    gains_[c] = channels_[c]->gains();
  }
  linkByPower(spectra_.data(), gains_.data(), static_cast<int>(channels_.size()), grid_.highBins());
}

void SubbandCore::reset() noexcept HISS_NONBLOCKING {
  adapter_.reset();
  for (const auto& channel : channels_) channel->reset();
  if (snapshots_ != nullptr) snapshots_->reset();
}

bool SubbandCore::latestSnapshot(DenoiserSnapshot& snapshot) {
  return snapshots_ != nullptr && snapshots_->read(snapshot);
}

void SubbandCore::save(StateWriter& writer) const {
  saveFloats(adapter_, writer);
  for (const auto& channel : channels_) channel->saveState(writer);
}

void SubbandCore::load(StateReader& reader) {
  HopAdapter adapter;
  adapter.prepare(adapter_.latencySamples(), static_cast<int>(channels_.size()));
  loadFloats(adapter, reader);
  Channels channels = makeChannels(static_cast<int>(channels_.size()));
  for (const auto& channel : channels) channel->loadState(reader);
  reader.finish();
  adapter_ = std::move(adapter);
  channels_ = std::move(channels);
}

}  // namespace hiss
