// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "models/sensor_view.h"

namespace hiss {

// How rows of a stream lie in memory and on disk, and what is known of some of them together. All
// is for this machine's byte order.

struct PackedHead {
  std::int64_t at = 0;
  double p = 1.0;
  double score = 0.0;
  std::uint32_t alert = 0;  // its number within the stream, from 1; 0: none
  std::uint32_t flags = 0;
  static constexpr std::uint32_t kWarmingUp = 1;
  static constexpr std::uint32_t kMuted = 2;
};

// One row: the head, then a SensorCell for each channel.
inline std::size_t packedBytes(std::size_t channels) {
  return sizeof(PackedHead) + channels * sizeof(SensorCell);
}

// What some rows in a row have together.
struct RowSummary {
  struct Span {
    float least = std::numeric_limits<float>::infinity();
    float greatest = -std::numeric_limits<float>::infinity();
    float band_low = std::numeric_limits<float>::infinity();
    float band_high = -std::numeric_limits<float>::infinity();

    void include(const Span& other) {
      least = std::min(least, other.least);
      greatest = std::max(greatest, other.greatest);
      band_low = std::min(band_low, other.band_low);
      band_high = std::max(band_high, other.band_high);
    }
  };
  struct Head {
    std::int64_t first_at = std::numeric_limits<std::int64_t>::max();
    std::int64_t last_at = std::numeric_limits<std::int64_t>::min();
    float score = -std::numeric_limits<float>::infinity();
    std::uint32_t has_alert = 0;

    void include(const Head& other) {
      first_at = std::min(first_at, other.first_at);
      last_at = std::max(last_at, other.last_at);
      score = std::max(score, other.score);
      has_alert |= other.has_alert;
    }
  };
  Head head;
  std::vector<Span> spans;  // [channels]

  explicit RowSummary(std::size_t channels = 0) : spans(channels) {}

  void include(const RowSummary& other) {
    head.include(other.head);
    for (std::size_t c = 0; c < spans.size(); ++c) spans[c].include(other.spans[c]);
  }
  void clear() {
    head = {};
    std::fill(spans.begin(), spans.end(), Span{});
  }

  // A packed row.
  void includeRow(const std::byte* row) {
    PackedHead packed;
    std::memcpy(&packed, row, sizeof packed);
    head.include({packed.at, packed.at, static_cast<float>(packed.score),
                  static_cast<std::uint32_t>(packed.alert != 0)});
    row += sizeof packed;
    // Comparisons with NaN are false: what is missing changes nothing.
    for (Span& span : spans) {
      SensorCell cell;
      std::memcpy(&cell, row, sizeof cell);
      row += sizeof cell;
      const auto value = static_cast<float>(cell.value);
      if (value < span.least) span.least = value;
      if (value > span.greatest) span.greatest = value;
      if (cell.low < span.band_low) span.band_low = cell.low;
      if (cell.high > span.band_high) span.band_high = cell.high;
    }
  }

  static std::size_t bytes(std::size_t channels) { return sizeof(Head) + channels * sizeof(Span); }
  void store(std::byte* to) const {
    std::memcpy(to, &head, sizeof head);
    if (!spans.empty()) {
      std::memcpy(to + sizeof head, spans.data(), spans.size() * sizeof(Span));
    }
  }
  void load(const std::byte* from) {
    std::memcpy(&head, from, sizeof head);
    if (!spans.empty()) {
      std::memcpy(spans.data(), from + sizeof head, spans.size() * sizeof(Span));
    }
  }
};

}  // namespace hiss
