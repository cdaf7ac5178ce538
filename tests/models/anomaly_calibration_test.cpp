// SPDX-License-Identifier: Apache-2.0
// From evidence to a share of rows: right on average, strictly rising, and the same after a
// restart.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "models/anomaly/calibration.h"
#include "models/state_io.h"

namespace hiss {
namespace {

constexpr EvidencePrior kPrior = {0.3F, 1.0F, 1.52F, 2.0F, 2.52F, 3.0F, 3.52F, 4.0F};

using Draw = std::function<double(std::mt19937&)>;

// Rows of evidence from which a stream may be made: of ranks, of means of ranks (lighter), of
// something with a tail heavier than that.
const std::map<std::string, Draw>& draws() {
  static const auto rank = [](std::mt19937& generator) {
    return std::exponential_distribution<double>(std::log(10.0))(generator);
  };
  static const std::map<std::string, Draw> all = {
      {"ranks", rank},
      {"means",
       [](std::mt19937& generator) {
         return (rank(generator) + rank(generator) + rank(generator)) / 3.0;
       }},
      {"heavy", [](std::mt19937& generator) { return std::expm1(0.15 * rank(generator)) / 0.15; }}};
  return all;
}

class CalibrationOf : public testing::TestWithParam<std::string> {};

TEST_P(CalibrationOf, RowsAreAsRareAsItSays) {
  const Draw& draw = draws().at(GetParam());
  double hundredth = 0.0;
  double thousandth = 0.0;
  double ten_thousandth = 0.0;
  double rows = 0.0;
  for (unsigned stream = 0; stream < 8; ++stream) {
    std::mt19937 generator(stream);
    EvidenceCalibration calibration(kPrior);
    for (int t = 0; t < 50000; ++t) {
      const double raw = draw(generator);
      const double evidence = calibration.evidenceOf(raw);
      calibration.learn(raw);
      if (t < 3000) continue;
      ++rows;
      hundredth += evidence >= 2.0 ? 1.0 : 0.0;
      thousandth += evidence >= 3.0 ? 1.0 : 0.0;
      ten_thousandth += evidence >= 4.0 ? 1.0 : 0.0;
    }
  }
  EXPECT_NEAR(hundredth / rows / 1e-2, 1.0, 0.15);
  EXPECT_NEAR(thousandth / rows / 1e-3, 1.0, 0.35);
  EXPECT_GT(ten_thousandth / rows / 1e-4, 0.5);
  EXPECT_LT(ten_thousandth / rows / 1e-4, 2.0);
}

INSTANTIATE_TEST_SUITE_P(Evidence, CalibrationOf, testing::Values("ranks", "means", "heavy"));

EvidenceCalibration taught(int rows) {
  EvidenceCalibration calibration(kPrior);
  std::mt19937 generator(7);
  for (int t = 0; t < rows; ++t) calibration.learn(draws().at("ranks")(generator));
  return calibration;
}

TEST(Calibration, RisesStrictlyAndWithoutEnd) {
  for (const int rows : {0, 1, 5, 100, 3000, 60000}) {
    const EvidenceCalibration calibration = taught(rows);
    double last = -1.0;
    for (double raw = 0.001; raw < 1e6; raw *= 1.01) {
      const double evidence = calibration.evidenceOf(raw);
      ASSERT_TRUE(std::isfinite(evidence));
      ASSERT_GT(evidence, last) << "after " << rows << " rows at " << raw;
      last = evidence;
    }
    EXPECT_GT(last, 100.0);
  }
}

TEST(Calibration, BelievesThePriorFirst) {
  const EvidenceCalibration calibration(kPrior);
  for (std::size_t i = 0; i < kPrior.size(); ++i) {
    EXPECT_NEAR(calibration.evidenceOf(kPrior[i]), -std::log10(kPriorShares[i]), 1e-5);
  }
}

TEST(Calibration, AStreamOfEqualRowsLeavesRoomAbove) {
  EvidenceCalibration calibration(kPrior);
  for (int t = 0; t < 5000; ++t) calibration.learn(0.0);
  EXPECT_LT(calibration.evidenceOf(0.0), 0.1);
  EXPECT_GT(calibration.evidenceOf(6.0), 3.0);
}

TEST(Calibration, ForgetsWhatTheStreamNoLongerDoes) {
  EvidenceCalibration calibration = taught(20000);
  std::mt19937 generator(8);
  const double before = calibration.evidenceOf(3.0);
  for (int t = 0; t < 200000; ++t) calibration.learn(2.0 * draws().at("ranks")(generator));
  EXPECT_NEAR(before, 3.0, 0.4);
  EXPECT_NEAR(calibration.evidenceOf(3.0), 1.5, 0.2);
}

TEST(Calibration, GoesOnToTheBitAfterARestart) {
  EvidenceCalibration one = taught(5000);
  StateWriter writer;
  one.save(writer);
  EvidenceCalibration other(kPrior);
  StateReader reader(writer.bytes());
  other.load(reader);
  EXPECT_EQ(reader.left(), 0U);
  std::mt19937 generator(9);
  for (int t = 0; t < 2000; ++t) {
    const double raw = draws().at("heavy")(generator);
    ASSERT_EQ(one.evidenceOf(raw), other.evidenceOf(raw));
    one.learn(raw);
    other.learn(raw);
  }
}

TEST(Calibration, RefusesWhatIsNotOne) {
  EXPECT_THROW(EvidenceCalibration({1.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
               std::invalid_argument);
  StateWriter writer;
  taught(100).save(writer);
  std::vector<std::byte> bytes(writer.bytes().begin(), writer.bytes().end());
  bytes[7] = static_cast<std::byte>(0xc0);  // the first sum becomes negative
  EvidenceCalibration calibration(kPrior);
  StateReader reader(bytes);
  EXPECT_THROW(calibration.load(reader), std::runtime_error);
}

}  // namespace
}  // namespace hiss
