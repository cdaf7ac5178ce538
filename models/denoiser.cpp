// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include "models/cleanumamba_stream.h"
#include "models/denoiser_channel.h"
#include "models/high_band.h"
#include "models/snapshot_writer.h"
#include "models/state_io.h"
#include "models/stream_samples.h"

namespace hiss {
namespace {

constexpr double kRampSeconds = 0.015;

// Head of a saved state: magic, version, then the fields that must be equal, then the checksum.
constexpr std::uint64_t kStateMagic = 0x32534e4453534948U;  // "HISSDNS2" in little-endian order
constexpr std::uint64_t kAnyInteger = ~std::uint64_t{0};

void requireEqual(const char* field, std::uint64_t expected, std::uint64_t found) {
  if (expected != found) {
    throw std::runtime_error(std::string("saved state: ") + field + ": expected " +
                             std::to_string(expected) + ", found " + std::to_string(found));
  }
}

void requireRange(const char* field, int value, int least, int most, const char* unit) {
  if (value < least || value > most) {
    throw std::invalid_argument(std::string(field) + ": expected " + std::to_string(least) +
                                " to " + std::to_string(most) + unit + ", found " +
                                std::to_string(value));
  }
}

StateLayout layoutOf(const DenoiserModel& model, StateLayout layout) {
  layout.model = std::filesystem::path(model.path()).stem().string();
  return layout;
}

}  // namespace

Denoiser::Denoiser(std::shared_ptr<const DenoiserModel> model, const Kernels& kernels)
    : model_(std::move(model)), kernels_(kernels), high_band_(model_->packHighBand(kernels)) {
  if (model_->cleanUMamba() != nullptr) {
    cleanumamba_ = std::make_unique<CleanUMambaStream>(model_->packCleanUMamba(kernels));
  } else {
    net_.emplace(model_->pack(kernels));
  }
  tap_ = std::make_shared<StateTap>(
      layoutOf(*model_, net_ ? net_->stateLayout() : cleanumamba_->net().stateLayout()));
}

Denoiser::~Denoiser() = default;

void Denoiser::prepare(const StreamSpec& spec) {
  requireRange("sample rate", spec.sample_rate_hz, kMinRateHz, kMaxRateHz, " Hz");
  requireRange("channels", spec.channels, 1, kMaxChannels, "");
  requireRange("block length", spec.max_block, 1, 1 << 24, " samples");
  spec_ = spec;
  if (net_) {
    prepareSubbands();
  } else {
    cleanumamba_->prepare(spec);
    latency_samples_ = cleanumamba_->net().config().latencySamples();
    adapter_.prepare(cleanumamba_->net().config().hop(), spec.channels);
  }
  preparePieces();
  ramp_samples_ = std::max(1, static_cast<int>(std::lround(kRampSeconds * spec.sample_rate_hz)));
  non_finite_samples_.store(0, std::memory_order_relaxed);
  snapBlend();
}

void Denoiser::prepareSubbands() {
  grid_ = streamGrid(net_->config(), spec_.sample_rate_hz);
  latency_samples_ = grid_.latencySamples();
  channels_ = makeChannels();
  adapter_.prepare(grid_.stft.hop, spec_.channels);
  scratch_ = std::make_unique<DenoiserScratch>(*net_, high_band_.get());
  snapshots_ = std::make_unique<SnapshotWriter>();
  snapshots_->prepare(net_->config(), grid_);
}

void Denoiser::preparePieces() {
  const std::size_t samples = static_cast<std::size_t>(spec_.channels) * std::size_t{kPiece};
  wet_.resize(samples);
  dry_.resize(samples);
  wet_rows_.clear();
  dry_rows_.clear();
  for (std::size_t at = 0; at < samples; at += kPiece) {
    wet_rows_.push_back(wet_.data() + at);
    dry_rows_.push_back(dry_.data() + at);
  }
}

Denoiser::Channels Denoiser::makeChannels() const {
  Channels channels;
  for (int c = 0; c < spec_.channels; ++c) {
    channels.push_back(std::make_unique<DenoiserChannel>(*net_, high_band_.get(), grid_));
  }
  return channels;
}

std::unique_ptr<CleanUMambaStream> Denoiser::makeCleanUMamba() const {
  auto stream = std::make_unique<CleanUMambaStream>(cleanumamba_->net().shared());
  stream->prepare(spec_);
  return stream;
}

void Denoiser::process(const float* const* in, float* const* out, int n) noexcept HISS_NONBLOCKING {
  const ScopedFlushDenormals flush_denormals;
  aimBlend();
  for (int done = 0; done < n;) {
    const int count = std::min(n - done, kPiece);
    advanceBlend(count);
    for (std::size_t c = 0; c < wet_rows_.size(); ++c) takePiece(in[c] + done, c, count);
    adapter_.process(
        wet_rows_.data(), wet_rows_.data(), count,
        [this](const float* const* in_hops, float* const* out_hops) noexcept HISS_NONBLOCKING {
          denoiseHop(in_hops, out_hops);
        });
    for (std::size_t c = 0; c < wet_rows_.size(); ++c) {
      const float* const wet = wet_rows_[c];
      const float* const dry = dry_rows_[c];
      float* const y = out[c] + done;
      for (std::size_t i = 0; i < static_cast<std::size_t>(count); ++i) {
        y[i] = share_wet_[i] * wet[i] + share_dry_[i] * dry[i];
      }
    }
    done += count;
  }
}

void Denoiser::reset() noexcept HISS_NONBLOCKING {
  adapter_.reset();
  if (cleanumamba_) cleanumamba_->reset();
  for (const auto& channel : channels_) channel->reset();
  if (snapshots_) snapshots_->reset();
  snapBlend();
}

// in [n] -> what the network gets, in place of its output, and the delayed input.
void Denoiser::takePiece(const float* in, std::size_t channel, int n) noexcept HISS_NONBLOCKING {
  const std::uint64_t replaced = replaceNonFinite(in, clean_.data(), n);
  if (replaced > 0) non_finite_samples_.fetch_add(replaced, std::memory_order_relaxed);
  limitMagnitude(clean_.data(), wet_rows_[channel], n);
  if (cleanumamba_) {
    cleanumamba_->delay(channel, clean_.data(), dry_rows_[channel], n);
  } else {
    channels_[channel]->delay(clean_.data(), dry_rows_[channel], n);
  }
}

// One hop of all channels, in[channel] [hop] -> out[channel] [hop].
void Denoiser::denoiseHop(const float* const* in, float* const* out) noexcept HISS_NONBLOCKING {
  if (cleanumamba_) return cleanumamba_->process(in, out, *tap_);
  const bool linked = channelsAreLinked();
  const bool limited = floor_gain_.load(std::memory_order_relaxed) > 0.0F;
  const StateProbe* const probe = tap_->begin();
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
    if (limited) channels_[c]->limitMask();
    channels_[c]->applyGains();
    channels_[c]->synthesize(out[c]);
  }
  DenoiserChannel& first = *channels_.front();
  snapshots_->write(first.spectrum(), first.masked(), first.state());
  if (probe != nullptr) tap_->end(snapshots_->hopIndex(), snapshots_->ssmStateRms());
}

bool Denoiser::channelsAreLinked() const noexcept HISS_NONBLOCKING {
  switch (link_.load(std::memory_order_relaxed)) {
    case ChannelLink::kLinked:
      return channels_.size() > 1;
    case ChannelLink::kIndependent:
      return false;
    default:
      return channels_.size() == 2;
  }
}

void Denoiser::linkMasks() noexcept HISS_NONBLOCKING {
  std::array<const std::complex<float>*, kMaxChannels> spectra{};
  std::array<std::complex<float>*, kMaxChannels> masks{};
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    spectra[c] = channels_[c]->spectrum();
    masks[c] = channels_[c]->mask();
  }
  for (int tap = 0; tap < net_->taps(); ++tap) {
    linkByPower(spectra.data(), masks.data(), spec_.channels, grid_.core_bins);
    for (std::size_t c = 0; c < channels_.size(); ++c) masks[c] += grid_.core_bins;
  }
}

void Denoiser::linkGains() noexcept HISS_NONBLOCKING {
  std::array<const std::complex<float>*, kMaxChannels> spectra{};
  std::array<float*, kMaxChannels> gains{};
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    spectra[c] = channels_[c]->spectrum() + grid_.core_bins;
    gains[c] = channels_[c]->gains();
  }
  linkByPower(spectra.data(), gains.data(), spec_.channels, grid_.highBins());
}

void Denoiser::readControls(float& wet, float& dry) const noexcept HISS_NONBLOCKING {
  const float w =
      mix_.load(std::memory_order_relaxed) * (1.0F - floor_gain_.load(std::memory_order_relaxed));
  if (bypass_.load(std::memory_order_relaxed)) {
    wet = 0.0F;
    dry = 1.0F;
  } else if (listen_removed_.load(std::memory_order_relaxed)) {
    wet = -w;  // dry - (dry + w (wet - dry))
    dry = w;
  } else {
    wet = w;
    dry = 1.0F - w;
  }
}

// Starts a ramp if the controls have changed.
void Denoiser::aimBlend() noexcept HISS_NONBLOCKING {
  float wet = 0.0F;
  float dry = 0.0F;
  readControls(wet, dry);
  if (wet == blend_.target_wet && dry == blend_.target_dry) return;
  blend_.target_wet = wet;
  blend_.target_dry = dry;
  blend_.steps_left = ramp_samples_;
  blend_.step_wet = (wet - blend_.wet) / static_cast<float>(ramp_samples_);
  blend_.step_dry = (dry - blend_.dry) / static_cast<float>(ramp_samples_);
}

void Denoiser::snapBlend() noexcept HISS_NONBLOCKING {
  blend_ = {};
  readControls(blend_.wet, blend_.dry);
  blend_.target_wet = blend_.wet;
  blend_.target_dry = blend_.dry;
}

// The shares of the next n samples -> share_wet_, share_dry_.
void Denoiser::advanceBlend(int n) noexcept HISS_NONBLOCKING {
  for (std::size_t i = 0; i < static_cast<std::size_t>(n); ++i) {
    if (blend_.steps_left > 0) {
      const bool last = --blend_.steps_left == 0;
      blend_.wet = last ? blend_.target_wet : blend_.wet + blend_.step_wet;
      blend_.dry = last ? blend_.target_dry : blend_.dry + blend_.step_dry;
    }
    share_wet_[i] = blend_.wet;
    share_dry_[i] = blend_.dry;
  }
}

std::vector<std::byte> Denoiser::saveState() const {
  StateWriter payload;
  const std::array<float, 6> blend = {blend_.wet,        blend_.dry,      blend_.target_wet,
                                      blend_.target_dry, blend_.step_wet, blend_.step_dry};
  payload.floats(blend);
  payload.integer(static_cast<std::uint64_t>(blend_.steps_left));
  saveFloats(adapter_, payload);
  if (cleanumamba_) cleanumamba_->save(payload);
  for (const auto& channel : channels_) channel->saveState(payload);

  StateWriter writer;
  writer.integer(kStateMagic);
  writer.integer(model_->fingerprint());
  writer.integer(static_cast<std::uint64_t>(spec_.sample_rate_hz));
  writer.integer(static_cast<std::uint64_t>(spec_.channels));
  writer.integer(payload.bytes().size());
  writer.integer(stateChecksum(payload.bytes()));
  std::copy(payload.bytes().begin(), payload.bytes().end(),
            writer.reserve(payload.bytes().size()).begin());
  return writer.take();
}

void Denoiser::loadState(std::span<const std::byte> bytes) {
  if (wet_rows_.empty()) throw std::runtime_error("saved state: expected a prepared denoiser");
  StateReader reader(bytes);
  requireEqual("magic", kStateMagic, reader.integer("magic", kAnyInteger));
  requireEqual("model", model_->fingerprint(), reader.integer("model", kAnyInteger));
  requireEqual("sample rate", static_cast<std::uint64_t>(spec_.sample_rate_hz),
               reader.integer("sample rate", kAnyInteger));
  requireEqual("channels", wet_rows_.size(), reader.integer("channels", kAnyInteger));
  const std::uint64_t size = reader.integer("size", kAnyInteger);
  const std::uint64_t sum = reader.integer("checksum", kAnyInteger);
  requireEqual("size", size, reader.left());
  requireEqual("checksum", sum, stateChecksum(bytes.last(reader.left())));

  Blend blend;
  std::array<float, 6> shares{};
  reader.floats(shares);
  blend.wet = shares[0];
  blend.dry = shares[1];
  blend.target_wet = shares[2];
  blend.target_dry = shares[3];
  blend.step_wet = shares[4];
  blend.step_dry = shares[5];
  blend.steps_left =
      static_cast<int>(reader.integer("ramp", static_cast<std::uint64_t>(ramp_samples_)));
  HopAdapter adapter;
  adapter.prepare(adapter_.latencySamples(), spec_.channels);
  loadFloats(adapter, reader);
  std::unique_ptr<CleanUMambaStream> cleanumamba;
  if (cleanumamba_) {
    cleanumamba = makeCleanUMamba();
    cleanumamba->load(reader);
  }
  Channels channels = net_ ? makeChannels() : Channels();
  for (const auto& channel : channels) channel->loadState(reader);
  requireEqual("bytes left over", 0, reader.left());
  adapter_ = std::move(adapter);
  cleanumamba_ = std::move(cleanumamba);
  channels_ = std::move(channels);
  blend_ = blend;
}

void Denoiser::setAttenuationLimitDb(float limit_db) noexcept HISS_NONBLOCKING {
  if (std::isnan(limit_db)) return;
  floor_gain_.store(std::pow(10.0F, -std::max(limit_db, 0.0F) / 20.0F), std::memory_order_relaxed);
}

void Denoiser::setMix(float mix) noexcept HISS_NONBLOCKING {
  if (std::isnan(mix)) return;
  mix_.store(std::clamp(mix, 0.0F, 1.0F), std::memory_order_relaxed);
}

void Denoiser::setBypass(bool bypass) noexcept HISS_NONBLOCKING {
  bypass_.store(bypass, std::memory_order_relaxed);
}

void Denoiser::setLinkChannels(ChannelLink link) noexcept HISS_NONBLOCKING {
  link_.store(link, std::memory_order_relaxed);
}

void Denoiser::setListenRemoved(bool listen) noexcept HISS_NONBLOCKING {
  listen_removed_.store(listen, std::memory_order_relaxed);
}

bool Denoiser::latestSnapshot(DenoiserSnapshot& snapshot) {
  return snapshots_ != nullptr && snapshots_->read(snapshot);
}

}  // namespace hiss
