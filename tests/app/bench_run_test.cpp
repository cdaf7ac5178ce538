// SPDX-License-Identifier: Apache-2.0
// What `hiss bench` runs, with a tiny model and little sound: that everything is measured and
// counted. How fast it is, is not judged.
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "app/engine/bench_denoiser.h"
#include "app/engine/bench_machine.h"
#include "app/engine/bench_sound.h"
#include "app/engine/bench_stacks.h"
#include "app/engine/bench_streams.h"
#include "app/engine/failure.h"
#include "ssm/simd/dispatch.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

DenoiserBench tinyBench(double seconds) {
  DenoiserBench bench;
  bench.model = DenoiserModel::parse(randomModel(tinyConfig()).bytes(), "tiny");
  bench.sound = generateBenchSound(0.05);  // shorter than what is run
  bench.targets = availableKernels();
  bench.parts_target = bench.targets.front();
  bench.seconds = seconds;
  return bench;
}

void expectOrdered(const BenchTimes& times) {
  EXPECT_GT(times.p50_us, 0.0);
  EXPECT_LE(times.p50_us, times.p99_us);
  EXPECT_LE(times.p99_us, times.p999_us);
  EXPECT_LE(times.p999_us, times.max_us);
  EXPECT_GT(times.mean_us, 0.0);
  EXPECT_LE(times.mean_us, times.max_us);
}

TEST(BenchRun, MeasuresEveryTargetAndEveryPart) {
  const DenoiserBench bench = tinyBench(0.5);
  BenchReport report;
  runDenoiserBench(bench, {}, report);
  const DenoiserConfig& config = bench.model->config();
  EXPECT_EQ(report.stream.block_samples, config.hop);
  EXPECT_DOUBLE_EQ(report.stream.block_us, 1e6 * config.hop / config.sample_rate);
  const auto hops = static_cast<std::size_t>(std::ceil(0.5e6 / report.stream.block_us));
  ASSERT_EQ(report.targets.size(), bench.targets.size());
  for (std::size_t i = 0; i < report.targets.size(); ++i) {
    const BenchTarget& target = report.targets[i];
    EXPECT_EQ(target.simd, bench.targets[i]->name);
    EXPECT_EQ(target.hop.count, hops);
    expectOrdered(target.hop);
    EXPECT_DOUBLE_EQ(target.rtf, target.hop.mean_us / report.stream.block_us);
    EXPECT_GT(target.gmac_per_s, 0.0);
    EXPECT_GT(target.roofline_share, 0.0);
    EXPECT_GT(target.roofline.own_bytes_per_s, 0.0);
  }
  EXPECT_EQ(report.parts_simd, "scalar");
  EXPECT_EQ(report.footprint_bytes, footprintOf(netParts(config)));
  // The network's parts, the transforms, the rest.
  const std::vector<NetPart> parts = netParts(config);
  ASSERT_EQ(report.parts.size(), parts.size() + 2);
  double sum_us = 0.0;
  for (const BenchPart& part : report.parts) sum_us += part.us;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    EXPECT_EQ(report.parts[i].part.name, parts[i].name);
    EXPECT_EQ(report.parts[i].ns_per_state > 0.0, parts[i].exps > 0.0) << parts[i].name;
    EXPECT_EQ(report.parts[i].bound.seconds > 0.0, parts[i].macs > 0.0) << parts[i].name;
  }
  EXPECT_EQ(report.parts[parts.size()].part.name, "stft");
  EXPECT_GT(report.parts[parts.size()].us, 0.0);
  EXPECT_EQ(report.parts.back().part.name, "rest");
  const double hop_us = report.targets.front().hop.p50_us;
  EXPECT_GE(sum_us, 0.999 * hop_us);  // the rest fills what is missing
  EXPECT_NEAR(report.parts.front().share_of_hop, report.parts.front().us / hop_us, 1e-9);
}

TEST(BenchRun, TakesSoundOfOtherRatesAndSeveralChannels) {
  DenoiserBench bench = tinyBench(0.2);
  bench.sound.sample_rate_hz = 44100;
  bench.sound.samples.push_back(bench.sound.samples.front());
  BenchReport report;
  runDenoiserBench(bench, {}, report);
  EXPECT_EQ(report.stream.channels, 2);
  const DenoiserConfig& config = bench.model->config();
  EXPECT_EQ(report.stream.block_samples, std::lround(44100.0 * config.hop / config.sample_rate));
  bench.sound.samples = {{0.5F}};  // one sample is repeated
  EXPECT_NO_THROW(runDenoiserBench(bench, {}, report));
}

TEST(BenchRun, RefusesSoundThatTheModelDoesNotTake) {
  DenoiserBench bench = tinyBench(0.2);
  bench.sound.sample_rate_hz = 1000;
  BenchReport report;
  try {
    runDenoiserBench(bench, {}, report);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kInput);
  }
}

TEST(BenchRun, StopsWhenAsked) {
  const DenoiserBench bench = tinyBench(10.0);
  BenchReport report;
  int calls = 0;
  const ProgressFunction stop = [&](std::int64_t done, std::int64_t total) {
    EXPECT_LT(done, total);
    return ++calls < 2;
  };
  try {
    runDenoiserBench(bench, stop, report);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kCancelled);
  }
  EXPECT_EQ(calls, 2);
}

TEST(BenchRun, MeasuresEveryStackOnEveryTarget) {
  BenchReport report;
  const std::vector<const Kernels*> targets = {availableKernels().back()};
  std::int64_t last = 0;
  std::int64_t all = -1;
  runStackBench(
      targets, 0.0,
      [&](std::int64_t done, std::int64_t total) {
        EXPECT_GT(done, last);
        last = done;
        all = total;
        return true;
      },
      report);
  EXPECT_EQ(last, all);
  ASSERT_EQ(report.stacks.size(), 2 * kBenchStacks.size());
  for (std::size_t i = 0; i < report.stacks.size(); ++i) {
    const BenchStack& stack = report.stacks[i];
    EXPECT_EQ(stack.d_model, kBenchStacks[i / 2].d_model);
    EXPECT_EQ(stack.n_layer, kBenchStacks[i / 2].n_layer);
    EXPECT_EQ(stack.weights, i % 2 == 0 ? "f32" : "bf16");
    EXPECT_EQ(stack.d_state, 16);
    expectOrdered(stack.step);
    EXPECT_GT(stack.ns_per_state, 0.0);
    EXPECT_GT(stack.roofline_share, 0.0);
  }
}

TEST(BenchRun, MeasuresStreamsSideBySide) {
  const DenoiserBench tiny = tinyBench(0.0);
  BenchReport report;
  runStreamsBench({tiny.model, &tiny.sound, tiny.targets.back(), 5, 0.5}, {}, report);
  ASSERT_EQ(report.streams.size(), 1U);
  const BenchStreams& row = report.streams[0];
  EXPECT_EQ(row.simd, tiny.targets.back()->name);
  EXPECT_EQ(row.streams, 5);
  EXPECT_EQ(row.tick.count, 32U);  // of 16 ms
  expectOrdered(row.tick);
  EXPECT_NEAR(row.real_time_share, row.tick.p50_us / 16000.0, 1e-12);
  EXPECT_LE(row.misses, row.tick.count);
}

TEST(BenchSound, GeneratedSoundIsAlwaysTheSameAndNeverLoud) {
  const BenchSound first = generateBenchSound(1.0);
  EXPECT_TRUE(first.generated);
  ASSERT_EQ(first.samples.size(), 1U);
  EXPECT_EQ(first.samples[0].size(), static_cast<std::size_t>(first.sample_rate_hz));
  EXPECT_EQ(first.samples, generateBenchSound(1.0).samples);
  const std::set<float> values(first.samples[0].begin(), first.samples[0].end());
  EXPECT_GT(values.size(), 1000U);
  EXPECT_GT(*values.begin(), -1.0F);
  EXPECT_LT(*values.rbegin(), 1.0F);
  EXPECT_EQ(generateBenchSound(0.0).samples[0].size(), 1U);
}

TEST(BenchSound, TheDefaultIsARecordingOfTheSourceTree) {
  const BenchSound sound = defaultBenchSound(0.5);
  EXPECT_FALSE(sound.generated);
  EXPECT_EQ(sound.name, "cafe_noisy.flac");
  EXPECT_GE(sound.samples[0].size(), 8000U);
}

class BenchSoundFile : public TemporaryFolderTest {};

TEST_F(BenchSoundFile, ReadsNoMoreThanIsNeeded) {
  const Sound sound = makeTone(2, 100'000);
  writeSound(path("a.wav"), sound);
  const BenchSound read = readBenchSound(path("a.wav").string(), 0.1);
  ASSERT_EQ(read.samples.size(), 2U);
  EXPECT_GE(read.samples[0].size(), 1600U);
  EXPECT_LT(read.samples[0].size(), 10'000U);
  for (std::size_t i = 0; i < 1600; ++i) EXPECT_EQ(read.samples[1][i], sound[1][i]);
  EXPECT_THROW(readBenchSound(path("none.wav").string(), 0.1), Failure);
}

TEST(BenchMachine, PinsAndLetsGo) {
  cpu_set_t before;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(before), &before), 0);
  {
    const PinnedCore pin(std::nullopt);
    ASSERT_EQ(pin.problem(), "");
    cpu_set_t now;
    ASSERT_EQ(::sched_getaffinity(0, sizeof(now), &now), 0);
    EXPECT_EQ(CPU_COUNT(&now), 1);
    EXPECT_TRUE(CPU_ISSET(static_cast<unsigned>(pin.core()), &now));
    const BenchMachine machine = describeMachine(pin);
    EXPECT_TRUE(machine.pinned);
    EXPECT_FALSE(machine.cpu.empty());
    EXPECT_FALSE(machine.system.empty());
    EXPECT_FALSE(machine.compiler.empty());
    EXPECT_GT(machine.caches.l1_bytes, 0.0);
    EXPECT_GT(machine.caches.l2_bytes, machine.caches.l1_bytes);
  }
  cpu_set_t after;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(after), &after), 0);
  EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

TEST(BenchMachine, SaysWhenThereIsNoSuchCore) {
  const PinnedCore pin(CPU_SETSIZE - 1);
  EXPECT_NE(pin.problem(), "");
  EXPECT_FALSE(describeMachine(pin).pinned);
  EXPECT_NE(PinnedCore(CPU_SETSIZE).problem(), "");
}

}  // namespace
}  // namespace hiss
