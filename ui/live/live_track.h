// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QRgb>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dsp/spectrogram.h"
#include "ui/base/scrolling_image.h"
#include "ui/live/live_engine.h"

namespace hiss {

// Noisy and clean sound as pictures that grow: two spectrograms and a waveform, whose columns are
// of the same moments. The clean sound comes later by the denoiser's latency; the noisy one is held
// back alike, so that one stands above the other. No widget; not thread-safe.
class LiveTrack {
 public:
  enum Side { kNoisy, kClean, kSides };
  // That are kept.
  static constexpr double kKeptSeconds = 32.0;

  LiveTrack();

  // Takes what LiveEngine::takeSound gave. Pictures go on from one stream to the next, unless its
  // rate is another one.
  void add(const LiveStream& stream, std::span<const float> pairs);

  [[nodiscard]] bool isEmpty() const noexcept { return hop_ == 0; }
  [[nodiscard]] std::int64_t columns() const noexcept { return wave_.columns(); }
  [[nodiscard]] double columnSeconds() const noexcept;
  // Of the newest column, counted like the steps of the denoiser: from its beginning. Times of an
  // earlier stream are below 0.
  [[nodiscard]] double endSeconds() const noexcept;
  // At the upper edge of a spectrogram.
  [[nodiscard]] double maxHz() const noexcept { return 0.5 * stream_.sample_rate_hz; }
  // In dBFS, half a decibel exact; nothing where no picture is.
  [[nodiscard]] std::optional<float> levelDb(Side side, double seconds, double hz) const;

  ScrollingImage& spectrogram(Side side) { return spectrograms_[static_cast<std::size_t>(side)]; }
  // The noisy waveform behind the clean one, on a scale of square roots.
  ScrollingImage& wave() { return wave_; }
  void setWaveColours(QRgb background, QRgb noisy, QRgb clean);

 private:
  struct Extent {
    float low = 0.0F;
    float high = 0.0F;
  };

  void begin(const LiveStream& stream);
  void skip(std::uint64_t samples);
  void addPairs(std::span<const float> pairs);
  void addWaveColumn();

  LiveStream stream_;
  int hop_ = 0;
  std::int64_t start_ = 0;    // columns when the stream began
  double zero_column_ = 0.0;  // at second 0
  std::vector<float> held_;   // [latency], ring: noisy samples held back
  std::size_t held_at_ = 0;
  std::vector<float> noisy_;  // of one piece
  std::vector<float> clean_;
  std::array<Spectrogram, kSides> analysers_;
  std::vector<ScrollingImage> spectrograms_;
  ScrollingImage wave_;
  std::array<QRgb, 256> wave_colours_{};
  std::array<Extent, kSides> extents_;
  int in_column_ = 0;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace hiss
