// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/compare_plot.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "app/engine/failure.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

CompareModel model(const std::string& name, float scale, std::size_t steps) {
  CompareModel result;
  result.name = name;
  result.kind = "mamba";
  result.step.p50_us = 10.0 * scale;
  result.step.p99_us = 12.0 * scale;
  result.quality = {{"mse", "squared error", 3, 0.5 * scale}};
  for (std::size_t i = 0; i < steps; ++i) {
    result.trace.state_rms.push_back(scale * (1.0F + static_cast<float>(i % 7)));
    result.trace.dt_mean.push_back(scale);
  }
  return result;
}

class ComparePlotTest : public TemporaryFolderTest {
 protected:
  std::string draw(const std::vector<CompareModel>& models, bool with_baseline = true) {
    CompareReport report;
    report.input = "in.csv";
    report.models = models;
    if (with_baseline) {
      report.baseline = "the row before";
      report.baseline_quality = {{"mse", "squared error", 3, 0.75}};
    }
    std::filesystem::remove(path("p.png"));
    {
      ByteFile file = ByteFile::createNew(path("p.png"));
      drawComparison(report, file, "p.png");
    }
    return read("p.png");
  }
};

TEST_F(ComparePlotTest, WritesAPictureOfItsSize) {
  const std::string png = draw({model("a", 1.0F, 3000), model("b", 50.0F, 10)});
  ASSERT_GT(png.size(), 5000U);
  EXPECT_EQ(png.substr(1, 3), "PNG");
  const auto number = [&](std::size_t at) {
    unsigned value = 0;
    for (std::size_t i = at; i < at + 4; ++i)
      value = value << 8U | static_cast<unsigned char>(png[i]);
    return value;
  };
  EXPECT_EQ(number(16), static_cast<unsigned>(kComparePlotWidthPx));
  EXPECT_EQ(number(20), static_cast<unsigned>(kComparePlotHeightPx));
}

TEST_F(ComparePlotTest, ShowsWhatChanges) {
  const CompareModel plain = model("a", 1.0F, 100);
  CompareModel other = plain;
  other.trace.state_rms[50] = 70.0F;
  const std::string first = draw({plain});
  EXPECT_EQ(draw({plain}), first);
  EXPECT_NE(draw({other}), first);
  other = plain;
  other.trace.dt_mean[50] = 7.0F;
  EXPECT_NE(draw({other}), first);
  other = plain;
  other.step.p99_us = 100.0;
  EXPECT_NE(draw({other}), first);
  other = plain;
  other.quality.front().value = 0.25;
  EXPECT_NE(draw({other}), first);
  EXPECT_NE(draw({plain}, false), first);
}

TEST_F(ComparePlotTest, DrawsWhateverCannotBeTold) {
  CompareModel empty = model(std::string(300, 'x') + "\xff\n", 1.0F, 0);
  EXPECT_GT(draw({empty}).size(), 3000U);
  empty.quality.front().value = std::numeric_limits<double>::quiet_NaN();
  empty.step = {};
  EXPECT_GT(draw({empty, model("b", 1.0F, 1)}).size(), 3000U);
  empty.quality.clear();
  EXPECT_GT(draw({empty}, false).size(), 3000U);
  CompareModel still = model("s", 0.0F, 50);
  still.trace.state_rms[7] = std::numeric_limits<float>::infinity();
  EXPECT_GT(draw({still}).size(), 3000U);
  std::vector<CompareModel> many(kMostCompared + 3, model("long name of a model", 2.0F, 500));
  EXPECT_GT(draw(many).size(), 5000U);
}

TEST_F(ComparePlotTest, SaysWhereThereIsNoRoom) {
  ByteFile full = ByteFile::adopt(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  CompareReport report;
  report.models = {model("a", 1.0F, 10)};
  try {
    drawComparison(report, full, "p.png");
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kOutput);
  }
}

}  // namespace
}  // namespace hiss
