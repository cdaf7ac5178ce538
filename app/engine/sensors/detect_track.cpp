// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "app/engine/sensors/detect_plot.h"

namespace hiss {
namespace {

double least(double a, double b) { return std::fmin(a, b); }     // of two numbers the number,
double greatest(double a, double b) { return std::fmax(a, b); }  // if one is NaN

void merge(DetectTrack::Range& into, const DetectTrack::Range& other) {
  into.low = least(into.low, other.low);
  into.high = greatest(into.high, other.high);
  into.band_low = least(into.band_low, other.band_low);
  into.band_high = greatest(into.band_high, other.band_high);
  into.blame = std::max(into.blame, other.blame);
}

void merge(DetectTrack::Column& into, const DetectTrack::Column& other) {
  into.score = std::max(into.score, other.score);
  into.anomaly = into.anomaly || other.anomaly;
  into.no_data = into.no_data || other.no_data;
  into.warming_up = into.warming_up && other.warming_up;
  if (!into.stamp_ns) into.stamp_ns = other.stamp_ns;
}

double finiteOr(double value, double other) { return std::isfinite(value) ? value : other; }

}  // namespace

DetectTrack::DetectTrack(std::size_t channels) : channels_(std::min(channels, kMostChannels)) {}

void DetectTrack::add(const SensorRow& row, const WatchedRow& watched,
                      std::span<const ChannelVerdict> verdicts) {
  if (rows_ == per_column_ * kMostColumns) pool();
  if (rows_ % per_column_ == 0) {
    columns_.emplace_back();
    ranges_.resize(ranges_.size() + channels_);
  }
  ++rows_;
  Column column;
  column.score = finiteOr(watched.alert.score, 0.0);
  column.anomaly = watched.alert.kind == AlertKind::kAnomaly;
  column.no_data = watched.alert.kind == AlertKind::kNoData;
  column.warming_up = watched.verdict.warming_up;
  column.stamp_ns = row.stamp_ns;
  merge(columns_.back(), column);
  Range* const ranges = ranges_.data() + (columns_.size() - 1) * channels_;
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t c = 0; c < channels_; ++c) {
    Range range;
    range.low = range.high = finiteOr(row.values[c], nan);
    range.band_low = finiteOr(static_cast<double>(verdicts[c].low), nan);
    range.band_high = finiteOr(static_cast<double>(verdicts[c].high), nan);
    range.blame = column.anomaly ? static_cast<double>(verdicts[c].share) : 0.0;
    merge(ranges[c], range);
  }
}

void DetectTrack::pool() {
  const std::size_t half = columns_.size() / 2;
  for (std::size_t i = 0; i < half; ++i) {
    Column column = columns_[2 * i];
    merge(column, columns_[2 * i + 1]);
    columns_[i] = column;
    for (std::size_t c = 0; c < channels_; ++c) {
      Range range = ranges_[2 * i * channels_ + c];
      merge(range, ranges_[(2 * i + 1) * channels_ + c]);
      ranges_[i * channels_ + c] = range;
    }
  }
  columns_.resize(half);
  ranges_.resize(half * channels_);
  per_column_ *= 2;
}

}  // namespace hiss
