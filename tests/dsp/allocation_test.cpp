// SPDX-License-Identifier: Apache-2.0
// Nothing that the audio thread calls in dsp touches the heap.
#include <gtest/gtest.h>

#include <algorithm>
#include <complex>
#include <cstdint>
#include <memory>
#include <tuple>
#include <vector>

#include "dsp/colour_map.h"
#include "dsp/hop_adapter.h"
#include "dsp/latest_value.h"
#include "dsp/level_meter.h"
#include "dsp/real_fft.h"
#include "dsp/spectrogram.h"
#include "dsp/spsc_ring.h"
#include "dsp/stft.h"
#include "tests/dsp/signals.h"
#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

TEST(Allocation, TheHookFires) {
  AllocationGuard guard;
  auto memory = std::make_unique<std::vector<float>>(100);
  memory->resize(1000);
  EXPECT_GT(guard.stop(), 0U);
}

class RealFftAllocation : public testing::TestWithParam<int> {};

TEST_P(RealFftAllocation, TransformsTakeNoMemory) {
  const auto x = test::noise(GetParam(), 30);
  RealFft fft(GetParam());
  std::vector<std::complex<float>> spectrum(static_cast<std::size_t>(fft.bins()));
  std::vector<float> y(x.size());
  AllocationGuard guard;
  fft.forward(x.data(), spectrum.data());
  fft.inverse(spectrum.data(), y.data());
  EXPECT_EQ(guard.stop(), 0U);
}

INSTANTIATE_TEST_SUITE_P(Sizes, RealFftAllocation,
                         testing::Values(4, 6, 10, 14, 30, 240, 320, 480, 512, 960, 1024, 1200,
                                         1400, 4096));

TEST(Allocation, HopsThroughStft) {
  const StftConfig config{512, 128, 256};
  StftAnalyzer analyzer;
  OverlapAdd overlap_add;
  HopAdapter adapter;
  analyzer.prepare(config);
  overlap_add.prepare(config);
  adapter.prepare(config.hop);
  AlignedBuffer<std::complex<float>> spectrum(static_cast<std::size_t>(config.bins()));
  auto x = test::noise(5000, 31);
  AllocationGuard guard;
  for (int i = 0; i + 441 <= 5000; i += 441) {
    adapter.process(&x[i], &x[i], 441, [&](const float* in, float* out) noexcept {
      analyzer.analyze(in, spectrum.data());
      overlap_add.synthesize(spectrum.data(), out);
    });
  }
  adapter.reset();
  analyzer.reset();
  overlap_add.reset();
  EXPECT_EQ(guard.stop(), 0U);
}

TEST(Allocation, RingsAndSnapshots) {
  SpscRing<float> ring;
  ring.prepare(1000);
  LatestValue<std::vector<float>> value;
  value.prepare(std::vector<float>(64));
  std::vector<float> block(300);
  AllocationGuard guard;
  for (int i = 0; i < 50; ++i) {
    ring.push(block);
    ring.pop(block);
    value.writeSlot()[0] = static_cast<float>(i);
    value.publish();
    value.update();
  }
  ring.reset();
  EXPECT_EQ(guard.stop(), 0U);
}

TEST(Allocation, MetersSpectrogramsAndColours) {
  const auto x = test::noise(4096, 33);
  LevelMeter meter;
  meter.prepare({});
  Spectrogram spectrogram;
  spectrogram.prepare(512, 128);
  SpectrogramPicture picture;
  picture.prepare(spectrogram.bins(), 8, SpectrogramPicture::Pooling::kMean);
  std::vector<float> column(static_cast<std::size_t>(spectrogram.bins()));
  int colours = 0;
  AllocationGuard guard;
  meter.process(x.data(), 4096);
  const LevelReading reading = meter.reading();
  spectrogram.process(x.data(), 4096, [&](const float* db) noexcept { picture.addColumn(db); });
  picture.column(0, column);
  for (const float db : column) colours += sequential((db + 100.0F) / 100.0F).r;
  spectrogram.reset();
  meter.reset();
  EXPECT_EQ(guard.stop(), 0U);
  EXPECT_GT(reading.peak_db, -1.0F);
  EXPECT_EQ(picture.columnsAdded(), 32);
  EXPECT_GT(colours, 0);
}

}  // namespace
}  // namespace hiss
