// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "models/anomaly/expert.h"
#include "models/anomaly/tail_evidence.h"
#include "ssm/simd/dispatch.h"

namespace hiss {

// One way to look at a channel: the newest `length` means of `rows_per_value` rows each.
struct NoveltyView {
  int rows_per_value = 1;
  int length = 8;
  bool shaped = false;  // compare form only: every window less its mean
};

struct NoveltyConfig {
  // Each counts as much as the others in the evidence. Chosen on the tuning sets: form and height
  // on seven pairs of scale and length.
  std::vector<NoveltyView> views = defaultViews();
  int history = 512;               // values of each kind among which a window's like is sought
  float effective_rows = 5000.0f;  // see TailConfig
  float warm_up_rows = 150.0f;     // rows of distances that a view sees before its evidence counts
  // Rows of an alarm teach the tails with this weight only. They go into the history as all others
  // do, so what lasts longer than an alarm becomes usual in the end.
  float quiet_weight = 0.1f;
  // A gap of up to so many rows is passed over as if it had not been; after a longer one a window
  // counts only when all of it lies behind the gap.
  int longest_joined_gap = 3;

  static std::vector<NoveltyView> defaultViews();
};

// Novelty: how far the newest window of a channel is from the nearest of its earlier windows that
// do not overlap it, in a bounded history (the left matrix profile's distance; not z-normalised,
// for what is loud or shifted is news as well). For several lengths and several time scales, block
// means of rows; with and without the windows' means. Each view's evidence is the share of the
// channel's own past distances (TailEvidence), beyond 3 its logarithm, so that one view does not
// shout the others down; the channel's is their mean. A view on block means speaks whenever a block
// is full and holds what it said until the next. A view that warms up counts as 0.
//
// Values keep a float's precision relative to the range of the history, whatever their offset and
// unit; a value more than 2^30 times that range away counts as that far. Missing rows are no data:
// they enter no history and their evidence is 0. No band.
class NoveltyExpert final : public Expert {
 public:
  // Throws std::invalid_argument that names the field of a config that is not possible.
  explicit NoveltyExpert(int channels, const NoveltyConfig& config = {},
                         const Kernels& kernels = defaultKernels());

  void step(std::span<const ChannelRow> rows,
            std::span<ChannelOpinion> opinions) noexcept HISS_NONBLOCKING override;
  void reset() noexcept HISS_NONBLOCKING override;
  [[nodiscard]] int warmUpRows() const noexcept override { return warm_up_rows_; }
  [[nodiscard]] std::size_t stateBytesPerChannel() const noexcept override;
  void save(StateWriter& writer) const override;
  void load(StateReader& reader) override;

 private:
  // Views on means of the same number of rows share the values and the search.
  struct Level {
    int rows_per_value;
    std::vector<int> lengths;  // ascending
    struct View {
      int window;  // index of its length
      bool shaped;
    };
    std::vector<View> views;
    int first_view;   // of the channel's views
    int capacity;     // floats of its buffer
    int first_float;  // of the channel's buffers
    int keep;         // values that are needed
  };
  // What a channel remembers at a level beside its buffer, whose value v stands for
  // base + v 2^exponent in the sensor's unit.
  struct LevelState {
    double base = 0.0;
    double sum = 0.0;            // of the rows of the unfinished block, over rows_per_value
    std::int32_t exponent = 0;   // kNoScale while all values are the same
    std::int32_t rows = 0;       // in the unfinished block
    std::int32_t end = 0;        // values in the buffer
    std::int32_t since_gap = 0;  // values since the last gap, or the start, up to `keep`
  };

  void stepChannel(std::size_t channel, const ChannelRow& row,
                   ChannelOpinion& opinion) noexcept HISS_NONBLOCKING;
  void push(const Level& level, LevelState& state, float* values,
            double value) noexcept HISS_NONBLOCKING;
  void compact(const Level& level, LevelState& state, float* values) noexcept HISS_NONBLOCKING;
  void look(const Level& level, const LevelState& state, const float* values, float weight,
            TailEvidence* tails, float* held) noexcept HISS_NONBLOCKING;

  const Kernels& kernels_;
  NoveltyConfig config_;
  int channels_;
  int warm_up_rows_ = 0;
  int floats_ = 0;  // of a channel's buffers
  int views_ = 0;
  std::vector<Level> levels_;
  AlignedBuffer<float> values_;       // [channels, floats_]
  std::vector<LevelState> states_;    // [channels, levels]
  std::vector<TailEvidence> tails_;   // [channels, views_]
  std::vector<float> held_;           // [channels, views_], evidence last said
  std::vector<std::int32_t> missed_;  // [channels], rows of the present gap
  std::vector<float> least_;          // [2, most windows of a level], scratch
};

}  // namespace hiss
