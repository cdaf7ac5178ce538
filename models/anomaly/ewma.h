// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/anomaly/expert.h"

namespace hiss {

struct EwmaConfig {
  double memory_rows = 2000.0;  // of the mean and the deviation
};

// The floor that any detector must beat: how many deviations a value lies from the running mean,
// ranked among the stream's own past. Missing rows are passed over.
class EwmaExpert final : public Expert {
 public:
  // Throws std::invalid_argument if channels < 1.
  explicit EwmaExpert(int channels, const EwmaConfig& config = {});
  ~EwmaExpert() override;

  void step(std::span<const ChannelRow> rows,
            std::span<ChannelOpinion> opinions) noexcept HISS_NONBLOCKING override;
  void reset() noexcept HISS_NONBLOCKING override;
  [[nodiscard]] int warmUpRows() const noexcept override;
  [[nodiscard]] std::size_t stateBytesPerChannel() const noexcept override;
  void save(StateWriter& writer) const override;
  void load(StateReader& reader) override;

 private:
  struct Channel;
  std::vector<Channel> channels_;
};

}  // namespace hiss
