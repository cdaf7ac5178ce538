// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>

#include "models/delay_line.h"
#include "models/denoiser_core.h"
#include "models/state_io.h"
#include "models/stream_samples.h"

namespace hiss {
namespace {

constexpr double kRampSeconds = 0.015;

// Head of a saved state: magic, version, then the fields that must be equal, then the checksum.
constexpr std::uint64_t kStateMagic = 0x33534e4453534948U;  // "HISSDNS3" in little-endian order
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
    : model_(std::move(model)),
      kernels_(kernels),
      core_(makeDenoiserCore(*model_, kernels)),
      tap_(std::make_shared<StateTap>(layoutOf(*model_, core_->stateLayout()))) {}

Denoiser::~Denoiser() = default;

void Denoiser::prepare(const StreamSpec& spec) {
  requireRange("sample rate", spec.sample_rate_hz, kMinRateHz, kMaxRateHz, " Hz");
  requireRange("channels", spec.channels, 1, kMaxChannels, "");
  requireRange("block length", spec.max_block, 1, 1 << 24, " samples");
  spec_ = spec;
  core_->prepare({spec.sample_rate_hz, spec.channels, kPiece});
  latency_samples_ = core_->latencySamples();
  dry_lines_ = makeDryLines();
  preparePieces();
  ramp_samples_ = std::max(1, static_cast<int>(std::lround(kRampSeconds * spec.sample_rate_hz)));
  non_finite_samples_.store(0, std::memory_order_relaxed);
  snapBlend();
}

std::vector<DelayLine> Denoiser::makeDryLines() const {
  std::vector<DelayLine> lines(static_cast<std::size_t>(spec_.channels));
  for (DelayLine& line : lines) line.prepare(latency_samples_);
  return lines;
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

void Denoiser::process(const float* const* in, float* const* out, int n) noexcept HISS_NONBLOCKING {
  const ScopedFlushDenormals flush_denormals;
  aimBlend();
  for (int done = 0; done < n;) {
    const int count = std::min(n - done, kPiece);
    advanceBlend(count);
    for (std::size_t c = 0; c < wet_rows_.size(); ++c) takePiece(in[c] + done, c, count);
    const CoreControls controls = {link_.load(std::memory_order_relaxed),
                                   floor_gain_.load(std::memory_order_relaxed) > 0.0F};
    core_->process(wet_rows_.data(), wet_rows_.data(), count, controls, *tap_);
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
  core_->reset();
  for (DelayLine& line : dry_lines_) line.reset();
  snapBlend();
}

// in [n] -> what the network gets, in place of its output, and the delayed input.
void Denoiser::takePiece(const float* in, std::size_t channel, int n) noexcept HISS_NONBLOCKING {
  const std::uint64_t replaced = replaceNonFinite(in, clean_.data(), n);
  if (replaced > 0) non_finite_samples_.fetch_add(replaced, std::memory_order_relaxed);
  limitMagnitude(clean_.data(), wet_rows_[channel], n);
  dry_lines_[channel].process(clean_.data(), dry_rows_[channel], n);
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
  for (const DelayLine& line : dry_lines_) line.save(payload);
  core_->save(payload);

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
  std::vector<DelayLine> dry_lines = makeDryLines();
  for (DelayLine& line : dry_lines) line.load(reader);
  core_->load(reader);
  dry_lines_ = std::move(dry_lines);
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
  return core_->latestSnapshot(snapshot);
}

}  // namespace hiss
