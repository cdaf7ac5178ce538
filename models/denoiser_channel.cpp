// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser_channel.h"

#include <cstdint>
#include <vector>

#include "models/stream_samples.h"

namespace hiss {
namespace {

template <class Part>
void saveFloats(const Part& part, StateWriter& writer) {
  std::vector<float> floats(part.stateFloats());
  part.saveState(floats.data());
  writer.floats(floats);
}

template <class Part>
void loadFloats(Part& part, StateReader& reader) {
  std::vector<float> floats(part.stateFloats());
  reader.floats(floats);
  part.loadState(floats.data());
}

}  // namespace

DenoiserScratch::DenoiserScratch(const SubbandNetWeights& weights) : net(weights) {
  const auto bins = static_cast<std::size_t>(weights.config.stft().bins());
  spectrum.resize(bins);
  masked.resize(bins);
}

DenoiserChannel::DenoiserChannel(const SubbandNet& net, int sample_rate_hz)
    : net_(net), state_(net.makeState()) {
  const DenoiserConfig& config = net.config();
  analyzer_.prepare(config.stft());
  overlap_add_.prepare(config.stft());
  if (sample_rate_hz == config.sample_rate) {
    adapter_.prepare(config.hop);
    latency_ = adapter_.latencySamples() + overlap_add_.latencySamples();
  } else {
    bridge_.emplace();
    bridge_->prepare(sample_rate_hz, config.sample_rate, config.hop, overlap_add_.latencySamples());
    adapter_.prepare(bridge_->chunk());
    latency_ = adapter_.latencySamples() + bridge_->latencySamples();
  }
  delay_line_.resize(static_cast<std::size_t>(latency_));
}

void DenoiserChannel::process(const float* in, float* wet, float* dry, int n,
                              DenoiserScratch& scratch,
                              SnapshotWriter* observer) noexcept HISS_NONBLOCKING {
  limitMagnitude(in, wet, n);
  const auto hop = [&](const float* hop_in, float* hop_out) noexcept HISS_NONBLOCKING {
    denoiseHop(hop_in, hop_out, scratch, observer);
  };
  if (bridge_) {
    adapter_.process(wet, wet, n,
                     [&](const float* chunk_in, float* chunk_out) noexcept HISS_NONBLOCKING {
                       bridge_->process(chunk_in, chunk_out, hop);
                     });
  } else {
    adapter_.process(wet, wet, n, hop);
  }
  delay(in, dry, n);
}

void DenoiserChannel::denoiseHop(const float* in, float* out, DenoiserScratch& scratch,
                                 SnapshotWriter* observer) noexcept HISS_NONBLOCKING {
  analyzer_.analyze(in, scratch.spectrum.data());
  net_.step(scratch.spectrum.data(), scratch.masked.data(), state_, scratch.net);
  overlap_add_.synthesize(scratch.masked.data(), out);
  if (observer != nullptr) {
    observer->write(scratch.spectrum.data(), scratch.masked.data(), state_);
  }
}

void DenoiserChannel::delay(const float* in, float* out, int n) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < n; ++i) {
    out[i] = delay_line_[delay_head_];
    delay_line_[delay_head_] = in[i];
    delay_head_ = delay_head_ + 1 == delay_line_.size() ? 0 : delay_head_ + 1;
  }
}

void DenoiserChannel::reset() noexcept HISS_NONBLOCKING {
  adapter_.reset();
  if (bridge_) bridge_->reset();
  analyzer_.reset();
  overlap_add_.reset();
  state_.reset();
  delay_line_.fill(0.0F);
  delay_head_ = 0;
}

void DenoiserChannel::saveState(StateWriter& writer) const {
  saveFloats(adapter_, writer);
  if (bridge_) bridge_->saveState(writer);
  saveFloats(analyzer_, writer);
  saveFloats(overlap_add_, writer);
  state_.save(writer.reserve(state_.savedBytes()));
  writer.floats(delay_line_.span());
  writer.integer(delay_head_);
}

void DenoiserChannel::loadState(StateReader& reader) {
  loadFloats(adapter_, reader);
  if (bridge_) bridge_->loadState(reader);
  loadFloats(analyzer_, reader);
  loadFloats(overlap_add_, reader);
  state_.load(reader.take(state_.savedBytes()));
  reader.floats(delay_line_.span());
  delay_head_ = static_cast<std::size_t>(
      reader.integer("delay position", static_cast<std::uint64_t>(delay_line_.size() - 1)));
}

}  // namespace hiss
