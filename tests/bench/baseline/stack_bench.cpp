// SPDX-License-Identifier: Apache-2.0
// The recurrent step of whole Mamba stacks, one stream, on one core, for
//   plain-Ofast     plain loops, compiled with -Ofast -march=native (plain_block.cpp)
//   scalar-Ofast    the engine with its scalar kernels compiled with -Ofast -march=native
//   scalar ...      the engine with each kernel set that this CPU has
//   sse4-bf16 ...   the same with weights packed as bfloat16 (sums of floats)
// All are measured in turn within each round, so that a slow moment of the machine meets all of
// them alike. A round's figure is the least of some short bursts, the figure is the median of the
// rounds. --json writes the figures.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "dsp/realtime.h"
#include "ssm/simd/dispatch.h"
#include "tests/bench/baseline/block_stack.h"
#include "tests/bench/baseline/machine.h"
#include "tests/bench/baseline/plain_mamba.h"
#include "tests/bench/baseline/scalar_ofast.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

using nlohmann::json;

struct Options {
  int rounds = 21;
  int bursts = 8;
  double burst_ms = 2.0;
  std::string json_path;
};

struct StackSize {
  int d_model;
  int n_layer;
};
constexpr StackSize kStacks[] = {{64, 2}, {64, 4}, {128, 4}, {256, 4}, {256, 8}};
constexpr int kStateSize = 16;
constexpr std::size_t kInputs = 64;

struct Contender {
  std::string name;
  std::function<void(const float* x, float* y)> step;
  int burst_steps = 1;
  std::vector<double> rounds_ms = {};  // least time of a step, one a round
};

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Milliseconds for `steps` steps over the inputs in turn.
double burst(const Contender& contender, std::span<const float> inputs, std::span<float> y,
             int steps) {
  using Clock = std::chrono::steady_clock;
  const std::size_t width = y.size();
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < steps; ++i) {
    contender.step(inputs.data() + static_cast<std::size_t>(i) % kInputs * width, y.data());
  }
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Doubles the burst until it lasts; warms the caches on the way.
int stepsLasting(double ms, const Contender& contender, std::span<const float> inputs,
                 std::span<float> y) {
  int steps = 1;
  while (burst(contender, inputs, y, steps) < ms) steps *= 2;
  return steps;
}

double multiplyAdds(const MambaConfig& config, int n_layer) {
  return static_cast<double>(n_layer) * config.dInner() *
         (3.0 * config.d_model + 2.0 * config.dt_rank + 4.0 * config.d_state + config.d_conv);
}

json measure(const StackSize& size, const Options& options) {
  const MambaConfig config = mambaConfig(size.d_model, kStateSize);
  const std::vector<RandomBlock> weights = randomStack(config, size.n_layer);
  const auto width = static_cast<std::size_t>(size.d_model);
  const std::vector<float> inputs = goldenTensor(1000, kInputs * width, 2.0f);
  std::vector<float> y(width);

  std::vector<TensorLookup> lookups;
  for (const RandomBlock& block : weights) lookups.push_back(block.lookup());
  PlainMamba plain(config, lookups);
  std::vector<std::unique_ptr<BlockStack>> stacks;
  std::vector<Contender> contenders;
  contenders.push_back({"plain-Ofast", [&](const float* x, float* out) { plain.step(x, out); }});
  std::vector<const Kernels*> sets = {&scalarOfastKernels()};
  for (const Kernels* kernels : availableKernels()) sets.push_back(kernels);
  const auto add = [&](const Kernels& kernels, const std::string& name, WeightFormat format) {
    BlockStack* const stack =
        stacks.emplace_back(std::make_unique<BlockStack>(weights, kernels, format)).get();
    contenders.push_back({name, [stack](const float* x, float* out) { stack->step(x, out); }});
  };
  for (const Kernels* kernels : sets) add(*kernels, kernels->name, WeightFormat::kF32);
  for (const Kernels* kernels : availableKernels()) {
    if (kernels == &scalarKernels()) continue;
    add(*kernels, std::string(kernels->name) + "-bf16", WeightFormat::kBf16);
  }

  for (Contender& c : contenders) c.burst_steps = stepsLasting(options.burst_ms, c, inputs, y);
  for (int round = 0; round < options.rounds; ++round) {
    for (Contender& c : contenders) {
      double least = INFINITY;
      for (int i = 0; i < options.bursts; ++i) {
        least = std::min(least, burst(c, inputs, y, c.burst_steps) / c.burst_steps);
      }
      c.rounds_ms.push_back(least);
    }
  }

  const double plain_ms = median(contenders[0].rounds_ms);
  const double ofast_ms = median(contenders[1].rounds_ms);
  const std::string name = fmt::format("{}x{}", size.d_model, size.n_layer);
  json rows = json::array();
  for (const Contender& c : contenders) {
    const double ms = median(c.rounds_ms);
    const double gmacs = multiplyAdds(config, size.n_layer) / ms * 1e-6;
    fmt::print("{:<7} {:<13} {:>10.5f} {:>8.2f} {:>9.2f}x {:>9.2f}x\n", name, c.name, ms, gmacs,
               plain_ms / ms, ofast_ms / ms);
    rows.push_back({{"engine", c.name},
                    {"ms_per_step", ms},
                    {"min_ms_per_step", *std::min_element(c.rounds_ms.begin(), c.rounds_ms.end())},
                    {"gmac_per_s", gmacs},
                    {"times_faster_than_plain_ofast", plain_ms / ms},
                    {"times_faster_than_scalar_ofast", ofast_ms / ms}});
  }
  std::fflush(stdout);
  return {{"d_model", size.d_model}, {"n_layer", size.n_layer},   {"d_state", config.d_state},
          {"d_conv", config.d_conv}, {"dt_rank", config.dt_rank}, {"engines", rows}};
}

int run(const Options& options) {
  const ScopedFlushDenormals flush;  // what linking with -Ofast would do for the whole program
  json report = {{"cpu", cpuName()}, {"compiler", __VERSION__}, {"stacks", json::array()}};
  fmt::print("{}, compiler {}; d_state {}, batch 1\n", cpuName(), __VERSION__, kStateSize);
  fmt::print("times faster than plain-Ofast and scalar-Ofast:\n");
  fmt::print("{:<7} {:<13} {:>10} {:>8} {:>10} {:>10}\n", "stack", "engine", "ms/step", "GMAC/s",
             "plain", "scalar");
  for (const StackSize& size : kStacks) report["stacks"].push_back(measure(size, options));
  if (options.json_path.empty()) return 0;
  std::ofstream file(options.json_path);
  file << report.dump(2) << '\n';
  if (file.flush()) return 0;
  fmt::print(stderr, "stack_bench: {}: cannot be written\n", options.json_path);
  return 1;
}

}  // namespace
}  // namespace hiss

int main(int argc, char** argv) {
  hiss::Options options;
  CLI::App app("Times the recurrent step of Mamba stacks against plain code built with -Ofast");
  app.add_option("--rounds", options.rounds, "rounds; the median is reported")
      ->check(CLI::Range(1, 100000));
  app.add_option("--bursts", options.bursts, "bursts a round; the least counts")
      ->check(CLI::Range(1, 100000));
  app.add_option("--burst-ms", options.burst_ms, "length of a burst, milliseconds")
      ->check(CLI::Range(0.01, 1e4));
  app.add_option("--json", options.json_path, "file for the figures");
  CLI11_PARSE(app, argc, argv);
  return hiss::run(options);
}
