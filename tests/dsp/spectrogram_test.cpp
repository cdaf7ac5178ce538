// SPDX-License-Identifier: Apache-2.0
#include "dsp/spectrogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "tests/dsp/signals.h"

namespace hiss {
namespace {

struct Ignore {
  void operator()(const float*) const noexcept {}
};
static_assert(noexcept(std::declval<Spectrogram&>().process(nullptr, 0, Ignore{})));
static_assert(noexcept(std::declval<Spectrogram&>().reset()));

using Columns = std::vector<std::vector<float>>;

Columns columnsOf(Spectrogram& spectrogram, const std::vector<float>& x, int block) {
  Columns columns;
  const int total = static_cast<int>(x.size());
  for (int i = 0; i < total; i += block) {
    spectrogram.process(x.data() + i, std::min(block, total - i), [&](const float* column) {
      columns.emplace_back(column, column + spectrogram.bins());
    });
  }
  return columns;
}

TEST(Spectrogram, SineReadsItsLevelOnItsBin) {
  Spectrogram spectrogram;
  spectrogram.prepare(512, 128);
  for (const double amplitude : {1.0, 0.1, 0.001}) {
    spectrogram.reset();
    // Bin 32 of 512 at 16 kHz is 1 kHz.
    const auto columns = columnsOf(spectrogram, test::sine(16000, 1000.0, 16000.0, amplitude), 441);
    ASSERT_EQ(columns.size(), 125U);
    for (std::size_t t = 8; t < columns.size(); ++t) {
      const auto top = std::max_element(columns[t].begin(), columns[t].end());
      EXPECT_EQ(top - columns[t].begin(), 32);
      EXPECT_NEAR(*top, 20.0 * std::log10(amplitude), 0.05);
      EXPECT_LT(columns[t][100], *top - 60.0F);
    }
  }
}

TEST(Spectrogram, SilenceReadsTheFloor) {
  Spectrogram spectrogram;
  spectrogram.prepare(256, 64);
  for (const auto& column : columnsOf(spectrogram, std::vector<float>(1000), 100)) {
    for (const float v : column) EXPECT_FLOAT_EQ(v, Spectrogram::kSilenceDb);
  }
}

TEST(Spectrogram, DoesNotDependOnTheBlockSize) {
  const auto x = test::noise(6000, 19);
  Spectrogram spectrogram;
  spectrogram.prepare(512, 256);
  const auto expected = columnsOf(spectrogram, x, 6000);
  EXPECT_EQ(expected.size(), 23U);
  for (const int block : {1, 7, 256, 1000}) {
    spectrogram.reset();
    EXPECT_EQ(columnsOf(spectrogram, x, block), expected) << block;
  }
}

TEST(Spectrogram, NonFiniteSamplesDoNotStay) {
  Spectrogram spectrogram;
  spectrogram.prepare(512, 256);
  auto x = test::noise(4096, 20);
  x[100] = std::numeric_limits<float>::quiet_NaN();
  x[101] = std::numeric_limits<float>::infinity();
  for (const auto& column : columnsOf(spectrogram, x, 300)) {
    for (const float v : column) ASSERT_TRUE(std::isfinite(v));
  }
}

TEST(Spectrogram, RefusesImpossibleSettings) {
  Spectrogram spectrogram;
  EXPECT_THROW(spectrogram.prepare(512, 512), std::invalid_argument);
  EXPECT_THROW(spectrogram.prepare(512, 100), std::invalid_argument);
  EXPECT_THROW(spectrogram.prepare(0, 1), std::invalid_argument);
}

TEST(SpectrogramPicture, KeepsAShortSequenceAsItIs) {
  SpectrogramPicture picture;
  picture.prepare(3, 8, SpectrogramPicture::Pooling::kMax);
  EXPECT_EQ(picture.columns(), 0);
  for (int t = 0; t < 8; ++t) {
    const std::vector<float> column{-10.0F * static_cast<float>(t), -20.0F, -30.0F};
    picture.addColumn(column.data());
  }
  EXPECT_EQ(picture.columns(), 8);
  EXPECT_EQ(picture.columnsPerCell(), 1);
  std::vector<float> out(3);
  for (int t = 0; t < 8; ++t) {
    picture.column(t, out);
    EXPECT_NEAR(out[0], -10.0F * static_cast<float>(t), 1e-4);
    EXPECT_NEAR(out[2], -30.0F, 1e-4);
  }
}

// Any length ends in the same picture as pooling the whole sequence at once.
TEST(SpectrogramPicture, PoolsLikeTheWholeSequence) {
  constexpr int kMaxColumns = 16;
  for (const auto pooling :
       {SpectrogramPicture::Pooling::kMax, SpectrogramPicture::Pooling::kMean}) {
    for (const int total : {1, 15, 16, 17, 31, 33, 100, 1000, 4097}) {
      const auto levels = test::noise(total, 21);
      SpectrogramPicture picture;
      picture.prepare(1, kMaxColumns, pooling);
      std::vector<float> db(levels.size());
      for (int t = 0; t < total; ++t) {
        db[t] = -40.0F + 30.0F * levels[t];
        picture.addColumn(&db[t]);
      }
      const auto per_cell = static_cast<int>(picture.columnsPerCell());
      ASSERT_EQ(picture.columnsAdded(), total);
      ASSERT_EQ(picture.columns(), (total + per_cell - 1) / per_cell);
      ASSERT_LE(picture.columns(), kMaxColumns);
      if (total > kMaxColumns) {
        ASSERT_GT(picture.columns(), kMaxColumns / 2);
      }
      for (int c = 0; c < picture.columns(); ++c) {
        const int end = std::min(total, (c + 1) * per_cell);
        double expected = 0.0;
        for (int t = c * per_cell; t < end; ++t) {
          const double power = std::pow(10.0, db[t] / 10.0);
          if (pooling == SpectrogramPicture::Pooling::kMax) {
            expected = std::max(expected, power);
          } else {
            expected += power / (end - c * per_cell);
          }
        }
        float out = 0.0F;
        picture.column(c, {&out, 1});
        ASSERT_NEAR(out, 10.0 * std::log10(expected), 1e-3) << total << " columns, cell " << c;
      }
    }
  }
}

TEST(SpectrogramPicture, RefusesImpossibleSizes) {
  SpectrogramPicture picture;
  EXPECT_THROW(picture.prepare(0, 8, SpectrogramPicture::Pooling::kMax), std::invalid_argument);
  EXPECT_THROW(picture.prepare(8, 0, SpectrogramPicture::Pooling::kMax), std::invalid_argument);
  EXPECT_THROW(picture.prepare(8, 7, SpectrogramPicture::Pooling::kMax), std::invalid_argument);
}

}  // namespace
}  // namespace hiss
