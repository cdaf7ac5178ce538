// SPDX-License-Identifier: Apache-2.0
// Speed of the engine on one core, per kernel set:
//   step/SET/ROWSxD_MODELxD_STATE   one Mamba block step; `time` is that of one step,
//   `time_per_state`
//                                   that over the values of its recurrent state
//   KIND/SET/ROWSxD_MODELxD_STATE   one step of a block of any kind through the common interface,
//                                   with heads of 32 channels in mamba2
//   gemm/SET/ROWSxN_INxN_OUT        Linear::forward
//   mix/SET/F_OUTxF_INxCHANNELS     BandMix::forward
//   silu/SET, softplus/SET          elementwise, 3072 values
// MAC/s counts one multiply-add of the matrices; of a step, those of its four projections, the
// convolution and two per state value. --benchmark_filter=avx2 and --benchmark_format=json help.
#include <benchmark/benchmark.h>

#include <array>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "ssm/band_mix.h"
#include "ssm/linear.h"
#include "ssm/mamba_block.h"
#include "ssm/simd/dispatch.h"
#include "tests/ssm/random_block.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

void setMacs(benchmark::State& state, double macs) {
  state.counters["MAC/s"] = benchmark::Counter(macs, benchmark::Counter::kIsIterationInvariantRate);
}

std::string label(const char* kind, const Kernels& kernels, int a, int b, int c) {
  return std::string(kind) + "/" + kernels.name + "/" + std::to_string(a) + "x" +
         std::to_string(b) + "x" + std::to_string(c);
}

void stepBench(benchmark::State& state, const Kernels& kernels, int rows, int d_model,
               int d_state) {
  const MambaConfig config = mambaConfig(d_model, d_state);
  const MambaBlock block = RandomBlock(config).block(kernels);
  MambaState memory(config, rows, 1);
  MambaScratch scratch(config, rows);
  const std::vector<float> x = goldenTensor(1, static_cast<std::size_t>(rows * d_model), 2.0f);
  std::vector<float> y(x.size());
  while (state.KeepRunning()) {
    block.step(x.data(), y.data(), memory, 0, scratch);
    benchmark::DoNotOptimize(y.data());
  }
  const int d_inner = config.dInner();
  state.counters["time_per_state"] = benchmark::Counter(
      static_cast<double>(rows) * d_inner * d_state,
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  setMacs(state, static_cast<double>(rows) * d_inner *
                     (3.0 * d_model + 2.0 * config.dt_rank + 4.0 * d_state + config.d_conv));
}

void kindBench(benchmark::State& state, const Kernels& kernels, BlockKind kind, int rows,
               int d_model, int d_state) {
  BlockConfig config;
  config.kind = kind;
  config.d_model = d_model;
  config.d_state = d_state;
  config.dt_rank = (d_model + 15) / 16;
  config.headdim = 32;
  const auto block = RandomKind(config).block(kernels);
  BlockState memory = block->makeState(rows);
  BlockScratch scratch = block->makeScratch(rows);
  const std::vector<float> x = goldenTensor(1, static_cast<std::size_t>(rows * d_model), 2.0f);
  std::vector<float> y(x.size());
  while (state.KeepRunning()) {
    block->step(x.data(), y.data(), memory, 0, scratch);
    benchmark::DoNotOptimize(y.data());
  }
  state.counters["state_bytes"] =
      static_cast<double>(rows) * static_cast<double>(stateBytes(config));
  setMacs(state, static_cast<double>(rows) * static_cast<double>(stepMacs(config)));
}

void gemmBench(benchmark::State& state, const Kernels& kernels, int rows, int n_in, int n_out) {
  const auto count = static_cast<std::size_t>(n_in * n_out);
  const Linear linear(goldenTensor(1, count, 1.0f), {}, n_out, n_in, kernels);
  const std::vector<float> x = goldenTensor(2, static_cast<std::size_t>(rows * n_in), 1.0f);
  std::vector<float> y(static_cast<std::size_t>(rows * n_out));
  while (state.KeepRunning()) {
    linear.forward(x.data(), y.data(), rows);
    benchmark::DoNotOptimize(y.data());
  }
  setMacs(state, static_cast<double>(rows) * n_in * n_out);
}

void mixBench(benchmark::State& state, const Kernels& kernels, int f_out, int f_in, int channels) {
  const auto count = static_cast<std::size_t>(f_in * f_out);
  const BandMix mix(goldenTensor(1, count, 1.0f), {}, f_out, f_in, kernels);
  const std::vector<float> x = goldenTensor(2, static_cast<std::size_t>(f_in * channels), 1.0f);
  std::vector<float> y(static_cast<std::size_t>(f_out * channels));
  while (state.KeepRunning()) {
    mix.forward(x.data(), y.data(), channels);
    benchmark::DoNotOptimize(y.data());
  }
  setMacs(state, static_cast<double>(f_out) * f_in * channels);
}

void mapBench(benchmark::State& state, decltype(Kernels::silu) map) {
  constexpr int kCount = 3072;
  const std::vector<float> x = goldenTensor(1, kCount, 8.0f);
  std::vector<float> y(kCount);
  while (state.KeepRunning()) {
    map(x.data(), y.data(), kCount);
    benchmark::DoNotOptimize(y.data());
  }
  state.SetItemsProcessed(state.iterations() * kCount);
}

using Sizes = std::array<int, 3>;
constexpr Sizes kSteps[] = {{24, 36, 16}, {1, 36, 16},  {1, 64, 16},
                            {1, 128, 16}, {1, 128, 64}, {64, 128, 16}};
constexpr Sizes kKinds[] = {{1, 64, 16}, {24, 64, 16}, {1, 128, 64}};
constexpr Sizes kGemms[] = {{64, 144, 48}, {64, 96, 48}, {64, 16, 48}, {24, 36, 152},
                            {24, 72, 36},  {24, 72, 35}, {24, 3, 72},  {64, 48, 16},
                            {1, 128, 512}, {1, 256, 128}};
constexpr Sizes kMixes[] = {{24, 64, 48}, {64, 24, 48}, {48, 24, 36}, {24, 48, 36}};

[[maybe_unused]] const bool kRegistered = [] {
  for (const Kernels* kernels : availableKernels()) {
    for (const Sizes& s : kSteps) {
      benchmark::RegisterBenchmark(label("step", *kernels, s[0], s[1], s[2]).c_str(), stepBench,
                                   *kernels, s[0], s[1], s[2]);
    }
    for (const BlockKind kind : kBlockKinds) {
      const std::string name(blockKindName(kind));
      for (const Sizes& s : kKinds) {
        benchmark::RegisterBenchmark(label(name.c_str(), *kernels, s[0], s[1], s[2]).c_str(),
                                     kindBench, *kernels, kind, s[0], s[1], s[2]);
      }
    }
    for (const Sizes& s : kGemms) {
      benchmark::RegisterBenchmark(label("gemm", *kernels, s[0], s[1], s[2]).c_str(), gemmBench,
                                   *kernels, s[0], s[1], s[2]);
    }
    for (const Sizes& s : kMixes) {
      benchmark::RegisterBenchmark(label("mix", *kernels, s[0], s[1], s[2]).c_str(), mixBench,
                                   *kernels, s[0], s[1], s[2]);
    }
    benchmark::RegisterBenchmark((std::string("silu/") + kernels->name).c_str(), mapBench,
                                 kernels->silu);
    benchmark::RegisterBenchmark((std::string("softplus/") + kernels->name).c_str(), mapBench,
                                 kernels->softplus);
  }
  return true;
}();

}  // namespace
}  // namespace hiss
