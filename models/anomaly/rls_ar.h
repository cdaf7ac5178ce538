// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "models/anomaly/expert.h"
#include "models/anomaly/likelihood.h"

namespace hiss {

struct RlsArConfig {
  // What the residual is made into: nothing, where only the band is wanted; its own rank among the
  // past; or the likelihood of trailing means of such ranks (Likelihood).
  enum class Evidence { kNone, kResidual, kLikelihood };
  Evidence evidence = Evidence::kResidual;
  double forgetting = 0.9995;  // a row; above 0.9, at most 1
};

// Predicts each value from the 16 before it, by weights that recursive least squares keeps up to
// date (Haykin, Adaptive Filter Theory, ch. 10), and says how unusual the error is. A missing row
// is replaced by its prediction; a gap in time is as many missing rows.
class RlsArExpert final : public Expert {
 public:
  static constexpr int kTaps = 16;

  // Throws std::invalid_argument that names the field.
  explicit RlsArExpert(int channels, const RlsArConfig& config = {});
  ~RlsArExpert() override;

  void step(std::span<const ChannelRow> rows,
            std::span<ChannelOpinion> opinions) noexcept HISS_NONBLOCKING override;
  void reset() noexcept HISS_NONBLOCKING override;
  [[nodiscard]] int warmUpRows() const noexcept override;
  [[nodiscard]] std::size_t stateBytesPerChannel() const noexcept override;
  void save(StateWriter& writer) const override;
  void load(StateReader& reader) override;

 private:
  struct Channel;
  // How many rows are missing before one that came `log_step` late.
  static int gapRows(float log_step) noexcept HISS_NONBLOCKING;

  RlsArConfig config_;
  std::vector<Channel> channels_;
  std::vector<Likelihood> likelihoods_;  // [channels], or none
};

}  // namespace hiss
