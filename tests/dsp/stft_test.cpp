// SPDX-License-Identifier: Apache-2.0
#include "dsp/stft.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <utility>
#include <vector>

#include "dsp/hop_adapter.h"
#include "dsp/window.h"
#include "tests/dsp/signals.h"

namespace hiss {
namespace {

static_assert(noexcept(std::declval<StftAnalyzer&>().analyze(nullptr, nullptr)));
static_assert(noexcept(std::declval<StftAnalyzer&>().reset()));
static_assert(noexcept(std::declval<OverlapAdd&>().synthesize(nullptr, nullptr)));
static_assert(noexcept(std::declval<OverlapAdd&>().reset()));
static_assert(noexcept(std::declval<const OverlapAdd&>().latencySamples()));

// Hop t of a signal.
template <class Signal>
auto* hopOf(Signal& signal, int t, const StftConfig& config) {
  return signal.data() + static_cast<std::ptrdiff_t>(t) * config.hop;
}

// Analysis and synthesis of `x` [a multiple of hop] with unchanged spectra.
std::vector<float> roundTrip(const StftConfig& config, const std::vector<float>& x) {
  StftAnalyzer analyzer;
  OverlapAdd overlap_add;
  analyzer.prepare(config);
  overlap_add.prepare(config);
  std::vector<std::complex<float>> spectrum(static_cast<std::size_t>(config.bins()));
  std::vector<float> y(x.size());
  for (std::size_t i = 0; i < x.size(); i += config.hop) {
    analyzer.analyze(x.data() + i, spectrum.data());
    overlap_add.synthesize(spectrum.data(), y.data() + i);
  }
  return y;
}

class StftTest : public testing::TestWithParam<StftConfig> {};

TEST_P(StftTest, ReconstructsTheInputWithTheStatedLatency) {
  const StftConfig config = GetParam();
  const auto x = test::noise(40 * config.hop, 4);
  const auto y = roundTrip(config, x);
  OverlapAdd overlap_add;
  overlap_add.prepare(config);
  const int latency = overlap_add.latencySamples();
  EXPECT_EQ(latency, config.synthesis_length - config.hop);
  float worst = 0.0F;
  for (int i = 0; i < static_cast<int>(y.size()); ++i) {
    const float expected = i < latency ? 0.0F : x[i - latency];
    worst = std::max(worst, std::abs(y[i] - expected));
  }
  RecordProperty("worst_error", test::scientific(worst));
  EXPECT_LT(worst, 1e-6F) << "from the first sample on";
}

TEST_P(StftTest, ThroughTheHopAdapterTheDelayIsTheSynthesisLength) {
  const StftConfig config = GetParam();
  StftAnalyzer analyzer;
  OverlapAdd overlap_add;
  HopAdapter adapter;
  analyzer.prepare(config);
  overlap_add.prepare(config);
  adapter.prepare(config.hop);
  std::vector<std::complex<float>> spectrum(static_cast<std::size_t>(config.bins()));
  const int delay = adapter.latencySamples() + overlap_add.latencySamples();
  EXPECT_EQ(delay, config.synthesis_length);
  const auto x = test::noise(30 * config.hop + 17, 5);
  std::vector<float> y(x.size());
  const auto hop_fn = [&](const float* in, float* out) noexcept {
    analyzer.analyze(in, spectrum.data());
    overlap_add.synthesize(spectrum.data(), out);
  };
  for (int i = 0; i < static_cast<int>(x.size()); i += 100) {
    const int n = std::min(100, static_cast<int>(x.size()) - i);
    adapter.process(x.data() + i, y.data() + i, n, hop_fn);
  }
  for (int i = 0; i < static_cast<int>(y.size()); ++i) {
    ASSERT_NEAR(y[i], i < delay ? 0.0F : x[i - delay], 1e-6F) << "sample " << i;
  }
}

TEST_P(StftTest, SpectrumIsOfTheLastWindowOfSamples) {
  const StftConfig config = GetParam();
  const auto x = test::noise(10 * config.hop, 6);
  StftAnalyzer analyzer;
  analyzer.prepare(config);
  RealFft fft(config.n_fft);
  const auto window = makeWindowPair(config.n_fft, config.hop, config.synthesis_length).analysis;
  std::vector<std::complex<float>> spectrum(static_cast<std::size_t>(config.bins()));
  std::vector<std::complex<float>> expected(spectrum.size());
  std::vector<float> frame(static_cast<std::size_t>(config.n_fft));
  for (int t = 0; t < 10; ++t) {
    analyzer.analyze(hopOf(x, t, config), spectrum.data());
    for (int i = 0; i < config.n_fft; ++i) {
      const int source = (t + 1) * config.hop - config.n_fft + i;
      frame[i] = source < 0 ? 0.0F : x[source] * window[i];
    }
    fft.forward(frame.data(), expected.data());
    ASSERT_EQ(spectrum, expected) << "hop " << t;
  }
}

TEST_P(StftTest, StateContinuesBitForBitAndResetForgets) {
  const StftConfig config = GetParam();
  const auto x = test::noise(20 * config.hop, 7);
  const auto whole = roundTrip(config, x);

  StftAnalyzer analyzer;
  OverlapAdd overlap_add;
  analyzer.prepare(config);
  overlap_add.prepare(config);
  std::vector<std::complex<float>> spectrum(static_cast<std::size_t>(config.bins()));
  std::vector<float> y(x.size());
  std::vector<float> analyzer_state(analyzer.stateFloats());
  std::vector<float> overlap_state(overlap_add.stateFloats());
  for (int t = 0; t < 20; ++t) {
    analyzer.analyze(hopOf(x, t, config), spectrum.data());
    overlap_add.synthesize(spectrum.data(), hopOf(y, t, config));
    analyzer.saveState(analyzer_state.data());
    overlap_add.saveState(overlap_state.data());
    if (t % 2 == 0) {  // disturb, then restore
      analyzer.analyze(x.data(), spectrum.data());
      overlap_add.synthesize(spectrum.data(), std::vector<float>(config.hop).data());
      analyzer.loadState(analyzer_state.data());
      overlap_add.loadState(overlap_state.data());
    } else {  // a fresh pair takes over
      analyzer = StftAnalyzer();
      overlap_add = OverlapAdd();
      analyzer.prepare(config);
      overlap_add.prepare(config);
      analyzer.loadState(analyzer_state.data());
      overlap_add.loadState(overlap_state.data());
    }
  }
  EXPECT_EQ(y, whole);

  analyzer.reset();
  overlap_add.reset();
  for (int t = 0; t < 20; ++t) {
    analyzer.analyze(hopOf(x, t, config), spectrum.data());
    overlap_add.synthesize(spectrum.data(), hopOf(y, t, config));
  }
  EXPECT_EQ(y, whole);
}

INSTANTIATE_TEST_SUITE_P(Shapes, StftTest,
                         testing::Values(StftConfig{512, 256, 512}, StftConfig{512, 128, 256},
                                         StftConfig{512, 160, 320}, StftConfig{512, 128, 512},
                                         StftConfig{320, 160, 320}, StftConfig{1024, 64, 256},
                                         StftConfig{512, 192, 320}, StftConfig{1536, 576, 960},
                                         StftConfig{1400, 529, 882}, StftConfig{700, 265, 441},
                                         StftConfig{1400, 706, 1400}, StftConfig{512, 200, 301}));

// A scale of the spectra goes in with the one window and out with the other.
TEST(Stft, ScalesSpectraOnly) {
  const StftConfig config{768, 288, 480};
  constexpr float kScale = 512.0F / 768.0F;
  StftAnalyzer plain;
  StftAnalyzer scaled;
  OverlapAdd overlap_add;
  plain.prepare(config);
  scaled.prepare(config, kScale);
  overlap_add.prepare(config, kScale);
  const auto x = test::noise(20 * config.hop, 8);
  std::vector<float> y(x.size());
  std::vector<std::complex<float>> expected(static_cast<std::size_t>(config.bins()));
  std::vector<std::complex<float>> spectrum(expected.size());
  for (int t = 0; t < 20; ++t) {
    plain.analyze(hopOf(x, t, config), expected.data());
    scaled.analyze(hopOf(x, t, config), spectrum.data());
    for (std::size_t k = 0; k < spectrum.size(); ++k) {
      ASSERT_LT(std::abs(spectrum[k] - kScale * expected[k]), 1e-4F) << t << ", " << k;
    }
    overlap_add.synthesize(spectrum.data(), hopOf(y, t, config));
  }
  const int latency = overlap_add.latencySamples();
  for (int i = latency; i < static_cast<int>(y.size()); ++i) {
    ASSERT_NEAR(y[i], x[i - latency], 1e-6F) << i;
  }
}

TEST(Stft, RefusesImpossibleConfigs) {
  StftAnalyzer analyzer;
  OverlapAdd overlap_add;
  EXPECT_THROW(analyzer.prepare({512, 100, 512}), std::invalid_argument);
  EXPECT_THROW(overlap_add.prepare({512, 512, 512}), std::invalid_argument);
  EXPECT_THROW(analyzer.prepare({44, 22, 44}), std::invalid_argument);  // 22 = 2 * 11
}

}  // namespace
}  // namespace hiss
