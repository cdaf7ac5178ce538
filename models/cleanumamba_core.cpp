// SPDX-License-Identifier: Apache-2.0
#include "models/cleanumamba_core.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace hiss {

float RunningDeviation::add(const float* x, int n) noexcept HISS_NONBLOCKING {
  auto& [count, sum, squares] = sums_;
  for (int i = 0; i < n; ++i) {
    sum += x[i];
    squares += double{x[i]} * double{x[i]};
  }
  count += n;
  if (count > memory_) {
    const double kept = memory_ / count;
    for (double& value : sums_) value *= kept;
  }
  constexpr float kLeast = 1e-3F;  // of the reference, added
  const double variance = std::max(0.0, squares - sum * sum / count) / (count - 1.0);
  return static_cast<float>(std::sqrt(variance)) + kLeast;
}

CleanUMambaCore::CleanUMambaCore(std::shared_ptr<const CleanUMambaWeights> weights)
    : net_(std::move(weights)), scratch_(net_.config()) {
  hop_.resize(static_cast<std::size_t>(net_.config().hop()));
  ssm_state_rms_.resize(static_cast<std::size_t>(net_.config().layers()));
}

std::vector<CleanUMambaCore::Channel> CleanUMambaCore::makeChannels(std::size_t count) const {
  std::vector<Channel> channels;
  channels.reserve(count);
  for (std::size_t c = 0; c < count; ++c) channels.emplace_back(net_.config());
  return channels;
}

void CleanUMambaCore::prepare(const StreamSpec& spec) {
  channels_ = makeChannels(static_cast<std::size_t>(spec.channels));
  adapter_.prepare(net_.config().hop(), spec.channels);
  hops_ = 0;
}

void CleanUMambaCore::process(const float* const* in, float* const* out, int n,
                              const CoreControls& /*controls*/,
                              StateTap& tap) noexcept HISS_NONBLOCKING {
  adapter_.process(
      in, out, n,
      [&](const float* const* in_hops, float* const* out_hops) noexcept HISS_NONBLOCKING {
        denoiseHop(in_hops, out_hops, tap);
      });
}

// One hop, in[channel] [hop] -> out[channel] [hop], kLookAheadHops later.
void CleanUMambaCore::denoiseHop(const float* const* in, float* const* out,
                                 StateTap& tap) noexcept HISS_NONBLOCKING {
  const CleanUMambaConfig& config = net_.config();
  const int hop = config.hop();
  ++hops_;
  const StateProbe* const probe = tap.begin();
  bool probed = false;
  for (std::size_t c = 0; c < channels_.size(); ++c) {
    Channel& channel = channels_[c];
    std::rotate(channel.scales.begin(), channel.scales.begin() + 1, channel.scales.end());
    const float deviation = channel.deviation.add(in[c], hop);
    channel.scales.back() = config.normalize_input == 1 ? deviation : 1.0F;
    for (int i = 0; i < hop; ++i) {
      hop_[static_cast<std::size_t>(i)] = in[c][i] / channel.scales.back();
    }
    const bool ran =
        net_.step(hop_.data(), out[c], channel.state, scratch_, c == 0 ? probe : nullptr);
    if (c == 0) probed = ran && probe != nullptr;
    for (int i = 0; i < hop; ++i) {
      const float y = out[c][i] * channel.scales.front();
      out[c][i] = std::isfinite(y) ? y : 0.0F;
    }
  }
  if (!probed) return;
  for (int i = 0; i < config.layers(); ++i) {
    ssm_state_rms_[static_cast<std::size_t>(i)] = channels_.front().state.ssmStateRms(i);
  }
  tap.end(hops_, ssm_state_rms_);
}

void CleanUMambaCore::reset() noexcept HISS_NONBLOCKING {
  adapter_.reset();
  for (Channel& channel : channels_) {
    channel.state.reset();
    channel.deviation.reset();
    channel.scales.fill(0.0F);
  }
  hops_ = 0;
}

void CleanUMambaCore::save(StateWriter& writer) const {
  saveFloats(adapter_, writer);
  writer.integer(hops_);
  for (const Channel& channel : channels_) {
    channel.state.save(writer);
    channel.deviation.save(writer);
    writer.floats(channel.scales);
  }
}

void CleanUMambaCore::load(StateReader& reader) {
  HopAdapter adapter;
  adapter.prepare(adapter_.latencySamples(), static_cast<int>(channels_.size()));
  loadFloats(adapter, reader);
  const std::uint64_t hops = reader.integer("hops", std::numeric_limits<std::uint64_t>::max());
  std::vector<Channel> channels = makeChannels(channels_.size());
  for (Channel& channel : channels) {
    channel.state.load(reader);
    channel.deviation.load(reader);
    reader.floats(channel.scales);
  }
  reader.finish();
  adapter_ = std::move(adapter);
  hops_ = hops;
  channels_ = std::move(channels);
}

}  // namespace hiss
