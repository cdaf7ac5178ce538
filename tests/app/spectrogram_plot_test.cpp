// SPDX-License-Identifier: Apache-2.0
#include "app/engine/spectrogram_plot.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

void addSound(SpectrogramTrack& track, const Sound& sound, int block) {
  const auto samples = static_cast<int>(sound.front().size());
  for (int at = 0; at < samples; at += block) {
    std::vector<const float*> planar;
    for (const std::vector<float>& channel : sound) planar.push_back(channel.data() + at);
    track.add(planar.data(), std::min(block, samples - at));
  }
}

std::vector<float> column(const SpectrogramTrack& track, int i) {
  std::vector<float> values(static_cast<std::size_t>(track.picture().bins()));
  track.picture().column(i, values);
  return values;
}

TEST(SpectrogramTrack, ShowsASoundWhereItIs) {
  // A click in the middle of 2 s.
  Sound sound = {std::vector<float>(32000, 0.0F)};
  sound[0][16000] = 1.0F;
  SpectrogramTrack track(16000, 1);
  addSound(track, sound, 1000);
  track.finish();
  EXPECT_DOUBLE_EQ(track.seconds(), 2.0);
  int loudest = 0;
  for (int i = 0; i < track.picture().columns(); ++i) {
    if (column(track, i)[20] > column(track, loudest)[20]) loudest = i;
  }
  const double centre = track.firstColumnSeconds() + (loudest + 0.5) * track.cellSeconds();
  EXPECT_NEAR(centre, 1.0, track.cellSeconds());
  // The picture covers the whole recording.
  EXPECT_LE(track.firstColumnSeconds(), 0.0);
  EXPECT_GE(track.firstColumnSeconds() + track.picture().columns() * track.cellSeconds(), 2.0);
}

TEST(SpectrogramTrack, TakesTheLoudestChannel) {
  Sound sound = makeTone(1, 16000);
  sound.emplace_back(16000, 0.0F);
  SpectrogramTrack both(16000, 2);
  SpectrogramTrack first(16000, 1);
  addSound(both, sound, 777);
  addSound(first, {sound[0]}, 777);
  for (int i = 0; i < first.picture().columns(); ++i) EXPECT_EQ(column(both, i), column(first, i));
}

TEST(SpectrogramTrack, AnyLengthTakesAsManyColumns) {
  SpectrogramTrack track(4000, 1);
  const Sound minute = makeTone(1, 60 * 4000);
  for (int i = 0; i < 60; ++i) addSound(track, minute, 4096);
  track.finish();
  EXPECT_LE(track.picture().columns(), SpectrogramTrack::kMaxColumns);
  EXPECT_GT(track.picture().columns(), SpectrogramTrack::kMaxColumns / 2 - 1);
  EXPECT_DOUBLE_EQ(track.seconds(), 3600.0);
}

class SpectrogramPlotTest : public TemporaryFolderTest {
 protected:
  std::string draw(const std::vector<SpectrogramPane>& panes, const PlotSize& size) {
    ByteFile file = ByteFile::createNew(path("p.png"));
    drawSpectrograms(panes, size, file, "p.png");
    std::string content = read("p.png");
    std::filesystem::remove(path("p.png"));
    return content;
  }
};

TEST_F(SpectrogramPlotTest, WritesAPictureOfTheSizeAskedFor) {
  SpectrogramTrack track(16000, 1);
  addSound(track, makeTone(1, 16000), 4096);
  track.finish();
  const std::string png = draw({{"before", &track}, {"after", &track}}, {640, 480});
  ASSERT_GT(png.size(), 1000U);
  EXPECT_EQ(png.substr(1, 3), "PNG");
  EXPECT_EQ(png.substr(16, 8), std::string("\0\0\x02\x80\0\0\x01\xe0", 8));
}

TEST_F(SpectrogramPlotTest, DrawsAnyTitleAndTheShortestSound) {
  SpectrogramTrack track(384000, 1);
  addSound(track, {{0.5F}}, 1);
  track.finish();
  for (const char* title : {"", "日本", "\xff\xfe", "\xe0\x80\x80", "\xed\xa0\x80", "cut \xe6\x97",
                            "\xf4\x90\x80\x80", "tab\tline\n"}) {
    EXPECT_GT(draw({{title, &track}}, {300, 300}).size(), 500U);
  }
}

TEST_F(SpectrogramPlotTest, SaysWhenItCannotWrite) {
  SpectrogramTrack track(16000, 1);
  addSound(track, makeTone(1, 1000), 1000);
  track.finish();
  ByteFile full = ByteFile::adopt(::open("/dev/full", O_WRONLY));
  try {
    drawSpectrograms({{"a", &track}}, {300, 300}, full, "p.png");
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_STREQ(failure.what(),
                 "p.png: expected a picture that can be written, found No space left on device");
  }
}

}  // namespace
}  // namespace hiss
