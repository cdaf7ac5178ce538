// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/fixed_twin.h"
#include "models/state_view.h"
#include "ui/base/scrolling_image.h"
#include "ui/state/smooth_range.h"
#include "ui/state/step_curve.h"

namespace hiss {

// One state of one channel of the row that is looked at.
struct StateCell {
  int channel = 0;
  int state = 0;
  bool operator==(const StateCell&) const = default;
};

// What the views of the hidden state show: the newest steps of one row of one layer, and what is
// drawn of them. All memory is taken with the layout and the focus; a step takes none. A step has
// its place by its number, so that steps that were lost leave a gap. [main-thread]
class StateModel {
 public:
  static constexpr double kSpanSeconds = 10.0;
  static constexpr int kSpanRows = 600;  // where steps are rows of a sensor
  // What pictures over time hold as 0 ... 255.
  static constexpr float kLeastDt = 1e-4F;   // 0; logarithmic up to
  static constexpr float kMostDt = 1.0F;     // 255
  static constexpr float kGateRange = 2.0F;  // 128 is 0, 1 and 255 the range to both sides

  // Curves over time; of kRms there is one a layer.
  enum Curve : int { kH, kFixedH, kDt, kGate, kEnergyB, kEnergyC, kRms };

  // Another model: forgets everything and looks at its first layer.
  void setLayout(StateLayout layout);
  // Forgets the steps. `focus` must be one of the layout.
  void setFocus(StateFocus focus);
  [[nodiscard]] const StateLayout& layout() const noexcept { return layout_; }
  [[nodiscard]] StateFocus focus() const noexcept { return focus_; }
  // Only if hasLayers().
  [[nodiscard]] const StateLayer& layer() const {
    return layout_.layers[static_cast<std::size_t>(focus_.layer)];
  }
  [[nodiscard]] bool hasLayers() const noexcept { return !layout_.layers.empty(); }

  // A step of another focus is passed over, and every step while frozen. A step not after the
  // newest begins anew: the model was reset.
  void take(const StateSnapshot& snapshot);

  // The newest step taken; 0: none.
  [[nodiscard]] std::int64_t newest() const noexcept { return newest_; }
  // Steps that are kept, and the width of the views over time.
  [[nodiscard]] int kept() const noexcept { return kept_; }
  // nullptr if it is missing or forgotten.
  [[nodiscard]] const StateSnapshot* at(std::int64_t step) const noexcept;
  // Changes with everything that is drawn.
  [[nodiscard]] std::uint64_t revision() const noexcept { return revision_; }

  // Frozen, everything stands still, and one moment can be inspected.
  void setFrozen(bool frozen);
  [[nodiscard]] bool isFrozen() const noexcept { return frozen_; }
  // Takes the step nearest to it that is there; only while frozen.
  void inspect(std::int64_t step);
  // The next step that is there, before (-1) or after (1) the one inspected.
  void inspectNext(int direction);
  [[nodiscard]] std::optional<std::int64_t> inspected() const noexcept { return inspected_; }
  // The inspected step, or the newest; nullptr: none.
  [[nodiscard]] const StateSnapshot* shown() const noexcept {
    return at(inspected_.value_or(newest_));
  }

  // Whether the layer, if there is one, is of a kind of which a fixed filter can be drawn, and the
  // horizons be told.
  [[nodiscard]] bool hasTwin() const { return !hasLayers() || FixedTwin::fits(layer()); }
  [[nodiscard]] bool hasHorizons() const { return !hasLayers() || !layer().A.empty(); }
  // How long a cell remembers at the step that is shown, in steps; 0 if that cannot be told.
  [[nodiscard]] double horizonSteps(StateCell cell) const noexcept;

  // Clamped to the layer.
  void follow(StateCell cell);
  [[nodiscard]] StateCell followed() const noexcept { return followed_; }

  [[nodiscard]] const StepCurve& curve(int which) const {
    return curves_[static_cast<std::size_t>(which)];
  }
  // Column k is step firstColumn() + k. Colours are the view's.
  [[nodiscard]] ScrollingImage& dtPicture() { return *dt_picture_; }
  [[nodiscard]] ScrollingImage& gatePicture() { return *gate_picture_; }
  [[nodiscard]] std::int64_t firstColumn() const noexcept { return first_column_; }

  // The heat map's colours end at plus and minus this.
  [[nodiscard]] float range() const noexcept { return range_.value(); }

 private:
  void forget();
  void addColumns(const StateSnapshot& snapshot);
  void takeFollowed(const StateSnapshot& snapshot);

  StateLayout layout_;
  StateFocus focus_;
  int kept_ = 1;
  std::vector<StateSnapshot> steps_;  // [kept], ring by step number
  std::int64_t newest_ = 0;
  std::vector<StepCurve> curves_;  // [kRms + layers]
  std::optional<ScrollingImage> dt_picture_;
  std::optional<ScrollingImage> gate_picture_;
  std::int64_t first_column_ = 1;
  std::vector<std::uint8_t> column_;  // [d_inner]
  std::size_t stride_ = 1;
  std::vector<float> magnitudes_;  // of every stride_-th cell
  SmoothRange range_{1.0, 1.0F};
  StateCell followed_;
  std::optional<FixedTwin> twin_;
  bool frozen_ = false;
  std::optional<std::int64_t> inspected_;
  std::uint64_t revision_ = 0;
};

}  // namespace hiss
