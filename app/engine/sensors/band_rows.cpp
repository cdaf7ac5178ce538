// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/band_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <numeric>

#include "app/engine/aligned_stream.h"
#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr double kLowestHz = 30.0;
constexpr double kHighestHz = 20000.0;
constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr int kPlacesOfTime = 4;  // a sixteenth is 0.0625

double melOf(double hz) { return 2595.0 * std::log10(1.0 + hz / 700.0); }
double hzOf(double mel) { return 700.0 * (std::pow(10.0, mel / 2595.0) - 1.0); }

SoundFileReader openSound(const std::filesystem::path& path, bool allow_truncated) {
  if (path == "-") {
    return SoundFileReader(ByteFile::openStandardInput(), "standard input", allow_truncated);
  }
  return SoundFileReader(path, allow_truncated);
}

}  // namespace

BandRows::BandRows(const std::filesystem::path& path, bool allow_truncated)
    : reader_(openSound(path, allow_truncated)), fft_(4) {
  requireProcessable(reader_);
  const int rate = reader_.spec().sample_rate_hz;
  const auto channels = static_cast<std::size_t>(reader_.spec().channels);
  window_ = rate * 2 / kRowsPerSecond;
  fft_ = RealFft(static_cast<int>(std::bit_ceil(static_cast<unsigned>(window_))));
  history_.assign(channels, std::vector<float>(static_cast<std::size_t>(window_)));
  block_.assign(channels, std::vector<float>(static_cast<std::size_t>(rate / kRowsPerSecond + 1)));
  input_.resize(static_cast<std::size_t>(fft_.size()));
  spectrum_.resize(static_cast<std::size_t>(fft_.bins()));
  power_.resize(spectrum_.size());
  taper_.resize(static_cast<std::size_t>(window_));
  double energy = 0.0;
  for (int i = 0; i < window_; ++i) {
    const double value = std::sin(std::numbers::pi * (i + 0.5) / window_);
    taper_[i] = static_cast<float>(value);
    energy += value * value;
  }
  // A sine of amplitude 1 has 0 dB over all bands.
  scale_ = 4.0 / (energy * fft_.size() * static_cast<double>(channels));
  nameBands();
}

void BandRows::nameBands() {
  const double rate = reader_.spec().sample_rate_hz;
  const double top = melOf(std::min(kHighestHz, 0.5 * rate));
  const double bottom = melOf(kLowestHz);
  std::array<double, kBands + 1> hz{};
  for (int b = 0; b <= kBands; ++b) {
    hz[b] = hzOf(bottom + (top - bottom) * b / kBands);
    const int bin = static_cast<int>(std::lround(hz[b] / rate * fft_.size()));
    edges_[b] = std::min(bin, fft_.bins());
    // A band has at least one bin.
    if (b > 0) edges_[b] = std::max(edges_[b], edges_[b - 1] + 1);
  }
  for (int b = 0; b < kBands; ++b) {
    names_.push_back(fmt::format("{:.0f}-{:.0f} Hz", hz[b], hz[b + 1]));
  }
}

// Moves the window on to the end of the next sixteenth of a second; false at the end.
bool BandRows::readSixteenth() {
  const std::int64_t rate = reader_.spec().sample_rate_hz;
  // Ends of rows are rounded down to samples, so that they stay in time at every rate.
  const auto wanted =
      static_cast<int>((rows_ + 1) * rate / kRowsPerSecond - rows_ * rate / kRowsPerSecond);
  int have = 0;
  std::vector<float*> places;
  while (have < wanted) {
    places.clear();
    for (auto& channel : block_) places.push_back(channel.data() + have);
    const int n = reader_.read(places.data(), wanted - have);
    if (n == 0) return false;
    have += n;
  }
  for (std::size_t c = 0; c < block_.size(); ++c) {
    auto& history = history_[c];
    std::copy(history.begin() + wanted, history.end(), history.begin());
    std::copy_n(block_[c].begin(), wanted, history.end() - wanted);
  }
  return true;
}

void BandRows::analyze(std::vector<double>& levels) {
  std::fill(power_.begin(), power_.end(), 0.0);
  for (const auto& history : history_) {
    for (int i = 0; i < window_; ++i) input_[i] = history[i] * taper_[i];
    fft_.forward(input_.data(), spectrum_.data());
    for (std::size_t k = 0; k < power_.size(); ++k) {
      power_[k] += static_cast<double>(std::norm(spectrum_[k]));
    }
  }
  for (int b = 0; b < kBands; ++b) {
    const double power =
        scale_ * std::accumulate(power_.begin() + edges_[b], power_.begin() + edges_[b + 1], 0.0);
    levels[b] = std::max(kSilenceDb, 10.0 * std::log10(std::max(power, 1e-30)));
  }
}

bool BandRows::next(SensorRow& row) {
  if (!readSixteenth()) {
    if (rows_ > 0) return false;
    throw Failure(FailureKind::kInput, reader_.name(), "at least 1/16 s of sound", "less");
  }
  ++rows_;
  row.values.resize(kBands);
  analyze(row.values);
  row.time = fmt::format("{:.{}f}", static_cast<double>(rows_) / kRowsPerSecond, kPlacesOfTime);
  row.stamp_ns = rows_ * kSecondNs / kRowsPerSecond;
  return true;
}

}  // namespace hiss
