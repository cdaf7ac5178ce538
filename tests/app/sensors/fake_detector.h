// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <span>
#include <stdexcept>
#include <vector>

#include "models/anomaly_detector.h"

namespace hiss {

// Evidence is the largest distance of a value from the one before; bands are one to each side of
// it.
class FakeDetector final : public AnomalyDetector {
 public:
  static constexpr int kWarmUp = 3;

  void prepare(const SensorSpec& spec) override {
    last_.assign(static_cast<std::size_t>(spec.channels), 0.0);
    verdicts_.resize(last_.size());
  }

  RowVerdict step(std::span<const double> values, double seconds,
                  bool alarmed) noexcept HISS_NONBLOCKING override {
    RowVerdict verdict;
    verdict.row = rows_;
    verdict.warming_up = rows_ < kWarmUp;
    verdict.no_data = true;
    for (std::size_t c = 0; c < values.size(); ++c) {
      ChannelVerdict& channel = verdicts_[c];
      channel = {};
      channel.missing = !std::isfinite(values[c]);
      if (channel.missing) continue;
      verdict.no_data = false;
      channel.low = static_cast<float>(last_[c] - 1.0);
      channel.high = static_cast<float>(last_[c] + 1.0);
      const double distance = std::fabs(values[c] - last_[c]);
      channel.evidence = static_cast<float>(distance);
      if (!verdict.warming_up && distance > verdict.evidence) {
        verdict.evidence = distance;
        verdict.top_channel = static_cast<int>(c);
      }
      last_[c] = values[c];
    }
    verdict.p = std::pow(10.0, -verdict.evidence);
    verdicts_[static_cast<std::size_t>(verdict.top_channel)].share = 1.0F;
    ++rows_;
    last_seconds = seconds;
    last_alarmed = alarmed;
    return verdict;
  }

  [[nodiscard]] std::span<const ChannelVerdict> channels() const noexcept override {
    return verdicts_;
  }
  void reset() noexcept HISS_NONBLOCKING override {
    std::fill(last_.begin(), last_.end(), 0.0);
    rows_ = 0;
  }
  [[nodiscard]] int warmUpRows() const noexcept override { return kWarmUp; }
  [[nodiscard]] std::size_t stateBytesPerChannel() const noexcept override {
    return sizeof(double);
  }

  [[nodiscard]] std::vector<std::byte> saveState() const override {
    std::vector<std::byte> bytes(sizeof rows_ + last_.size() * sizeof(double));
    std::memcpy(bytes.data(), &rows_, sizeof rows_);
    std::memcpy(bytes.data() + sizeof rows_, last_.data(), last_.size() * sizeof(double));
    return bytes;
  }
  void loadState(std::span<const std::byte> bytes) override {
    const std::size_t wanted = sizeof rows_ + last_.size() * sizeof(double);
    if (bytes.size() != wanted) {
      throw std::runtime_error("saved state: size: expected " + std::to_string(wanted) +
                               ", found " + std::to_string(bytes.size()));
    }
    std::memcpy(&rows_, bytes.data(), sizeof rows_);
    std::memcpy(last_.data(), bytes.data() + sizeof rows_, last_.size() * sizeof(double));
  }

  double last_seconds = 0.0;
  bool last_alarmed = false;

 private:
  std::uint64_t rows_ = 0;
  std::vector<double> last_;
  std::vector<ChannelVerdict> verdicts_;
};

}  // namespace hiss
