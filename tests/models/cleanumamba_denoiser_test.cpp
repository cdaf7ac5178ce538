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

#include "models/cleanumamba_stream.h"
#include "models/denoiser.h"
#include "models/denoiser_pool.h"
#include "models/import/model_import.h"
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

TEST(CleanUMambaDenoiser, TakesNoOtherRate) {
  Denoiser denoiser(tinyModel());
  try {
    denoiser.prepare({48000, 1, 64});
    FAIL() << "48 kHz was taken";
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("expected 16000 Hz"), std::string::npos);
  }
}

TEST(CleanUMambaDenoiser, BypassIsTheInputLater) {
  const std::vector<float> input = noisySignal(kRate, 500);
  Denoiser denoiser(tinyModel());
  denoiser.setBypass(true);
  denoiser.prepare({kRate, 1, 64});
  const std::vector<float> output = runMono(denoiser, input, 64);
  EXPECT_TRUE(std::equal(input.begin(), input.end() - 24, output.begin() + 24));
}

TEST(CleanUMambaDenoiser, StateGoesOnToTheBit) {
  const std::vector<float> input = noisySignal(kRate, 1000);
  const std::vector<float> expected = run(input, 1000);
  const auto model = tinyModel();
  Denoiser first(model);
  first.prepare({kRate, 1, 1000});
  const std::vector<float> begin(input.begin(), input.begin() + 333);
  std::vector<float> output = runMono(first, begin, 100);
  const std::vector<std::byte> state = first.saveState();
  Denoiser second(model);
  second.prepare({kRate, 1, 1000});
  second.loadState(state);
  const std::vector<float> rest(input.begin() + 333, input.end());
  const std::vector<float> end = runMono(second, rest, 100);
  output.insert(output.end(), end.begin(), end.end());
  EXPECT_TRUE(sameBits(output, expected));
  std::vector<std::byte> damaged = state;
  damaged.resize(damaged.size() - 4);
  EXPECT_THROW(second.loadState(damaged), std::runtime_error);
  second.reset();
  EXPECT_TRUE(sameBits(runMono(second, input, 1000), expected));
}

TEST(CleanUMambaDenoiser, ProcessAllocatesNothing) {
  Denoiser denoiser(tinyModel());
  denoiser.prepare({kRate, 1, 64});
  denoiser.stateTap()->look({1, 0});
  std::vector<float> samples = noisySignal(kRate, 64);
  const float* const in = samples.data();
  float* const out = samples.data();
  AllocationGuard guard;
  for (int i = 0; i < 5; ++i) denoiser.process(&in, &out, 64);
  denoiser.reset();
  EXPECT_EQ(guard.stop(), 0U);
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
