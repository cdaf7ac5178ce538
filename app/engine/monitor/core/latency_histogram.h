// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace hiss {

// Counts times in ns in classes an eighth of an octave wide, for quantiles to within 12 %. Two
// halves, so that what is long past goes: rotate() drops the older one. Not thread-safe.
class LatencyHistogram {
 public:
  void add(std::int64_t ns) { ++newer_[classOf(ns)]; }
  void rotate() {
    older_ = newer_;
    newer_.fill(0);
  }
  // Seconds; 0 if nothing was counted. `share`: 0 to 1.
  [[nodiscard]] double quantile(double share) const {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < kClasses; ++i) all += newer_[i] + older_[i];
    if (all == 0) return 0.0;
    const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(all - 1));
    std::uint64_t seen = 0;
    std::size_t at = 0;
    for (; at + 1 < kClasses; ++at) {
      seen += newer_[at] + older_[at];
      if (seen > rank) break;
    }
    return upperNs(at) / 1e9;
  }

 private:
  static constexpr unsigned kBits = 3;
  static constexpr std::size_t kClasses = std::size_t{64} << kBits;

  static std::size_t classOf(std::int64_t ns) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(ns, 0));
    const auto width = static_cast<unsigned>(std::bit_width(value));
    if (width <= kBits) return value;
    return ((width - kBits) << kBits) + ((value >> (width - kBits - 1)) & ((1U << kBits) - 1));
  }
  // The end of a class.
  static double upperNs(std::size_t number) {
    const std::size_t octave = number >> kBits;
    const auto step = static_cast<double>(number & ((1U << kBits) - 1));
    if (octave == 0) return step;
    const double begin = static_cast<double>(std::uint64_t{1} << (octave + kBits - 1));
    return begin * (1.0 + (step + 1.0) / static_cast<double>(1U << kBits));
  }

  std::array<std::uint64_t, kClasses> newer_ = {};
  std::array<std::uint64_t, kClasses> older_ = {};
};

}  // namespace hiss
