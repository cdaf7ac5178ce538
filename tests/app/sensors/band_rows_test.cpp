// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/band_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "app/engine/failure.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class BandRowsTest : public TemporaryFolderTest {
 protected:
  // A sine in each channel.
  std::filesystem::path tone(double hz, int rate, double seconds, int channels = 1) const {
    Sound sound(static_cast<std::size_t>(channels));
    for (auto& channel : sound) {
      for (int i = 0; i < static_cast<int>(seconds * rate); ++i) {
        channel.push_back(static_cast<float>(std::sin(2.0 * std::numbers::pi * hz * i / rate)));
      }
    }
    writeSound(path("tone.wav"), sound, rate);
    return path("tone.wav");
  }
};

TEST_F(BandRowsTest, FindsAToneInItsBandAtItsLevel) {
  for (const int rate : {16000, 44100, 4000}) {
    for (const int channels : {1, 2}) {
      BandRows rows(tone(1000.0, rate, 1.0, channels), false);
      ASSERT_EQ(rows.channels().size(), std::size_t{BandRows::kBands});
      SensorRow row;
      int count = 0;
      double power = 0.0;
      std::size_t loudest = 0;
      while (rows.next(row)) {
        ++count;
        EXPECT_EQ(*row.stamp_ns, count * 62'500'000);
        if (count < 3) continue;  // the first windows begin before the sound
        power = 0.0;
        for (std::size_t b = 0; b < row.values.size(); ++b) {
          power += std::pow(10.0, 0.1 * row.values[b]);
          if (row.values[b] > row.values[loudest]) loudest = b;
        }
        EXPECT_NEAR(10.0 * std::log10(power), 0.0, 0.2) << rate;
      }
      EXPECT_EQ(count, BandRows::kRowsPerSecond) << rate;
      const std::string& name = rows.channels()[loudest];
      EXPECT_LE(std::stod(name), 1000.0) << name;
      EXPECT_GE(std::stod(name.substr(name.find('-') + 1)), 1000.0) << name;
    }
  }
}

TEST_F(BandRowsTest, HasAFloorForSilence) {
  writeSound(path("silent.wav"), Sound(1, std::vector<float>(8000)));
  BandRows rows(path("silent.wav"), false);
  SensorRow row;
  ASSERT_TRUE(rows.next(row));
  for (const double level : row.values) EXPECT_EQ(level, BandRows::kSilenceDb);
  EXPECT_EQ(row.time, "0.0625");
}

TEST_F(BandRowsTest, RefusesTooShortSound) {
  writeSound(path("short.wav"), Sound(1, std::vector<float>(100)));
  BandRows rows(path("short.wav"), false);
  SensorRow row;
  EXPECT_THROW(rows.next(row), Failure);
}

}  // namespace
}  // namespace hiss
