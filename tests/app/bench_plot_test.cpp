// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_plot.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <string>

#include "app/engine/canvas.h"
#include "app/engine/failure.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

BenchTarget target(const std::string& simd, double p50_us) {
  BenchTarget result;
  result.simd = simd;
  result.hop = {100, p50_us, p50_us, p50_us, 2.0 * p50_us, 3.0 * p50_us, 4.0 * p50_us};
  result.rtf = p50_us / 16000.0;
  result.roofline = {59e9, 200e9, 118e9, 90e9, 110e9, 0.0};
  return result;
}

BenchReport report(int parts) {
  BenchReport result;
  result.model_name = "mine";
  result.machine.cpu = "A CPU";
  result.stream = {"cafe.flac", false, 16000, 1, 256, 16000.0, 32.0};
  result.targets = {target("scalar", 2000.0), target("avx2", 160.0)};
  result.parts_simd = "avx2";
  for (int i = 0; i < parts; ++i) {
    BenchPart part;
    part.part = {"blocks." + std::to_string(i) + ".mamba", 4e5, 3e4, 0.0, 0.0};
    part.us = 10.0 + i;
    part.share_of_hop = 0.1;
    part.bound = boundOf(part.part, result.targets[1].roofline);
    part.roofline_share = 0.7;
    result.parts.push_back(part);
  }
  result.parts.emplace_back().part.name = "rest";
  return result;
}

class BenchPlotTest : public TemporaryFolderTest {
 protected:
  std::string draw(const BenchReport& report) {
    ByteFile file = ByteFile::createNew(path("p.png"));
    drawBench(report, file, "p.png");
    std::string content = read("p.png");
    std::filesystem::remove(path("p.png"));
    return content;
  }
};

TEST_F(BenchPlotTest, WritesAPictureOfItsSize) {
  const std::string png = draw(report(5));
  ASSERT_GT(png.size(), 5000U);
  EXPECT_EQ(png.substr(1, 3), "PNG");
  const auto number = [&](std::size_t at) {
    int value = 0;
    for (std::size_t i = at; i < at + 4; ++i)
      value = 256 * value + static_cast<unsigned char>(png[i]);
    return value;
  };
  EXPECT_EQ(number(16), kBenchPlotWidthPx);
  EXPECT_EQ(number(20), kBenchPlotHeightPx);
}

TEST_F(BenchPlotTest, ShowsWhatWasMeasured) {
  const std::string plain = draw(report(5));
  EXPECT_EQ(draw(report(5)), plain);
  BenchReport slower = report(5);
  slower.targets[0].hop.p50_us *= 1.5;
  EXPECT_NE(draw(slower), plain);
  BenchReport longer = report(5);
  longer.parts[0].us *= 1.5;
  EXPECT_NE(draw(longer), plain);
  BenchReport lower = report(5);
  lower.targets[1].roofline.l2_bytes_per_s /= 2.0;
  EXPECT_NE(draw(lower), plain);
}

TEST_F(BenchPlotTest, DrawsAnyNumberOfPartsAndTargets) {
  for (const int parts : {0, 1, 29, 30, 200}) EXPECT_GT(draw(report(parts)).size(), 5000U) << parts;
  BenchReport one = report(3);
  one.targets.erase(one.targets.begin());
  EXPECT_GT(draw(one).size(), 5000U);
  BenchReport slow = report(3);  // slower than real time
  slow.targets.push_back(target("sse4", 40000.0));
  EXPECT_GT(draw(slow).size(), 5000U);
}

TEST_F(BenchPlotTest, DrawsNamesThatAreNotUtf8) {
  BenchReport odd = report(2);
  odd.stream.sound = "\xff\xfe.wav";
  odd.model_name = "cut \xe6\x97";
  EXPECT_GT(draw(odd).size(), 5000U);
}

TEST_F(BenchPlotTest, SaysWhenItCannotWrite) {
  ByteFile full = ByteFile::adopt(::open("/dev/full", O_WRONLY));
  EXPECT_THROW(drawBench(report(2), full, "p.png"), Failure);
}

TEST(BenchPlot, PartsHaveKinds) {
  EXPECT_EQ(partKind("blocks.12.band_mix"), "band_mix");
  EXPECT_EQ(partKind("enc.0"), "enc");
  EXPECT_EQ(partKind("features"), "features");
}

TEST(Canvas, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(asUtf8("gr\xc3\xbc\xc3\x9f"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(asUtf8("a\xff"
                   "b\n"),
            "a?b?");
}

}  // namespace
}  // namespace hiss
