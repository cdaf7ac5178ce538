// SPDX-License-Identifier: Apache-2.0
#include "models/cleanumamba_stream.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
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

CleanUMambaStream::CleanUMambaStream(std::shared_ptr<const CleanUMambaWeights> weights)
    : net_(std::move(weights)), scratch_(net_.config()) {}

void CleanUMambaStream::prepare(const StreamSpec& spec) {
  const CleanUMambaConfig& config = net_.config();
  if (spec.sample_rate_hz != config.sample_rate) {
    throw std::invalid_argument("sample rate: expected " + std::to_string(config.sample_rate) +
                                " Hz, the only one of this model, found " +
                                std::to_string(spec.sample_rate_hz));
  }
  channels_.clear();
  for (int c = 0; c < spec.channels; ++c) {
    Channel& channel = channels_.emplace_back(config);
    channel.deviation.prepare(config.sample_rate);
    channel.dry.prepare(config.latencySamples());
  }
  hop_.resize(static_cast<std::size_t>(config.hop()));
  ssm_state_rms_.resize(static_cast<std::size_t>(config.layers()));
  hops_ = 0;
}

void CleanUMambaStream::process(const float* const* in, float* const* out,
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

void CleanUMambaStream::reset() noexcept HISS_NONBLOCKING {
  for (Channel& channel : channels_) {
    channel.state.reset();
    channel.deviation.reset();
    channel.scales.fill(0.0F);
    channel.dry.reset();
  }
  hops_ = 0;
}

void CleanUMambaStream::save(StateWriter& writer) const {
  writer.integer(hops_);
  for (const Channel& channel : channels_) {
    channel.state.save(writer);
    channel.deviation.save(writer);
    writer.floats(channel.scales);
    channel.dry.save(writer);
  }
}

void CleanUMambaStream::load(StateReader& reader) {
  hops_ = reader.integer("hops", std::numeric_limits<std::uint64_t>::max());
  for (Channel& channel : channels_) {
    channel.state.load(reader);
    channel.deviation.load(reader);
    reader.floats(channel.scales);
    channel.dry.load(reader);
  }
}

}  // namespace hiss
