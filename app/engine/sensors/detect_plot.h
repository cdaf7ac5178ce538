// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/engine/byte_file.h"
#include "app/engine/sensors/sensor_watch.h"

namespace hiss {

// What a picture of `hiss detect` needs to know of a stream, in fixed memory whatever its length:
// for each of at most kMostColumns columns of rows the least and the greatest value, band, score
// and whether an alert was on. Once all columns are used, neighbours are pooled in pairs. Not
// thread-safe.
class DetectTrack {
 public:
  static constexpr std::size_t kMostColumns = 2400;
  // Beyond so many channels only the first ones are kept.
  static constexpr std::size_t kMostChannels = 64;

  // Of one channel; NaN: nothing.
  struct Range {
    double low = std::numeric_limits<double>::quiet_NaN();
    double high = std::numeric_limits<double>::quiet_NaN();
    double band_low = std::numeric_limits<double>::quiet_NaN();
    double band_high = std::numeric_limits<double>::quiet_NaN();
    double blame = 0.0;  // greatest share in a row with an anomaly
  };
  // Of all channels.
  struct Column {
    double score = 0.0;
    bool anomaly = false;
    bool no_data = false;
    bool warming_up = true;
    std::optional<std::int64_t> stamp_ns;  // of its first row with one
  };

  explicit DetectTrack(std::size_t channels);

  void add(const SensorRow& row, const WatchedRow& watched,
           std::span<const ChannelVerdict> verdicts);

  [[nodiscard]] std::size_t channels() const { return channels_; }
  [[nodiscard]] std::uint64_t rows() const { return rows_; }
  [[nodiscard]] std::uint64_t rowsPerColumn() const { return per_column_; }
  [[nodiscard]] std::span<const Column> columns() const { return columns_; }
  [[nodiscard]] const Range& range(std::size_t column, std::size_t channel) const {
    return ranges_[column * channels_ + channel];
  }

 private:
  void pool();

  std::size_t channels_;
  std::uint64_t rows_ = 0;
  std::uint64_t per_column_ = 1;
  std::vector<Column> columns_;
  std::vector<Range> ranges_;  // [columns, channels]
};

struct DetectPicture {
  std::string title;
  std::vector<std::string> channels;  // names
  bool has_seconds = false;           // stamps are times
  bool stamps_are_dates = false;      // and have a year
  int width_px = 1600;
  int height_px = 0;  // 0: what the lanes need
};

// Draws the values with their bands, one lane a channel (at most six, those with the greatest
// blame), the score on a logarithmic axis, and the alerts shaded. Throws Failure(kOutput) that
// calls the file `name`.
void drawDetectPlot(const DetectTrack& track, const DetectPicture& picture, ByteFile& png,
                    const std::string& name);

}  // namespace hiss
