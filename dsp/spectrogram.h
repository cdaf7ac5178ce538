// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "dsp/stft.h"

namespace hiss {

// Turns samples, in blocks of any length, into columns of power in dBFS, one a hop: a sine of
// amplitude 1 on a bin centre reads 0 dB there (sqrt-Hann window). Column t covers the last n_fft
// samples up to sample (t + 1) hop. Not thread-safe: one instance per channel.
class Spectrogram {
 public:
  static constexpr float kSilenceDb = -160.0F;

  // Throws std::invalid_argument unless 2 hop <= n_fft, hop divides n_fft and n_fft fits RealFft.
  // [main-thread]
  void prepare(int n_fft, int hop);

  // in [n]; `column_fn` is called as column_fn(const float* column_db /*[bins]*/) for each hop that
  // the block completes. Non-finite samples count as silence. [audio-thread]
  template <class F>
  void process(const float* in, int n, F&& column_fn) noexcept(noexcept(column_fn(in))) {
    while (n > 0) {
      const int taken = fill(in, n);
      in += taken;
      n -= taken;
      if (filled_ == config_.hop) {
        computeColumn();
        column_fn(static_cast<const float*>(column_.data()));
      }
    }
  }

  // Forgets the past. [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;

  int bins() const noexcept HISS_NONBLOCKING { return config_.bins(); }

 private:
  int fill(const float* in, int n) noexcept HISS_NONBLOCKING;
  void computeColumn() noexcept HISS_NONBLOCKING;

  StftConfig config_;
  StftAnalyzer analyzer_;
  AlignedBuffer<float> waiting_;                 // [hop]
  AlignedBuffer<std::complex<float>> spectrum_;  // [bins]
  AlignedBuffer<float> column_;                  // [bins], dB
  int filled_ = 0;
  float scale_ = 0.0F;  // |spectrum|^2 to power re full scale
};

// Keeps a picture of any number of columns in fixed memory, so that a recording of hours can be
// plotted: once max_columns are used, neighbours are pooled in pairs and every later cell takes
// twice as many columns. Not real-time: `addColumn` is cheap but the picture is for offline use.
class SpectrogramPicture {
 public:
  enum class Pooling { kMax, kMean };  // kMean averages power, not decibels

  // Throws std::invalid_argument unless bins > 0 and max_columns is even and positive.
  // [main-thread]
  void prepare(int bins, int max_columns, Pooling pooling);

  // column_db [bins]
  void addColumn(const float* column_db) noexcept;

  // Columns of the picture: more than half of max_columns as soon as that many were added.
  int columns() const noexcept;
  int bins() const noexcept { return bins_; }
  // Input columns in a full cell; the last cell may hold fewer.
  std::int64_t columnsPerCell() const noexcept { return per_cell_; }
  std::int64_t columnsAdded() const noexcept { return added_; }

  // Column `i` in dBFS, written to out [bins].
  void column(int i, std::span<float> out) const noexcept;

  // The loudest value of all columns in dBFS; Spectrogram::kSilenceDb without columns. Allocates.
  float loudestDb() const;

 private:
  int bins_ = 0;
  int max_columns_ = 0;
  Pooling pooling_ = Pooling::kMax;
  std::vector<double> cells_;  // [max_columns, bins], power: the maximum or the sum
  std::int64_t per_cell_ = 1;
  std::int64_t added_ = 0;
};

}  // namespace hiss
