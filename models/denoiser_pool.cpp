// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser_pool.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "models/stream_samples.h"

namespace hiss {
namespace {

int requirePositive(const char* field, int value) {
  if (value < 1) {
    throw std::invalid_argument(std::string(field) + ": expected at least 1, found " +
                                std::to_string(value));
  }
  return value;
}

}  // namespace

DenoiserPool::DenoiserPool(std::shared_ptr<const DenoiserModel> model, int capacity,
                           const Kernels& kernels, int streams_at_once)
    : model_(std::move(model)),
      net_(model_->pack(kernels)),
      scratch_(net_.weights(), requirePositive("streams at once", streams_at_once)) {
  const auto at_once = static_cast<std::size_t>(streams_at_once);
  const StftConfig stft = net_.config().stft();
  const auto bins = static_cast<std::size_t>(stft.bins());
  analyzer_.prepare(stft);
  overlap_add_.prepare(stft);
  samples_.resize(static_cast<std::size_t>(stft.hop));
  spectra_.resize(at_once * bins);
  for (std::size_t i = 0; i < at_once; ++i) spectrum_.push_back(spectra_.data() + i * bins);
  states_.resize(at_once);
  group_.resize(at_once);
  slots_.resize(static_cast<std::size_t>(requirePositive("capacity", capacity)));
  for (Slot& slot : slots_) {
    slot.state = net_.makeState();
    slot.analysis.resize(analyzer_.stateFloats());
    slot.synthesis.resize(overlap_add_.stateFloats());
  }
}

int DenoiserPool::join() noexcept HISS_NONBLOCKING {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.active) continue;
    slot.active = true;
    slot.state.reset();
    slot.analysis.fill(0.0F);
    slot.synthesis.fill(0.0F);
    slot.non_finite_samples = 0;
    ++active_count_;
    return static_cast<int>(i);
  }
  return -1;
}

void DenoiserPool::leave(int slot) noexcept HISS_NONBLOCKING {
  if (!active(slot)) return;
  slots_[static_cast<std::size_t>(slot)].active = false;
  --active_count_;
}

const DenoiserPool::Slot* DenoiserPool::find(int slot) const noexcept HISS_NONBLOCKING {
  return slot >= 0 && slot < capacity() ? &slots_[static_cast<std::size_t>(slot)] : nullptr;
}

bool DenoiserPool::active(int slot) const noexcept HISS_NONBLOCKING {
  const Slot* found = find(slot);
  return found != nullptr && found->active;
}

std::uint64_t DenoiserPool::nonFiniteSamples(int slot) const noexcept HISS_NONBLOCKING {
  const Slot* found = find(slot);
  return found != nullptr ? found->non_finite_samples : 0;
}

void DenoiserPool::process(const float* const* in, float* const* out) noexcept HISS_NONBLOCKING {
  const ScopedFlushDenormals flush_denormals;
  std::size_t count = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i].active) continue;
    group_[count++] = static_cast<int>(i);
    if (count == group_.size()) {
      processGroup(in, out, static_cast<int>(count));
      count = 0;
    }
  }
  if (count > 0) processGroup(in, out, static_cast<int>(count));
}

// One hop of the first `count` slots of group_.
void DenoiserPool::processGroup(const float* const* in, float* const* out,
                                int count) noexcept HISS_NONBLOCKING {
  for (int i = 0; i < count; ++i) {
    const auto k = static_cast<std::size_t>(i);
    Slot& slot = slots_[static_cast<std::size_t>(group_[k])];
    analyze(slot, in[group_[k]], spectrum_[k]);
    states_[k] = &slot.state;
  }
  net_.step(spectrum_.data(), spectrum_.data(), states_.data(), count, scratch_);
  for (int i = 0; i < count; ++i) {
    const auto k = static_cast<std::size_t>(i);
    synthesize(slots_[static_cast<std::size_t>(group_[k])], spectrum_[k], out[group_[k]]);
  }
}

void DenoiserPool::analyze(Slot& slot, const float* in,
                           std::complex<float>* spectrum) noexcept HISS_NONBLOCKING {
  slot.non_finite_samples += replaceNonFinite(in, samples_.data(), hop());
  limitMagnitude(samples_.data(), samples_.data(), hop());
  analyzer_.loadState(slot.analysis.data());
  analyzer_.analyze(samples_.data(), spectrum);
  analyzer_.saveState(slot.analysis.data());
}

void DenoiserPool::synthesize(Slot& slot, const std::complex<float>* spectrum,
                              float* out) noexcept HISS_NONBLOCKING {
  overlap_add_.loadState(slot.synthesis.data());
  overlap_add_.synthesize(spectrum, out);
  overlap_add_.saveState(slot.synthesis.data());
}

}  // namespace hiss
