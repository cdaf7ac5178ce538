// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "dsp/realtime.h"
#include "models/subband_net.h"
#include "tests/models/model_maker.h"
#include "tests/models/stream_tools.h"
#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

static_assert(noexcept(std::declval<Denoiser&>().process(nullptr, nullptr, 0)));
static_assert(noexcept(std::declval<Denoiser&>().reset()));
static_assert(noexcept(std::declval<const Denoiser&>().latencySamples()));

std::shared_ptr<const DenoiserModel> smallModel() {
  static const auto kModel = DenoiserModel::parse(randomModel(smallConfig()).bytes(), "small");
  return kModel;
}
std::shared_ptr<const DenoiserModel> openModel() {
  static const auto kModel = DenoiserModel::parse(passThroughModel(smallConfig()).bytes(), "open");
  return kModel;
}
std::shared_ptr<const DenoiserModel> fullModel() {
  static const auto kModel = DenoiserModel::parse(randomModel().bytes(), "full");
  return kModel;
}

constexpr std::array kCommonRates = {8000,  11025, 16000, 22050, 24000,
                                     32000, 44100, 48000, 88200, 96000};

TEST(Denoiser, RefusesStreamsOutsideItsLimits) {
  Denoiser denoiser(smallModel());
  const auto refusal = [&](const StreamSpec& spec) {
    try {
      denoiser.prepare(spec);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refusal({0, 1, 64}), "sample rate: expected 4000 to 384000 Hz, found 0");
  EXPECT_EQ(refusal({3999, 1, 64}), "sample rate: expected 4000 to 384000 Hz, found 3999");
  EXPECT_EQ(refusal({1000000, 1, 64}), "sample rate: expected 4000 to 384000 Hz, found 1000000");
  EXPECT_EQ(refusal({16000, 0, 64}), "channels: expected 1 to 32, found 0");
  EXPECT_EQ(refusal({16000, 64, 64}), "channels: expected 1 to 32, found 64");
  EXPECT_EQ(refusal({16000, 1, 0}), "block length: expected 1 to 16777216 samples, found 0");
  EXPECT_EQ(refusal({16000, 32, 64}), "");
}

TEST(Denoiser, IsBitIdenticalForEveryBlockSize) {
  for (const int rate : kCommonRates) {
    const std::size_t length = static_cast<std::size_t>(rate) + 123;
    const std::vector<float> noisy = noisySignal(rate, length);
    Denoiser denoiser(fullModel());
    denoiser.prepare({rate, 1, static_cast<int>(length)});
    const std::vector<float> whole = runMono(denoiser, noisy, length);
    for (const std::size_t block : {1U, 7U, 64U, 160U, 441U, 1024U}) {
      denoiser.reset();
      EXPECT_TRUE(sameBits(runMono(denoiser, noisy, block), whole)) << rate << " Hz, " << block;
    }
  }
}

TEST(Denoiser, TreatsEachChannelOnItsOwn) {
  for (const int rate : {16000, 48000}) {
    constexpr std::size_t kLength = 20000;
    std::array<std::vector<float>, 3> channels;
    for (std::size_t c = 0; c < 3; ++c) {
      channels[c] = noisySignal(rate, kLength, static_cast<std::uint32_t>(c + 1));
    }
    Denoiser all(smallModel());
    all.prepare({rate, 3, 500});
    std::array<std::vector<float>, 3> together = channels;
    for (std::size_t i = 0; i < kLength; i += 500) {
      const std::array<float*, 3> block = {together[0].data() + i, together[1].data() + i,
                                           together[2].data() + i};
      all.process(block.data(), block.data(), 500);
    }
    Denoiser single(smallModel());
    single.prepare({rate, 1, 500});
    for (std::size_t c = 0; c < 3; ++c) {
      single.reset();
      EXPECT_TRUE(sameBits(runMono(single, channels[c], 500), together[c])) << rate << ", " << c;
    }
  }
}

TEST(Denoiser, DelaysByTheSynthesisWindowAtTheModelsRate) {
  Denoiser denoiser(openModel());
  denoiser.prepare({16000, 1, 64});
  EXPECT_EQ(denoiser.latencySamples(), 64);
  const std::vector<float> input = sine(16000, 1000.0, 4000);
  const std::vector<float> output = runMono(denoiser, input, 64);
  // After the onset, whose spectrum reaches the top bin, which is not passed on.
  for (std::size_t i = 64 + 128; i < output.size(); ++i) {
    ASSERT_NEAR(output[i], input[i - 64], 2e-6F) << i;
  }
}

TEST(Denoiser, IsExactlyAlignedAtEveryRate) {
  for (const int rate : {4000, 8000, 11025, 12000, 16001, 22050, 32000, 44099, 44100, 48000, 96000,
                         192000, 384000}) {
    Denoiser denoiser(openModel());
    denoiser.prepare({rate, 1, 4096});
    const auto latency = static_cast<std::size_t>(denoiser.latencySamples());
    EXPECT_LT(latency, static_cast<std::size_t>(rate) / 20) << rate;  // 50 ms
    const std::vector<float> input = sine(rate, 600.0, static_cast<std::size_t>(rate));
    const std::vector<float> output = runMono(denoiser, input, 4096);
    // Leave out the edges, where the filters ring.
    const std::size_t edge = static_cast<std::size_t>(rate) / 20;
    double error = 0.0;
    for (std::size_t i = edge; i + edge < input.size() - latency; ++i) {
      error = std::max(error, std::fabs(double{output[i + latency]} - double{input[i]}));
    }
    EXPECT_LT(error, 1e-4) << rate;  // a shift of 0.001 samples at 4 kHz would give 1e-3
  }
}

TEST(Denoiser, LimitsAttenuationAndMixes) {
  const std::vector<float> noisy = noisySignal(16000, 8000);
  // Masks with a real part above 0, which a limit leaves as they are: attenuation_limit_test.cpp
  // has the others.
  TestModel model = randomModel(smallConfig());
  model.tensor("last.bias").data = floatBytes(std::vector<float>{5.0F, 0.0F});
  Denoiser denoiser(DenoiserModel::parse(model.bytes(), "upright"));
  denoiser.prepare({16000, 1, 512});
  const auto latency = static_cast<std::size_t>(denoiser.latencySamples());
  const std::vector<float> wet = runMono(denoiser, noisy, 512);
  const auto expect_share = [&](double share, const char* what) {
    denoiser.reset();
    const std::vector<float> out = runMono(denoiser, noisy, 512);
    for (std::size_t i = latency; i < out.size(); ++i) {
      const double dry = noisy[i - latency];
      ASSERT_NEAR(out[i], dry + share * (double{wet[i]} - dry), 1e-6) << what << " " << i;
    }
  };
  denoiser.setAttenuationLimitDb(6.0F);
  expect_share(1.0 - std::pow(10.0, -0.3), "6 dB");
  denoiser.setMix(0.5F);
  expect_share(0.5 * (1.0 - std::pow(10.0, -0.3)), "6 dB, half");
  denoiser.setAttenuationLimitDb(std::numeric_limits<float>::infinity());
  expect_share(0.5, "half");
  denoiser.setMix(std::numeric_limits<float>::quiet_NaN());
  denoiser.setAttenuationLimitDb(std::numeric_limits<float>::quiet_NaN());
  expect_share(0.5, "NaN changes nothing");
  denoiser.setMix(7.0F);
  expect_share(1.0, "clamped");
  denoiser.setAttenuationLimitDb(-3.0F);
  expect_share(0.0, "no attenuation");
}

TEST(Denoiser, BypassIsTheDelayedInputToTheBit) {
  for (const int rate : {16000, 44100}) {
    const std::vector<float> noisy = noisySignal(rate, 20000);
    Denoiser denoiser(smallModel());
    denoiser.setBypass(true);
    denoiser.prepare({rate, 1, 300});
    const std::vector<float> out = runMono(denoiser, noisy, 300);
    const auto latency = static_cast<std::ptrdiff_t>(denoiser.latencySamples());
    std::vector<float> expected(static_cast<std::size_t>(latency), 0.0F);
    expected.insert(expected.end(), noisy.begin(), noisy.end() - latency);
    EXPECT_TRUE(std::equal(out.begin(), out.end(), expected.begin())) << rate;
  }
}

TEST(Denoiser, RemovedAndKeptAddUpToTheInput) {
  const std::vector<float> noisy = noisySignal(48000, 30000);
  Denoiser denoiser(smallModel());
  denoiser.setAttenuationLimitDb(12.0F);
  denoiser.prepare({48000, 1, 512});
  const auto latency = static_cast<std::size_t>(denoiser.latencySamples());
  const std::vector<float> kept = runMono(denoiser, noisy, 512);
  denoiser.setListenRemoved(true);
  denoiser.reset();
  const std::vector<float> removed = runMono(denoiser, noisy, 512);
  for (std::size_t i = latency; i < kept.size(); ++i) {
    ASSERT_NEAR(kept[i] + removed[i], noisy[i - latency], 1e-6F) << i;
  }
}

TEST(Denoiser, SwitchesWithoutAClick) {
  constexpr int kRate = 48000;
  const std::vector<float> input = sine(kRate, 200.0, 48000);
  // The network's output is the input turned upside down, the worst case for a switch.
  TestModel model = passThroughModel(smallConfig());
  model.tensor("last.bias").data = floatBytes(std::vector<float>{-1.0F, 0.0F});
  Denoiser denoiser(DenoiserModel::parse(model.bytes(), "inverted"));
  denoiser.prepare({kRate, 1, 480});
  std::vector<float> output(input.size());
  for (std::size_t i = 0; i < input.size(); i += 480) {
    denoiser.setBypass(i / 480 % 20 >= 10);
    const float* in = input.data() + i;
    float* out = output.data() + i;
    denoiser.process(&in, &out, 480);
  }
  float step = 0.0F;
  for (std::size_t i = 10000; i < output.size(); ++i) {
    step = std::max(step, std::fabs(output[i] - output[i - 1]));
  }
  // The sine's own slope, 0.5 * 2 pi 200/48000, and that of a ramp from -0.5 to 0.5 in 15 ms.
  EXPECT_LT(step, 0.0131F + 0.0014F + 0.0005F);
  EXPECT_GT(step, 0.01F);
}

TEST(Denoiser, ReplacesAndCountsWhatIsNotFinite) {
  std::vector<float> damaged = noisySignal(16000, 8000);
  std::vector<float> repaired = damaged;
  for (const std::size_t i : {100U, 101U, 5000U, 7999U}) {
    damaged[i] = i % 2 == 0 ? std::numeric_limits<float>::quiet_NaN()
                            : -std::numeric_limits<float>::infinity();
    repaired[i] = 0.0F;
  }
  Denoiser denoiser(smallModel());
  denoiser.prepare({16000, 1, 256});
  const std::vector<float> expected = runMono(denoiser, repaired, 256);
  EXPECT_EQ(denoiser.nonFiniteSamples(), 0U);
  denoiser.reset();
  EXPECT_TRUE(sameBits(runMono(denoiser, damaged, 256), expected));
  EXPECT_EQ(denoiser.nonFiniteSamples(), 4U);
}

TEST(Denoiser, StaysFiniteOnExtremeInputAndRecovers) {
  for (const int rate : {16000, 44100}) {
    Denoiser denoiser(fullModel());
    denoiser.prepare({rate, 1, 512});
    std::vector<float> loud(static_cast<std::size_t>(rate), std::numeric_limits<float>::max());
    for (std::size_t i = 0; i < loud.size(); i += 3) loud[i] = -loud[i];
    for (const float value : runMono(denoiser, loud, 512)) ASSERT_TRUE(std::isfinite(value));
    const std::vector<float> tiny(static_cast<std::size_t>(rate), 1e-42F);
    for (const float value : runMono(denoiser, tiny, 512)) ASSERT_TRUE(std::isfinite(value));
    const std::vector<float> after = runMono(denoiser, noisySignal(rate, 2 * loud.size()), 512);
    EXPECT_LT(*std::max_element(after.end() - 1000, after.end()), 100.0F);
  }
}

TEST(Denoiser, ResetGivesAFreshStream) {
  for (const int rate : {16000, 44100}) {
    const std::vector<float> noisy = noisySignal(rate, 20000);
    Denoiser denoiser(smallModel());
    denoiser.prepare({rate, 1, 333});
    const std::vector<float> first = runMono(denoiser, noisy, 333);
    denoiser.reset();
    EXPECT_TRUE(sameBits(runMono(denoiser, noisy, 333), first)) << rate;
    denoiser.prepare({rate, 1, 333});
    EXPECT_TRUE(sameBits(runMono(denoiser, noisy, 333), first)) << rate;
  }
}

TEST(Denoiser, NeitherAllocatesNorFrees) {
  for (const int rate : kCommonRates) {
    Denoiser denoiser(fullModel());
    denoiser.prepare({rate, 2, 2000});
    std::vector<float> left = noisySignal(rate, 2000);
    std::vector<float> right = left;
    left[7] = std::numeric_limits<float>::quiet_NaN();
    const std::array<float*, 2> block = {left.data(), right.data()};
    AllocationGuard guard;
    for (int i = 0; i < 20; ++i) {
      denoiser.setMix(i % 2 == 0 ? 0.5F : 1.0F);
      denoiser.setAttenuationLimitDb(static_cast<float>(i));
      denoiser.setBypass(i == 5);
      denoiser.setListenRemoved(i == 9);
      denoiser.setLinkChannels(i % 3 == 0 ? ChannelLink::kIndependent : ChannelLink::kAuto);
      denoiser.process(block.data(), block.data(), 2000 - i);
      if (i == 10) denoiser.reset();
    }
    EXPECT_EQ(guard.stop(), 0U) << rate;
  }
}

TEST(Denoiser, ShowsTheNewestHop) {
  Denoiser denoiser(openModel());
  DenoiserSnapshot snapshot;
  EXPECT_FALSE(denoiser.latestSnapshot(snapshot));
  denoiser.prepare({16000, 1, 4096});
  EXPECT_FALSE(denoiser.latestSnapshot(snapshot));
  // Bin 16 of a transform of 128 samples at 16 kHz.
  (void)runMono(denoiser, sine(16000, 2000.0, 4096, 1.0F), 4096);
  ASSERT_TRUE(denoiser.latestSnapshot(snapshot));
  EXPECT_FALSE(denoiser.latestSnapshot(snapshot));
  EXPECT_EQ(snapshot.hop_index, 4096U / 32U);
  EXPECT_EQ(snapshot.sample_rate_hz, 16000);
  ASSERT_EQ(snapshot.input_db.size(), 65U);
  EXPECT_NEAR(snapshot.input_db[16], 0.0F, 0.05F);
  EXPECT_NEAR(snapshot.output_db[16], 0.0F, 0.05F);
  EXPECT_LT(snapshot.input_db[40], -40.0F);
  EXPECT_EQ(snapshot.output_db[64], -150.0F);  // the top bin is not passed on
  ASSERT_EQ(snapshot.ssm_state_rms.size(), 2U);
  EXPECT_GT(snapshot.ssm_state_rms[0], 0.0F);
  denoiser.reset();
  (void)runMono(denoiser, std::vector<float>(32), 32);
  ASSERT_TRUE(denoiser.latestSnapshot(snapshot));
  EXPECT_EQ(snapshot.hop_index, 1U);
}

// A model in which silence means zeros everywhere, so that its state decays without end.
std::shared_ptr<const DenoiserModel> decayingModel() {
  TestModel model = randomModel(smallConfig());
  for (TestTensor& tensor : model.tensors) {
    const bool shifts = tensor.name.ends_with("bias") && !tensor.name.ends_with("dt_proj.bias");
    if (shifts || tensor.name.ends_with("running_mean")) {
      std::fill(tensor.data.begin(), tensor.data.end(), std::byte{0});
    }
  }
  return DenoiserModel::parse(model.bytes(), "decaying");
}

// Values of the recurrent state that are not zero, and how many of those are denormal.
struct StateCount {
  std::size_t alive = 0;
  std::size_t denormal = 0;
};
StateCount countState(const Denoiser& denoiser) {
  // A saved mono stream ends with the recurrent state.
  const std::vector<std::byte> bytes = denoiser.saveState();
  const DenoiserConfig& config = denoiser.model().config();
  const BlockState blank(config.bandBlock(), config.n_band, config.n_layer);
  constexpr std::size_t kHeaderBytes = 32;
  std::vector<float> values((blank.savedBytes() - kHeaderBytes) / sizeof(float));
  std::memcpy(values.data(), bytes.data() + (bytes.size() - values.size() * sizeof(float)),
              values.size() * sizeof(float));
  StateCount count;
  for (const float value : values) {
    count.alive += value != 0.0F ? 1 : 0;
    count.denormal += std::fpclassify(value) == FP_SUBNORMAL ? 1 : 0;
  }
  return count;
}

// Denormals cost some hundred cycles an operation: a pause after speech must not end in them.
TEST(Denoiser, HasNoDenormalInItsStateAfterAMinuteOfZeros) {
  Denoiser denoiser(decayingModel());
  denoiser.prepare({16000, 1, 1600});
  (void)runMono(denoiser, noisySignal(16000, 16000), 1600);
  EXPECT_GT(countState(denoiser).alive, 400U);
  const std::vector<float> zeros(1600);
  for (int i = 0; i < 60 * 10; ++i) {
    (void)runMono(denoiser, zeros, zeros.size());
    const StateCount count = countState(denoiser);
    ASSERT_EQ(count.denormal, 0U) << 0.1 * (i + 1) << " s, " << count.alive << " not yet zero";
  }
  EXPECT_EQ(countState(denoiser).alive, 0U);
}

TEST(Denoiser, LeavesTheThreadsDenormalsAsTheyWere) {
  volatile float tiny = std::numeric_limits<float>::min();
  const float half = tiny * 0.5F;
  ASSERT_NE(half, 0.0F);
  Denoiser denoiser(smallModel());
  denoiser.prepare({16000, 1, 1000});
  (void)runMono(denoiser, noisySignal(16000, 4000), 1000);
  EXPECT_EQ(tiny * 0.5F, half);
  const ScopedFlushDenormals flush;  // nor does it switch on what was off
  const float flushed = tiny * 0.5F;
  (void)runMono(denoiser, noisySignal(16000, 4000), 1000);
  EXPECT_EQ(tiny * 0.5F, flushed);
}

// For the thread sanitizer: setters, counter and snapshots are used while the stream runs.
TEST(Denoiser, ServesOtherThreadsWhileItRuns) {
  Denoiser denoiser(smallModel());
  denoiser.prepare({16000, 1, 160});
  std::atomic<bool> done{false};
  std::uint64_t newest = 0;
  std::thread window([&] {
    DenoiserSnapshot snapshot;
    for (int i = 0; !done.load(); ++i) {
      denoiser.setMix(0.01F * static_cast<float>(i % 100));
      denoiser.setAttenuationLimitDb(static_cast<float>(i % 40));
      denoiser.setBypass(i % 7 == 0);
      denoiser.setListenRemoved(i % 5 == 0);
      denoiser.setLinkChannels(i % 2 == 0 ? ChannelLink::kLinked : ChannelLink::kAuto);
      if (denoiser.latestSnapshot(snapshot)) {
        EXPECT_GT(snapshot.hop_index, newest);
        newest = snapshot.hop_index;
        for (const float db : snapshot.output_db) EXPECT_TRUE(std::isfinite(db));
      }
      EXPECT_EQ(denoiser.nonFiniteSamples(), 0U);
    }
  });
  const std::vector<float> out = runMono(denoiser, noisySignal(16000, 80000), 160);
  done = true;
  window.join();
  for (const float sample : out) ASSERT_TRUE(std::isfinite(sample));
}

}  // namespace
}  // namespace hiss
