// SPDX-License-Identifier: Apache-2.0
#include "ui/numbers_panel.h"

#include <gtest/gtest.h>

#include <limits>

namespace hiss {
namespace {

TEST(NumbersPanel, ShowsFiguresWithTheirUnits) {
  NumbersPanel panel;
  DenoiseResult result;
  result.input_rms_dbfs = -21.26;
  result.input_peak_dbfs = -3.04;
  result.output_rms_dbfs = -std::numeric_limits<double>::infinity();
  result.model = "base";
  result.attenuation_limit_db = 12.0F;
  result.simd = "avx2";
  result.rtf = 0.04567;
  result.latency_ms = 32.0;
  panel.showResult(result);
  EXPECT_EQ(panel.value(NumbersPanel::kInput), "-21.3 dBFS, peak -3.0");
  EXPECT_EQ(panel.value(NumbersPanel::kOutput), "silence");
  EXPECT_EQ(panel.value(NumbersPanel::kModel), "base");
  EXPECT_EQ(panel.value(NumbersPanel::kLimit), "12 dB");
  EXPECT_EQ(panel.value(NumbersPanel::kSimd), "avx2");
  EXPECT_EQ(panel.value(NumbersPanel::kRtf), "0.0457 (22× real time)");
  EXPECT_EQ(panel.value(NumbersPanel::kLatency), "32.0 ms");
  panel.clear();
  EXPECT_EQ(panel.value(NumbersPanel::kModel), "–");
}

}  // namespace
}  // namespace hiss
