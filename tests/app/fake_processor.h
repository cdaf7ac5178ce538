// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/stream_processor.h"

namespace hiss {

// Delays its input by `latency` samples and scales it.
class FakeProcessor final : public StreamProcessor {
 public:
  explicit FakeProcessor(int latency, float gain = 1.0F) : latency_(latency), gain_(gain) {}

  void prepare(const StreamSpec& spec) override {
    delays_.assign(static_cast<std::size_t>(spec.channels),
                   std::vector<float>(static_cast<std::size_t>(latency_)));
    at_ = 0;
    spec_ = spec;
  }

  void process(const float* const* in, float* const* out,
               int n) noexcept HISS_NONBLOCKING override {
    std::size_t at = at_;
    for (std::size_t c = 0; c < delays_.size(); ++c) {
      at = at_;
      for (int i = 0; i < n; ++i) {
        const float x = gain_ * in[c][i];
        out[c][i] = latency_ > 0 ? delays_[c][at] : x;
        if (latency_ > 0) delays_[c][at] = x;
        if (++at >= static_cast<std::size_t>(latency_)) at = 0;
      }
    }
    at_ = at;
  }

  void reset() noexcept HISS_NONBLOCKING override { at_ = 0; }
  [[nodiscard]] int latencySamples() const noexcept HISS_NONBLOCKING override { return latency_; }
  [[nodiscard]] std::vector<std::byte> saveState() const override { return {}; }
  void loadState(std::span<const std::byte>) override {}

  const StreamSpec& spec() const { return spec_; }

 private:
  int latency_;
  float gain_;
  std::size_t at_ = 0;
  StreamSpec spec_;
  std::vector<std::vector<float>> delays_;
};

}  // namespace hiss
