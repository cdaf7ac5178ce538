// SPDX-License-Identifier: Apache-2.0
#include "dsp/spectrogram.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "dsp/window.h"

namespace hiss {
namespace {

const float kSilencePower = std::pow(10.0F, Spectrogram::kSilenceDb / 10.0F);

}  // namespace

void Spectrogram::prepare(int n_fft, int hop) {
  const StftConfig config{n_fft, hop, n_fft};
  analyzer_.prepare(config);
  waiting_.resize(static_cast<std::size_t>(hop));
  spectrum_.resize(static_cast<std::size_t>(config.bins()));
  column_.resize(static_cast<std::size_t>(config.bins()));
  config_ = config;
  filled_ = 0;
  // A sine of amplitude 1 has |X| = sum(w) / 2 on its bin.
  double sum = 0.0;
  for (const float w : sqrtHann(n_fft)) sum += static_cast<double>(w);
  scale_ = static_cast<float>(4.0 / (sum * sum));
}

void Spectrogram::reset() noexcept HISS_NONBLOCKING {
  analyzer_.reset();
  filled_ = 0;
}

int Spectrogram::fill(const float* in, int n) noexcept HISS_NONBLOCKING {
  const int count = std::min(n, config_.hop - filled_);
  for (int i = 0; i < count; ++i) waiting_[filled_ + i] = std::isfinite(in[i]) ? in[i] : 0.0F;
  filled_ += count;
  return count;
}

void Spectrogram::computeColumn() noexcept HISS_NONBLOCKING {
  analyzer_.analyze(waiting_.data(), spectrum_.data());
  filled_ = 0;
  for (int k = 0; k < config_.bins(); ++k) {
    const float power = std::norm(spectrum_[k]) * scale_;
    column_[k] = 10.0F * std::log10(std::max(power, kSilencePower));
  }
}

void SpectrogramPicture::prepare(int bins, int max_columns, Pooling pooling) {
  if (bins <= 0 || max_columns <= 0 || max_columns % 2 != 0) {
    throw std::invalid_argument("spectrogram picture: impossible size");
  }
  cells_.assign(static_cast<std::size_t>(bins) * static_cast<std::size_t>(max_columns), 0.0);
  bins_ = bins;
  max_columns_ = max_columns;
  pooling_ = pooling;
  per_cell_ = 1;
  added_ = 0;
}

void SpectrogramPicture::addColumn(const float* column_db) noexcept {
  const auto combine = [this](double a, double b) {
    return pooling_ == Pooling::kMax ? std::max(a, b) : a + b;
  };
  if (added_ == per_cell_ * max_columns_) {
    for (int c = 0; c < max_columns_; c += 2) {
      const double* left = cells_.data() + static_cast<std::ptrdiff_t>(c) * bins_;
      double* to = cells_.data() + static_cast<std::ptrdiff_t>(c / 2) * bins_;
      for (int k = 0; k < bins_; ++k) to[k] = combine(left[k], left[k + bins_]);
    }
    std::fill(cells_.begin() + static_cast<std::ptrdiff_t>(cells_.size() / 2), cells_.end(), 0.0);
    per_cell_ *= 2;
  }
  double* cell = cells_.data() + (added_ / per_cell_) * bins_;
  for (int k = 0; k < bins_; ++k) {
    cell[k] = combine(cell[k], std::pow(10.0, static_cast<double>(column_db[k]) / 10.0));
  }
  ++added_;
}

int SpectrogramPicture::columns() const noexcept {
  return static_cast<int>((added_ + per_cell_ - 1) / per_cell_);
}

void SpectrogramPicture::column(int i, std::span<float> out) const noexcept {
  const std::int64_t in_cell = std::min(per_cell_, added_ - i * per_cell_);
  const double divisor = pooling_ == Pooling::kMean ? static_cast<double>(in_cell) : 1.0;
  const double* cell = cells_.data() + static_cast<std::ptrdiff_t>(i) * bins_;
  for (int k = 0; k < bins_; ++k) {
    const double power = std::max(cell[k] / divisor, static_cast<double>(kSilencePower));
    out[k] = static_cast<float>(10.0 * std::log10(power));
  }
}

float SpectrogramPicture::loudestDb() const {
  float loudest = Spectrogram::kSilenceDb;
  std::vector<float> values(static_cast<std::size_t>(bins_));
  for (int i = 0; i < columns(); ++i) {
    column(i, values);
    loudest = std::max(loudest, *std::max_element(values.begin(), values.end()));
  }
  return loudest;
}

}  // namespace hiss
