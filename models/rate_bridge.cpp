// SPDX-License-Identifier: Apache-2.0
#include "models/rate_bridge.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <stdexcept>
#include <utility>

namespace hiss {
namespace {

constexpr double kPowerSeconds = 0.016;
constexpr double kUpperFrom = 0.75;  // of the band

// Pulls what there is, which in a stream is always n; what a made-up state lacks is silence.
void pullAll(Resampler& resampler, float* out, int n) noexcept HISS_NONBLOCKING {
  const int there = std::min(n, resampler.ready());
  resampler.pull(out, there);
  std::fill(out + there, out + n, 0.0F);
}

}  // namespace

// A high-pass of fourth order, two equal Butterworth sections, by the bilinear transform; `cutoff`
// in halves of the rate.
void RateBridge::UpperPower::prepare(double cutoff, double memory_samples) {
  const double k = std::tan(0.5 * std::numbers::pi * cutoff);
  const double scale = 1.0 / (1.0 + std::numbers::sqrt2 * k + k * k);
  gain_ = static_cast<float>(scale);
  a1_ = static_cast<float>(2.0 * (k * k - 1.0) * scale);
  a2_ = static_cast<float>((1.0 - std::numbers::sqrt2 * k + k * k) * scale);
  share_ = static_cast<float>(1.0 - std::exp(-1.0 / memory_samples));
  state.fill(0.0F);
}

float RateBridge::UpperPower::add(float x) noexcept HISS_NONBLOCKING {
  for (std::size_t section = 0; section < 2; ++section) {
    float* const past = state.data() + 2 * section;
    const float u = gain_ * x;
    const float y = u + past[0];
    past[0] = -2.0F * u - a1_ * y + past[1];
    past[1] = u - a2_ * y;
    x = y;
  }
  state[4] += share_ * (x * x - state[4]);
  return state[4];
}

RateBridge::RateBridge(std::unique_ptr<DenoiserCore> core, int core_rate_hz)
    : core_(std::move(core)), core_rate_hz_(core_rate_hz) {}

void RateBridge::prepare(const StreamSpec& spec) {
  channels_.clear();
  core_rows_.clear();
  if (spec.sample_rate_hz == core_rate_hz_) {
    core_->prepare(spec);
    latency_samples_ = core_->latencySamples();
    return;
  }
  const std::int64_t rate = spec.sample_rate_hz;
  const std::int64_t core_rate = core_rate_hz_;
  const int core_block = static_cast<int>(spec.max_block * core_rate / rate) + 2;
  core_->prepare({core_rate_hz_, spec.channels, core_block});
  const int core_latency = core_->latencySamples();

  Channel channel;
  channel.down.prepare(spec.sample_rate_hz, core_rate_hz_, spec.max_block);
  // Only its reach is asked for: where it starts follows from the latency.
  channel.up.prepare(core_rate_hz_, spec.sample_rate_hz, core_block);
  // After N samples of the stream the core has had ceil((N - down's reach) core_rate / rate), and
  // sample N - 1 of the output needs those up to up's reach behind its place.
  latency_samples_ = static_cast<int>(
      ((core_latency + channel.up.reach() + 1) * rate + core_rate - 1) / core_rate +
      channel.down.reach() - 1);
  channel.up.prepare(core_rate_hz_, spec.sample_rate_hz, core_block,
                     core_latency * rate - latency_samples_ * core_rate);
  channel.gain_up = channel.up;
  channel.low.prepare(core_latency);
  channel.full.prepare(latency_samples_);
  const double cutoff =
      kUpperFrom * std::min(1.0, static_cast<double>(rate) / static_cast<double>(core_rate));
  for (UpperPower* const power : {&channel.before, &channel.after}) {
    power->prepare(cutoff, kPowerSeconds * core_rate_hz_);
  }
  channel.core.resize(static_cast<std::size_t>(core_block));
  channel.x.resize(static_cast<std::size_t>(core_block));
  channel.input.resize(static_cast<std::size_t>(spec.max_block));
  channel.gain.resize(static_cast<std::size_t>(spec.max_block));
  channels_.assign(static_cast<std::size_t>(spec.channels), channel);
  for (Channel& each : channels_) core_rows_.push_back(each.core.data());
}

void RateBridge::process(const float* const* in, float* const* out, int n,
                         const CoreControls& controls, StateTap& tap) noexcept HISS_NONBLOCKING {
  if (channels_.empty()) return core_->process(in, out, n, controls, tap);
  for (std::size_t c = 0; c < channels_.size(); ++c) takeIn(channels_[c], in[c], n);
  core_->process(core_rows_.data(), core_rows_.data(), core_samples_, controls, tap);
  for (std::size_t c = 0; c < channels_.size(); ++c) giveOut(channels_[c], out[c], n);
}

void RateBridge::takeIn(Channel& channel, const float* in, int n) noexcept HISS_NONBLOCKING {
  channel.down.push(in, n);
  // The same of all channels.
  core_samples_ = std::min(channel.down.ready(), static_cast<int>(channel.core.size()));
  channel.down.pull(channel.core.data(), core_samples_);
  channel.low.process(channel.core.data(), channel.x.data(), core_samples_);
  channel.full.process(in, channel.input.data(), n);
}

void RateBridge::giveOut(Channel& channel, float* out, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < core_samples_; ++i) {
    const auto at = static_cast<std::size_t>(i);
    const float before = channel.before.add(channel.x[at]);
    const float after = channel.after.add(channel.core[at]);
    const float g = after < before ? std::sqrt(after / before) : 1.0F;
    channel.core[at] -= g * channel.x[at];
    channel.x[at] = g;
  }
  channel.up.push(channel.core.data(), core_samples_);
  channel.gain_up.push(channel.x.data(), core_samples_);
  pullAll(channel.up, out, n);
  pullAll(channel.gain_up, channel.gain.data(), n);
  for (int i = 0; i < n; ++i) {
    const auto at = static_cast<std::size_t>(i);
    out[i] += std::clamp(channel.gain[at], 0.0F, 1.0F) * channel.input[at];
  }
}

void RateBridge::reset() noexcept HISS_NONBLOCKING {
  core_->reset();
  for (Channel& channel : channels_) {
    for (Resampler* const resampler : channel.resamplers()) resampler->reset();
    channel.low.reset();
    channel.full.reset();
    channel.before.state.fill(0.0F);
    channel.after.state.fill(0.0F);
  }
}

void RateBridge::save(StateWriter& writer) const {
  for (const Channel& channel : channels_) {
    saveFloats(channel.down, writer);
    saveFloats(channel.up, writer);
    saveFloats(channel.gain_up, writer);
    channel.low.save(writer);
    channel.full.save(writer);
    writer.floats(channel.before.state);
    writer.floats(channel.after.state);
  }
  core_->save(writer);
}

void RateBridge::load(StateReader& reader) {
  std::vector<Channel> channels = channels_;
  for (Channel& channel : channels) {
    for (Resampler* const resampler : channel.resamplers()) {
      std::vector<float> floats(resampler->stateFloats());
      reader.floats(floats);
      if (!resampler->loadState(floats.data())) {
        throw std::runtime_error("saved state: resampler: expected a place in it, found another");
      }
    }
    channel.low.load(reader);
    channel.full.load(reader);
    reader.floats(channel.before.state);
    reader.floats(channel.after.state);
  }
  core_->load(reader);
  channels_.swap(channels);
  for (std::size_t c = 0; c < channels_.size(); ++c) core_rows_[c] = channels_[c].core.data();
}

}  // namespace hiss
