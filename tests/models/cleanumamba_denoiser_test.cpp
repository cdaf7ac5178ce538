// SPDX-License-Identifier: Apache-2.0
// An imported CleanUMamba as a Denoiser, through the interface of every model.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "dsp/resampler.h"
#include "models/cleanumamba_core.h"
#include "models/denoiser.h"
#include "models/denoiser_pool.h"
#include "models/import/model_import.h"
#include "models/rate_bridge.h"
#include "tests/models/resample.h"
#include "tests/models/stream_tools.h"
#include "tests/support/allocation_guard.h"
#include "tests/support/golden.h"
#include "tests/support/tolerance.h"

namespace hiss {
namespace {

constexpr int kRate = 16000;

std::shared_ptr<const DenoiserModel> tinyModel() {
  const ImportedModel imported =
      importModel({.input = goldenPath("cleanumamba_tiny.pkl"), .name = "tiny"});
  return DenoiserModel::parse(imported.file, "tiny");
}

std::vector<float> run(const std::vector<float>& input, std::size_t block,
                       const Kernels& kernels = defaultKernels()) {
  Denoiser denoiser(tinyModel(), kernels);
  denoiser.prepare({kRate, 1, static_cast<int>(block)});
  return runMono(denoiser, input, block);
}

TEST(CleanUMambaDenoiser, TellsWhatItIs) {
  const auto model = tinyModel();
  ASSERT_NE(model->cleanUMamba(), nullptr);
  EXPECT_EQ(model->config().sample_rate, kRate);
  EXPECT_EQ(model->config().hop, 8);
  EXPECT_EQ(model->config().latencySamples(), 24);
  EXPECT_GT(model->macsPerSecond(), 1e6);
  EXPECT_THROW((void)model->pack(defaultKernels()), std::invalid_argument);
  EXPECT_THROW(DenoiserPool(model, 1), std::invalid_argument);
  Denoiser denoiser(model);
  denoiser.prepare({kRate, 1, 64});
  EXPECT_EQ(denoiser.latencySamples(), 24);
  EXPECT_EQ(denoiser.stateTap()->layout().layers.size(), 2U);
}

TEST(CleanUMambaDenoiser, AnyBlockSizeGivesTheSameBits) {
  const std::vector<float> input = noisySignal(kRate, 3000);
  const std::vector<float> expected = run(input, 3000);
  for (const std::size_t block : {1U, 7U, 8U, 24U, 100U, 257U, 1024U}) {
    EXPECT_TRUE(sameBits(run(input, block), expected)) << block;
  }
}

TEST(CleanUMambaDenoiser, ChannelsAreApart) {
  const std::vector<float> left = noisySignal(kRate, 900, 1);
  const std::vector<float> right = noisySignal(kRate, 900, 2);
  std::vector<float> out_left(900);
  std::vector<float> out_right(900);
  Denoiser denoiser(tinyModel());
  denoiser.prepare({kRate, 2, 900});
  const float* in[] = {left.data(), right.data()};
  float* out[] = {out_left.data(), out_right.data()};
  denoiser.process(in, out, 900);
  EXPECT_TRUE(sameBits(out_left, run(left, 900)));
  EXPECT_TRUE(sameBits(out_right, run(right, 900)));
}

TEST(CleanUMambaDenoiser, InstructionSetsAgree) {
  const std::vector<float> input = noisySignal(kRate, 4000);
  const std::vector<float> expected = run(input, 4000, scalarKernels());
  for (const Kernels* kernels : availableKernels()) {
    EXPECT_GT(snrDb(expected, run(input, 4000, *kernels)), 100.0) << kernels->name;
  }
}

constexpr int kOtherRates[] = {48000, 44100, 8000, 4000, 11025, 44099, 384000};

std::vector<float> runAt(int rate, const std::vector<float>& input, std::size_t block) {
  Denoiser denoiser(tinyModel());
  denoiser.prepare({rate, 1, static_cast<int>(block)});
  return runMono(denoiser, input, block);
}

TEST(CleanUMambaDenoiser, AnyBlockSizeGivesTheSameBitsAtAnyRate) {
  for (const int rate : kOtherRates) {
    const std::vector<float> input = noisySignal(rate, 5000);
    const std::vector<float> expected = runAt(rate, input, 5000);
    for (const std::size_t block : {1U, 7U, 255U, 256U, 1000U}) {
      EXPECT_TRUE(sameBits(runAt(rate, input, block), expected)) << rate << " " << block;
    }
  }
}

// What is left below 5.5 kHz of a sound at 48 kHz.
std::vector<float> lowOf(const float* sound, std::size_t n) {
  Resampler resampler;
  resampler.prepare(48000, 12800, static_cast<int>(n));
  resampler.push(sound, static_cast<int>(n));
  std::vector<float> low(static_cast<std::size_t>(resampler.ready()));
  resampler.pull(low.data(), static_cast<int>(low.size()));
  low.erase(low.begin(), low.begin() + 100);  // which zeros went into
  return low;
}

// What it makes of a sound at 48 kHz is what it makes of the sound at 16 kHz, below the edge.
TEST(CleanUMambaDenoiser, HearsTheSameAtAnotherRate) {
  constexpr std::size_t kOwn = 16000;
  constexpr std::size_t kThrice = 3 * kOwn;
  const std::vector<float> sound = resampled(resampled(noisySignal(kRate, kOwn), 12800), kOwn);
  const std::vector<float> expected = resampled(run(sound, kOwn), kThrice);
  Denoiser denoiser(tinyModel());
  denoiser.prepare({48000, 1, 480});
  const std::vector<float> found = runMono(denoiser, resampled(sound, kThrice), 480);
  const auto late = static_cast<std::size_t>(denoiser.latencySamples());
  constexpr std::size_t kLateOwn = 3 * 24;
  constexpr std::size_t kFrom = kThrice / 4;
  EXPECT_GT(snrDb(lowOf(expected.data() + kFrom + kLateOwn, kThrice / 2),
                  lowOf(found.data() + kFrom + late, kThrice / 2)),
            30.0);
}

// A core that only delays.
class LateCore final : public DenoiserCore {
 public:
  explicit LateCore(float gain) : gain_(gain) {}
  [[nodiscard]] StateLayout stateLayout() const override { return {}; }
  void prepare(const StreamSpec& spec) override {
    EXPECT_EQ(spec.sample_rate_hz, kRate);
    max_block_ = spec.max_block;
    line_.prepare(latencySamples());
  }
  [[nodiscard]] int latencySamples() const noexcept HISS_NONBLOCKING override { return 100; }
  void process(const float* const* in, float* const* out, int n, const CoreControls& /*controls*/,
               StateTap& /*tap*/) noexcept HISS_NONBLOCKING override {
    EXPECT_LE(n, max_block_);
    for (int i = 0; i < n; ++i) {
      float late = 0.0F;
      line_.process(in[0] + i, &late, 1);
      out[0][i] = gain_ * late;
    }
  }
  void reset() noexcept HISS_NONBLOCKING override { line_.reset(); }
  void save(StateWriter& writer) const override { line_.save(writer); }
  void load(StateReader& reader) override { line_.load(reader); }

 private:
  float gain_;
  int max_block_ = 0;
  DelayLine line_;
};

std::vector<float> bridged(float gain, int rate, const std::vector<float>& input, int& latency) {
  RateBridge bridge(std::make_unique<LateCore>(gain), kRate);
  bridge.prepare({rate, 1, 256});
  latency = bridge.latencySamples();
  StateTap tap({});
  std::vector<float> output(input.size());
  for (std::size_t at = 0; at < input.size(); at += 200) {
    const float* in = input.data() + at;
    float* out = output.data() + at;
    bridge.process(&in, &out, static_cast<int>(std::min<std::size_t>(200, input.size() - at)), {},
                   tap);
  }
  return output;
}

// Nothing is lost of what the core leaves as it is, above its band neither, and what it turns down
// is turned down alike there.
TEST(RateBridge, GivesTheStreamBackInItsPlace) {
  for (const int rate : kOtherRates) {
    const std::vector<float> input = noisySignal(rate, static_cast<std::size_t>(rate) / 4);
    for (const float gain : {1.0F, 0.25F}) {
      int latency = 0;
      const std::vector<float> output = bridged(gain, rate, input, latency);
      EXPECT_GE(latency, 100 * rate / kRate);
      // At most two lengths of the kernels on top.
      EXPECT_LE(latency, (100 + 4) * rate / kRate + 72 * std::max(rate, kRate) / kRate +
                             72 * std::max(rate, kRate) / kRate);
      // The first 16 ms fill the measure of the power.
      const auto late = static_cast<std::size_t>(latency);
      const std::size_t from = input.size() / 2;
      std::vector<float> expected(input.begin() + from, input.end() - latency);
      for (float& value : expected) value *= gain;
      const std::vector<float> found(output.begin() + from + late, output.end());
      EXPECT_GT(snrDb(expected, found), gain == 1.0F ? 100.0 : 60.0) << rate << " " << gain;
    }
  }
}

TEST(RateBridge, AddsNothingAtTheCoresOwnRate) {
  const std::vector<float> input = noisySignal(kRate, 3000);
  int latency = 0;
  const std::vector<float> output = bridged(0.5F, kRate, input, latency);
  EXPECT_EQ(latency, 100);
  for (std::size_t i = 100; i < input.size(); ++i) ASSERT_EQ(output[i], 0.5F * input[i - 100]);
}

TEST(CleanUMambaDenoiser, BypassIsTheInputLater) {
  for (const int rate : {kRate, 48000, 44100}) {
    const std::vector<float> input = noisySignal(rate, 2000);
    Denoiser denoiser(tinyModel());
    denoiser.setBypass(true);
    denoiser.prepare({rate, 1, 64});
    const std::vector<float> output = runMono(denoiser, input, 64);
    const int late = denoiser.latencySamples();
    EXPECT_TRUE(std::equal(input.begin(), input.end() - late, output.begin() + late)) << rate;
  }
}

TEST(CleanUMambaDenoiser, StateGoesOnToTheBit) {
  const auto model = tinyModel();
  for (const int rate : {kRate, 44100, 8000}) {
    const std::vector<float> input = noisySignal(rate, 1000);
    const std::vector<float> expected = runAt(rate, input, 1000);
    Denoiser first(model);
    first.prepare({rate, 1, 1000});
    const std::vector<float> begin(input.begin(), input.begin() + 333);
    std::vector<float> output = runMono(first, begin, 100);
    const std::vector<std::byte> state = first.saveState();
    Denoiser second(model);
    second.prepare({rate, 1, 1000});
    second.loadState(state);
    const std::vector<float> rest(input.begin() + 333, input.end());
    std::vector<std::byte> damaged = state;
    damaged.resize(damaged.size() - 4);
    EXPECT_THROW(second.loadState(damaged), std::runtime_error);
    const std::vector<float> end = runMono(second, rest, 100);
    output.insert(output.end(), end.begin(), end.end());
    EXPECT_TRUE(sameBits(output, expected)) << rate;
    second.reset();
    EXPECT_TRUE(sameBits(runMono(second, input, 1000), expected)) << rate;
  }
}

TEST(CleanUMambaDenoiser, ProcessAllocatesNothing) {
  for (const int rate : {kRate, 44100}) {
    Denoiser denoiser(tinyModel());
    denoiser.prepare({rate, 1, 64});
    denoiser.stateTap()->look({1, 0});
    std::vector<float> samples = noisySignal(rate, 64);
    const float* const in = samples.data();
    float* const out = samples.data();
    AllocationGuard guard;
    for (int i = 0; i < 5; ++i) denoiser.process(&in, &out, 64);
    denoiser.reset();
    EXPECT_EQ(guard.stop(), 0U) << rate;
  }
}

TEST(CleanUMambaDenoiser, ShowsTheStateOfABlock) {
  Denoiser denoiser(tinyModel());
  denoiser.prepare({kRate, 1, 80});
  denoiser.stateTap()->look({1, 0});
  (void)runMono(denoiser, noisySignal(kRate, 80), 80);
  StateSnapshot snapshot;
  ASSERT_TRUE(denoiser.stateTap()->next(snapshot));
  EXPECT_EQ(snapshot.step, 3U);  // the first hops only fill the look-ahead
  EXPECT_EQ(snapshot.h.size(), 13U * 5U);
  ASSERT_EQ(snapshot.ssm_state_rms.size(), 2U);
  double squares = 0.0;
  for (const float value : snapshot.h) squares += double{value} * value;
  EXPECT_NEAR(snapshot.ssm_state_rms[1], std::sqrt(squares / 65.0), 1e-6);
}

TEST(CleanUMambaDenoiser, HugeAndMissingSamplesStayFinite) {
  std::vector<float> input = noisySignal(kRate, 2000);
  for (std::size_t i = 0; i < input.size(); i += 97) input[i] = i % 2 == 0 ? 1e30F : NAN;
  for (const float value : run(input, 500)) ASSERT_TRUE(std::isfinite(value));
  for (const float value : run(std::vector<float>(2000), 500)) ASSERT_TRUE(std::isfinite(value));
}

TEST(RunningDeviation, IsThatOfAllSoFarAndForgets) {
  const std::vector<float> x = noisySignal(kRate, 4000);
  RunningDeviation running;
  running.prepare(kRate);
  float found = 0.0F;
  for (std::size_t i = 0; i < x.size(); i += 8) found = running.add(x.data() + i, 8);
  double sum = 0.0;
  double squares = 0.0;
  for (const float value : x) sum += value;
  const double mean = sum / 4000.0;
  for (const float value : x) squares += (value - mean) * (value - mean);
  EXPECT_NEAR(found, std::sqrt(squares / 3999.0) + 1e-3, 1e-6);
  // A long silence: 60 s are six times its memory.
  const std::vector<float> silence(8);
  for (int i = 0; i < 60 * kRate / 8; ++i) found = running.add(silence.data(), 8);
  EXPECT_LT(found, 1e-3F + 0.05F * static_cast<float>(std::sqrt(squares / 3999.0)));
}

}  // namespace
}  // namespace hiss
