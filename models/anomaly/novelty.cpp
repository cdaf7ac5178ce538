// SPDX-License-Identifier: Apache-2.0
#include "models/anomaly/novelty.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <stdexcept>
#include <string>
#include <utility>

namespace hiss {
namespace {

constexpr std::int32_t kNoScale = 1 << 20;
// A distance of the farthest values is a finite double.
constexpr int kLeastExponent = -1000;
constexpr int kMostExponent = 990;
// Values of the buffer are kept within these, so that sums of their squares stay floats.
constexpr float kFarthest = 0x1p30f;
constexpr float kLarge = 0x1p20f;
constexpr float kSmall = 0x1p-20f;
constexpr float kNegligible = 0x1p-100f;
// The offset moves when values lie more than so many times their range from it.
constexpr float kFarOffset = 16.0f;
// Values that fit beyond those needed: a buffer is moved to its start when these are used up.
constexpr int kSlack = 24;
// Until a channel has shown so many values, its unit follows each of them.
constexpr int kFirstValues = 64;

void fail(const std::string& field, int expected, int found) {
  throw std::invalid_argument("NoveltyConfig: " + field + ": expected at least " +
                              std::to_string(expected) + ", found " + std::to_string(found));
}

int limitedExponent(int exponent) noexcept HISS_NONBLOCKING {
  return std::clamp(exponent, kLeastExponent, kMostExponent);
}

// One view alone does not shout the others down: beyond a thousandth of the rows its voice grows
// with the logarithm of its evidence only, still without bound.
float voice(float evidence) noexcept HISS_NONBLOCKING {
  constexpr float kPlain = 3.0f;
  return evidence <= kPlain ? evidence : kPlain + std::log10(1.0f + (evidence - kPlain));
}

}  // namespace

std::vector<NoveltyView> NoveltyConfig::defaultViews() {
  std::vector<NoveltyView> views;
  for (const auto& [rows, length] :
       {std::pair{1, 3}, {1, 8}, {1, 24}, {4, 8}, {4, 24}, {16, 8}, {16, 24}}) {
    for (const bool shaped : {false, true}) views.push_back({rows, length, shaped});
  }
  return views;
}

NoveltyExpert::NoveltyExpert(int channels, const NoveltyConfig& config, const Kernels& kernels)
    : kernels_(kernels), config_(config), channels_(channels) {
  if (channels < 1) fail("channels", 1, channels);
  if (config.views.empty()) fail("views", 1, 0);
  std::vector<NoveltyView> views = config.views;
  std::stable_sort(views.begin(), views.end(), [](const NoveltyView& a, const NoveltyView& b) {
    return std::pair(a.rows_per_value, a.length) < std::pair(b.rows_per_value, b.length);
  });
  std::size_t most_windows = 0;
  for (const NoveltyView& view : views) {
    if (view.rows_per_value < 1) fail("views.rows_per_value", 1, view.rows_per_value);
    if (view.length < 1) fail("views.length", 1, view.length);
    if (config.history < view.length) fail("history", view.length, config.history);
    if (levels_.empty() || levels_.back().rows_per_value != view.rows_per_value) {
      levels_.push_back({view.rows_per_value, {}, {}, views_, 0, 0, 0});
    }
    Level& level = levels_.back();
    if (level.lengths.empty() || level.lengths.back() != view.length) {
      level.lengths.push_back(view.length);
    }
    level.views.push_back({static_cast<int>(level.lengths.size()) - 1, view.shaped});
    ++views_;
    most_windows = std::max(most_windows, level.lengths.size());
  }
  for (Level& level : levels_) {
    level.keep = config.history + level.lengths.back();
    level.capacity = paddedCount(level.keep + kSlack);
    level.first_float = floats_;
    floats_ += level.capacity;
    // From when on most views speak: those of the finest level have warmed up, and those of the
    // others have something to compare.
    const int needed = 2 * level.lengths.front() * level.rows_per_value;
    warm_up_rows_ = std::max(warm_up_rows_, needed);
  }
  warm_up_rows_ += static_cast<int>(std::ceil(config.warm_up_rows));
  const auto n = static_cast<std::size_t>(channels);
  values_.resize(n * static_cast<std::size_t>(floats_));
  states_.resize(n * levels_.size());
  for (std::size_t c = 0; c < n; ++c) {
    for (const Level& level : levels_) {
      const auto rows = static_cast<float>(level.rows_per_value);
      const TailConfig tail{std::max(config.effective_rows / rows, 2.0f),
                            std::max(config.warm_up_rows / rows, 24.0f)};
      tails_.insert(tails_.end(), level.views.size(), TailEvidence(tail));
    }
  }
  held_.resize(n * static_cast<std::size_t>(views_));
  missed_.resize(n);
  least_.resize(2 * most_windows);
  reset();
}

void NoveltyExpert::reset() noexcept HISS_NONBLOCKING {
  values_.fill(0.0f);
  LevelState fresh;
  fresh.exponent = kNoScale;
  std::fill(states_.begin(), states_.end(), fresh);
  for (TailEvidence& tail : tails_) tail.reset();
  std::fill(held_.begin(), held_.end(), 0.0f);
  std::fill(missed_.begin(), missed_.end(), 0);
}

std::size_t NoveltyExpert::stateBytesPerChannel() const noexcept {
  return static_cast<std::size_t>(floats_) * sizeof(float) + levels_.size() * sizeof(LevelState) +
         static_cast<std::size_t>(views_) * (sizeof(TailEvidence) + sizeof(float)) +
         sizeof(std::int32_t);
}

void NoveltyExpert::step(std::span<const ChannelRow> rows,
                         std::span<ChannelOpinion> opinions) noexcept HISS_NONBLOCKING {
  for (std::size_t c = 0; c < static_cast<std::size_t>(channels_); ++c) {
    stepChannel(c, rows[c], opinions[c]);
  }
}

void NoveltyExpert::stepChannel(std::size_t channel, const ChannelRow& row,
                                ChannelOpinion& opinion) noexcept HISS_NONBLOCKING {
  opinion = {};
  std::int32_t& missed = missed_[channel];
  if (row.missing) {
    missed = std::min(missed + 1, config_.longest_joined_gap + 1);
    return;
  }
  // Rows that were never sent are missing as well.
  const bool late = double{row.log_step} > std::log(config_.longest_joined_gap + 1.5);
  const bool gap = missed > config_.longest_joined_gap || late;
  missed = 0;

  float* held = held_.data() + channel * static_cast<std::size_t>(views_);
  const float weight = row.quiet ? config_.quiet_weight : 1.0f;
  for (std::size_t i = 0; i < levels_.size(); ++i) {
    const Level& level = levels_[i];
    LevelState& state = states_[channel * levels_.size() + i];
    if (gap) {
      state.sum = 0.0;
      state.rows = 0;
      state.since_gap = 0;
    }
    state.sum += row.value / level.rows_per_value;
    if (++state.rows < level.rows_per_value) continue;
    float* values =
        values_.data() + channel * static_cast<std::size_t>(floats_) + level.first_float;
    push(level, state, values, state.sum);
    state.sum = 0.0;
    state.rows = 0;
    look(level, state, values, weight,
         tails_.data() + channel * static_cast<std::size_t>(views_) + level.first_view,
         held + level.first_view);
  }
  // In a fixed order, so that the sum is the same to the bit.
  float sum = 0.0f;
  for (int v = 0; v < views_; ++v) sum += held[v];
  opinion.evidence = sum / static_cast<float>(views_);
}

void NoveltyExpert::push(const Level& level, LevelState& state, float* values,
                         double value) noexcept HISS_NONBLOCKING {
  if (state.end == 0) state.base = value;
  if (state.end == level.capacity) compact(level, state, values);
  // A quarter of the difference: the whole of it may be more than a double holds.
  const double quarter = value * 0.25 - state.base * 0.25;
  float relative = 0.0f;
  if (quarter != 0.0) {
    const int magnitude = std::ilogb(quarter) + 2;
    if (state.exponent == kNoScale) state.exponent = limitedExponent(magnitude);
    if (state.end < kFirstValues && magnitude > state.exponent + 20) {
      const int up = limitedExponent(magnitude) - state.exponent;
      for (int i = 0; i < state.end; ++i) values[i] = std::ldexp(values[i], -up);
      state.exponent += up;
    }
    const double scaled = std::ldexp(quarter, 2 - state.exponent);
    relative = static_cast<float>(std::clamp(scaled, -double{kFarthest}, double{kFarthest}));
    if (std::fabs(relative) < kNegligible) relative = 0.0f;
  }
  values[state.end++] = relative;
  state.since_gap = std::min(state.since_gap + 1, level.keep);
}

// Moves the values that are still needed to the start of the buffer, and their offset and unit to
// where floats are precise. Both moves lose nothing but what is far below the range of the values:
// values near an offset are subtracted exactly, and units are powers of two.
void NoveltyExpert::compact(const Level& level, LevelState& state,
                            float* values) noexcept HISS_NONBLOCKING {
  const int n = level.keep - 1;
  std::copy(values + state.end - n, values + state.end, values);
  state.end = n;
  if (state.exponent == kNoScale) return;
  float low = values[0];
  float high = values[0];
  for (int i = 1; i < n; ++i) {
    low = std::min(low, values[i]);
    high = std::max(high, values[i]);
  }
  float most = std::max(std::fabs(low), std::fabs(high));
  if (most > kFarOffset * (high - low)) {
    const float offset = values[n - 1];
    const double base = state.base + std::ldexp(double{offset}, state.exponent);
    if (std::isfinite(base)) {
      state.base = base;
      for (int i = 0; i < n; ++i) values[i] -= offset;
      most = std::max(std::fabs(low - offset), std::fabs(high - offset));
    }
  }
  if (most > kLarge || (most > 0.0f && most < kSmall)) {
    const int up = limitedExponent(state.exponent + std::ilogb(most)) - state.exponent;
    for (int i = 0; i < n; ++i) {
      values[i] = std::ldexp(values[i], -up);
      if (std::fabs(values[i]) < kNegligible) values[i] = 0.0f;
    }
    state.exponent += up;
  } else if (most == 0.0f) {
    state.exponent = kNoScale;  // the next difference chooses it
  }
}

void NoveltyExpert::look(const Level& level, const LevelState& state, const float* values,
                         float weight, TailEvidence* tails, float* held) noexcept HISS_NONBLOCKING {
  const int n = std::min(state.end, level.keep);
  const std::size_t windows = level.lengths.size();
  float* least = least_.data();
  kernels_.nearestWindows({values + state.end - n, n, config_.history, level.lengths.data(),
                           static_cast<int>(windows), least, least + windows});
  for (std::size_t v = 0; v < level.views.size(); ++v) {
    const Level::View& view = level.views[v];
    const auto window = static_cast<std::size_t>(view.window);
    const int length = level.lengths[window];
    held[v] = 0.0f;
    // Nothing to compare with yet, or the window has a gap in it.
    if (n < 2 * length || state.since_gap < length) continue;
    const float found = least[view.shaped ? windows + window : window];
    const int exponent = state.exponent == kNoScale ? 0 : state.exponent;
    const double distance = std::ldexp(std::sqrt(double{found} / length), exponent);
    held[v] = voice(tails[v].step(distance, weight));
  }
}

void NoveltyExpert::save(StateWriter& writer) const {
  writer.floats(values_.span());
  for (const LevelState& state : states_) {
    writer.doubles(std::array{state.base, state.sum});
    for (const std::int32_t number :
         {state.exponent - kLeastExponent, state.rows, state.end, state.since_gap}) {
      writer.integer(static_cast<std::uint64_t>(number));
    }
  }
  for (const TailEvidence& tail : tails_) tail.save(writer);
  writer.floats(held_);
  for (const std::int32_t missed : missed_) writer.integer(static_cast<std::uint64_t>(missed));
}

void NoveltyExpert::load(StateReader& reader) {
  const auto number = [&](const char* field, std::int32_t most) {
    return static_cast<std::int32_t>(reader.integer(field, static_cast<std::uint64_t>(most)));
  };
  reader.floats(values_.span());
  for (const float value : values_) {
    if (std::fabs(value) > 4.0f * kFarthest) {
      throw std::runtime_error("saved state: history: expected limited values, found larger ones");
    }
  }
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const Level& level = levels_[i % levels_.size()];
    LevelState& state = states_[i];
    std::array<double, 2> sums{};
    reader.doubles(sums);
    state.base = sums[0];
    state.sum = sums[1];
    state.exponent = number("exponent", kNoScale - kLeastExponent) + kLeastExponent;
    state.rows = number("rows of a block", level.rows_per_value - 1);
    state.end = number("values", level.capacity);
    state.since_gap = number("values since a gap", level.keep);
  }
  for (TailEvidence& tail : tails_) tail.load(reader);
  reader.floats(held_);
  for (std::int32_t& missed : missed_) missed = number("gap", config_.longest_joined_gap + 1);
}

}  // namespace hiss
