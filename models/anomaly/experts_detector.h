// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "models/anomaly/calibration.h"
#include "models/anomaly/detector_tap.h"
#include "models/anomaly/expert.h"
#include "models/anomaly/range_leap.h"
#include "models/anomaly/row_clock.h"
#include "models/anomaly_detector.h"

namespace hiss {

// What a detector is made of.
struct DetectorRecipe {
  struct Part {
    std::function<std::unique_ptr<Expert>(const SensorSpec&)> make;
    float weight = 1.0f;  // of its evidence in the channel's; 0: only its band is looked at
    bool band = false;    // the channel's band is this expert's; of several the first that has one
  };
  std::string name;
  std::uint64_t model_hash = 0;  // of the model that the parts use; 0: none
  std::vector<Part> parts;
  EvidencePrior prior{};
  std::shared_ptr<DetectorTap> tap;  // where a part records its hidden state; none: null
  bool leaps = false;  // what leaps out of a channel's range counts by itself, beside the parts
};

// The detector of this library: experts that watch each channel, one evidence a channel (their
// weighted mean), one a row (`combineChannels`), and its calibration to a share of rows.
class ExpertsDetector final : public AnomalyDetector {
 public:
  // Throws std::invalid_argument if no part has a weight above 0.
  explicit ExpertsDetector(DetectorRecipe recipe);
  ~ExpertsDetector() override;

  void prepare(const SensorSpec& spec) override;
  RowVerdict step(std::span<const double> values, double seconds,
                  bool alarmed) noexcept HISS_NONBLOCKING override;
  [[nodiscard]] std::span<const ChannelVerdict> channels() const noexcept override;
  void reset() noexcept HISS_NONBLOCKING override;
  [[nodiscard]] int warmUpRows() const noexcept override;
  [[nodiscard]] std::size_t stateBytesPerChannel() const noexcept override;
  [[nodiscard]] std::shared_ptr<StateTap> stateTap() const override;
  [[nodiscard]] std::vector<std::byte> saveState() const override;
  void loadState(std::span<const std::byte> bytes) override;

 private:
  using Experts = std::vector<std::unique_ptr<Expert>>;

  // Everything that a stream has made of the detector.
  struct Past {
    Experts experts;
    std::vector<ChannelRow> rows;  // [channels]
    RowClock clock;
    EvidenceCalibration calibration;
    std::vector<RangeLeap> leaps;  // [channels]; none: they do not count
    std::uint64_t row = 0;
    std::uint64_t alarmed_rows = 0;  // of the alarm that is on
  };

  [[nodiscard]] Past freshPast() const;
  void readRows(std::span<const double> values, float log_step,
                bool quiet) noexcept HISS_NONBLOCKING;
  void askExperts() noexcept HISS_NONBLOCKING;
  void lookForLeap(RowVerdict& verdict) noexcept HISS_NONBLOCKING;

  DetectorRecipe recipe_;
  float weight_sum_ = 0.0f;
  SensorSpec spec_;
  int warm_up_rows_ = 0;
  std::unique_ptr<Past> past_;            // none before `prepare`
  std::vector<ChannelOpinion> opinions_;  // [channels], of one expert at a time
  std::vector<ChannelVerdict> verdicts_;  // [channels]
  std::vector<float> leaps_;              // [channels] evidence of the newest row's
};

// The row's evidence from those of its channels: the mean of the three greatest. One channel that
// is very unusual shows whatever the others do, yet needs a little more where nothing supports it;
// on the tuning sets that is better than the greatest, the mean of all, of powers or of shares.
// Of one channel: its own. Fills in the shares: of the channels that count their part of the sum,
// of the others 0. Returns 0 if all are missing. [audio-thread]
double combineChannels(std::span<ChannelVerdict> verdicts) noexcept HISS_NONBLOCKING;

}  // namespace hiss
