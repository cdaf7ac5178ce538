// SPDX-License-Identifier: Apache-2.0
#include "ui/live/live_track.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "dsp/colour_map.h"

namespace hiss {
namespace {

constexpr double kWindow = 0.04;  // s of a column's spectrum, about
constexpr int kHopsPerWindow = 4;
constexpr int kMostFft = 8192;
constexpr int kLeastFft = 256;
constexpr int kWaveRows = 97;  // odd: silence is one row
constexpr std::uint8_t kNoisyValue = 128;
constexpr std::uint8_t kCleanValue = 255;
constexpr std::size_t kPiece = 4096;
constexpr float kStepsPerDb = 2.0F;
constexpr float kTopDb = -20.0F;  // of the colours; one bin of speech is hardly ever louder
constexpr float kRangeDb = 80.0F;

std::uint8_t toByte(float db) {
  return static_cast<std::uint8_t>(std::clamp(255.0F + kStepsPerDb * db, 0.0F, 255.0F));
}

float toDb(std::uint8_t byte) { return (static_cast<float>(byte) - 255.0F) / kStepsPerDb; }

std::array<QRgb, 256> levelColours() {
  std::array<QRgb, 256> colours{};
  for (std::size_t i = 0; i < colours.size(); ++i) {
    const float db = toDb(static_cast<std::uint8_t>(i));
    const Rgb colour = sequential(1.0F + (db - kTopDb) / kRangeDb);
    colours[i] = qRgb(colour.r, colour.g, colour.b);
  }
  return colours;
}

int fftFor(int rate_hz) {
  int n = kLeastFft;
  while (n < kMostFft && n * 1.4 < kWindow * rate_hz) n *= 2;
  return n;
}

int waveRow(float amplitude) {
  const float root = std::copysign(std::sqrt(std::min(std::abs(amplitude), 1.0F)), amplitude);
  return static_cast<int>(std::lround(0.5F * (1.0F + root) * (kWaveRows - 1)));
}

}  // namespace

LiveTrack::LiveTrack() : wave_(kWaveRows, 1), bytes_(kWaveRows) {
  for (int side = 0; side < kSides; ++side) spectrograms_.emplace_back(1, 1);
}

double LiveTrack::columnSeconds() const noexcept {
  return isEmpty() ? 0.0 : static_cast<double>(hop_) / stream_.sample_rate_hz;
}

double LiveTrack::endSeconds() const noexcept {
  return (static_cast<double>(columns()) - zero_column_) * columnSeconds();
}

std::optional<float> LiveTrack::levelDb(Side side, double seconds, double hz) const {
  if (isEmpty()) return std::nullopt;
  const ScrollingImage& image = spectrograms_[static_cast<std::size_t>(side)];
  const auto column =
      static_cast<std::int64_t>(std::floor(seconds / columnSeconds() + zero_column_));
  const auto row = static_cast<int>(std::lround(hz / maxHz() * (image.rows() - 1)));
  const auto kept = static_cast<std::int64_t>(kKeptSeconds / columnSeconds());
  if (column < std::max<std::int64_t>(0, image.columns() - kept) || column >= image.columns() ||
      row < 0 || row >= image.rows()) {
    return std::nullopt;
  }
  return toDb(image.value(column, row));
}

void LiveTrack::setWaveColours(QRgb background, QRgb noisy, QRgb clean) {
  wave_colours_.fill(background);
  wave_colours_[kNoisyValue] = noisy;
  wave_colours_[kCleanValue] = clean;
  wave_.setColours(wave_colours_);
}

void LiveTrack::add(const LiveStream& stream, std::span<const float> pairs) {
  if (stream.number != stream_.number) begin(stream);
  if (stream.lost > stream_.lost) skip(stream.lost - stream_.lost);
  if (stream.begin > stream_.begin) {
    zero_column_ =
        static_cast<double>(start_) + static_cast<double>(stream.begin + held_.size()) / hop_;
  }
  stream_ = stream;
  for (std::size_t at = 0; at < pairs.size(); at += 2 * kPiece) {
    addPairs(pairs.subspan(at, std::min(2 * kPiece, pairs.size() - at)));
  }
}

void LiveTrack::begin(const LiveStream& stream) {
  const bool same_rate = stream.sample_rate_hz == stream_.sample_rate_hz;
  stream_ = stream;
  stream_.lost = stream_.begin = 0;
  const int n_fft = fftFor(stream.sample_rate_hz);
  hop_ = n_fft / kHopsPerWindow;
  for (Spectrogram& analyser : analysers_) analyser.prepare(n_fft, hop_);
  if (!same_rate) {
    const auto kept = static_cast<int>(std::ceil(kKeptSeconds / columnSeconds()));
    spectrograms_.clear();
    for (int side = 0; side < kSides; ++side) {
      spectrograms_.emplace_back(analysers_[side].bins(), kept);
      spectrograms_.back().setColours(levelColours());
    }
    wave_ = ScrollingImage(kWaveRows, kept);
    wave_.setColours(wave_colours_);
  }
  bytes_.resize(static_cast<std::size_t>(std::max(analysers_[0].bins(), kWaveRows)));
  in_column_ = 0;
  extents_.fill(Extent());
  held_.assign(static_cast<std::size_t>(stream.latency_samples), 0.0F);
  held_at_ = 0;
  start_ = columns();
  zero_column_ = static_cast<double>(start_) + static_cast<double>(held_.size()) / hop_;
}

// What nobody fetched in time is drawn as silence.
void LiveTrack::skip(std::uint64_t samples) {
  const auto most = static_cast<std::uint64_t>(kKeptSeconds * stream_.sample_rate_hz);
  const std::vector<float> silence(2 * kPiece, 0.0F);
  for (std::uint64_t left = std::min(samples, most); left > 0;) {
    const auto n = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPiece));
    addPairs(std::span(silence).first(2 * n));
    left -= n;
  }
}

void LiveTrack::addPairs(std::span<const float> pairs) {
  const std::size_t n = pairs.size() / 2;
  noisy_.resize(n);
  clean_.resize(n);
  for (std::size_t i = 0; i < n; ++i) {
    clean_[i] = pairs[2 * i + 1];
    noisy_[i] = pairs[2 * i];
    if (held_.empty()) continue;
    std::swap(noisy_[i], held_[held_at_]);
    held_at_ = held_at_ + 1 == held_.size() ? 0 : held_at_ + 1;
  }
  const std::array<const std::vector<float>*, kSides> sides{&noisy_, &clean_};
  for (std::size_t side = 0; side < kSides; ++side) {
    ScrollingImage& image = spectrograms_[side];
    const auto rows = static_cast<std::size_t>(image.rows());
    analysers_[side].process(sides[side]->data(), static_cast<int>(n), [&](const float* column) {
      std::transform(column, column + rows, bytes_.begin(), toByte);
      image.add(std::span(bytes_).first(rows));
    });
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t side = 0; side < kSides; ++side) {
      const float sample = (*sides[side])[i];
      extents_[side].low = std::min(extents_[side].low, sample);
      extents_[side].high = std::max(extents_[side].high, sample);
    }
    if (++in_column_ == hop_) addWaveColumn();
  }
}

void LiveTrack::addWaveColumn() {
  std::fill_n(bytes_.begin(), kWaveRows, std::uint8_t{0});
  const std::array values{kNoisyValue, kCleanValue};
  for (std::size_t side = 0; side < kSides; ++side) {
    const int low = waveRow(extents_[side].low);
    std::fill_n(bytes_.begin() + low, waveRow(extents_[side].high) - low + 1, values[side]);
    extents_[side] = Extent();
  }
  wave_.add(std::span(bytes_).first(kWaveRows));
  in_column_ = 0;
}

}  // namespace hiss
