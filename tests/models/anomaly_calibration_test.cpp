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

double rank(std::mt19937& generator) {
  return std::exponential_distribution<double>(std::log(10.0))(generator);
}

// Streams whose evidence is not quite that of the prior.
const std::map<std::string, Draw>& draws() {
  static const std::map<std::string, Draw> all = {
      {"as_the_prior", rank},
      {"smaller", [](std::mt19937& generator) { return 0.85 * rank(generator); }},
      {"larger", [](std::mt19937& generator) { return 1.2 * rank(generator); }},
      {"light_tail",
       [](std::mt19937& generator) {
         const double x = rank(generator);
         return x < 2.0 ? x : 2.0 + 0.7 * (x - 2.0);
       }},
      {"heavy_tail", [](std::mt19937& generator) {
         const double x = rank(generator);
         return x < 2.0 ? x : 2.0 + 1.3 * (x - 2.0);
       }}};
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
    for (int t = 0; t < 60000; ++t) {
      const double raw = draw(generator);
      const double evidence = calibration.evidenceOf(raw);
      calibration.learn(raw);
      if (t < 20000) continue;
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

INSTANTIATE_TEST_SUITE_P(Evidence, CalibrationOf,
                         testing::Values("as_the_prior", "smaller", "larger", "light_tail",
                                         "heavy_tail"));

EvidenceCalibration taught(int rows) {
  EvidenceCalibration calibration(kPrior);
  std::mt19937 generator(7);
  for (int t = 0; t < rows; ++t) calibration.learn(rank(generator));
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

// What an event does that nobody calls an alarm: for a hundred rows nothing seems usual.
TEST(Calibration, AnEventMovesItOnlySoFar) {
  EvidenceCalibration calibration = taught(20000);
  const double before = calibration.evidenceOf(3.0);
  for (int t = 0; t < 100; ++t) calibration.learn(50.0);
  EXPECT_LT(calibration.evidenceOf(3.0), before);
  EXPECT_GT(calibration.evidenceOf(3.0), 2.3);
  for (int t = 0; t < 100000; ++t) calibration.learn(50.0);
  EXPECT_GT(calibration.evidenceOf(6.0), 3.0);
}

TEST(Calibration, AStreamOfEqualRowsLeavesRoomAbove) {
  EvidenceCalibration calibration(kPrior);
  for (int t = 0; t < 200000; ++t) calibration.learn(0.0);
  EXPECT_EQ(calibration.evidenceOf(0.0), 0.0);
  EXPECT_GT(calibration.evidenceOf(6.0), 6.0);
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
    const double raw = draws().at("heavy_tail")(generator);
    ASSERT_EQ(one.evidenceOf(raw), other.evidenceOf(raw));
    one.learn(raw);
    other.learn(raw);
  }
}

TEST(Calibration, RefusesWhatIsNotOne) {
  EXPECT_THROW(EvidenceCalibration(kPrior, 0.0), std::invalid_argument);
  EXPECT_THROW(EvidenceCalibration({1.0F, 1.0F, 2.0F, 3.0F, 4.0F, 5.0F, 6.0F, 7.0F}),
               std::invalid_argument);
  StateWriter writer;
  taught(100).save(writer);
  std::vector<std::byte> bytes(writer.bytes().begin(), writer.bytes().end());
  bytes[7] = static_cast<std::byte>(0x41);  // the first unit becomes huge
  EvidenceCalibration calibration(kPrior);
  StateReader reader(bytes);
  EXPECT_THROW(calibration.load(reader), std::runtime_error);
}

}  // namespace
}  // namespace hiss
