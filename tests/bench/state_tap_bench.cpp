// SPDX-License-Identifier: Apache-2.0
// What it costs a hop of each shipped model that somebody looks at its hidden state: the block that
// costs most, read after every hop.
//
//   unseen_us, seen_us   time of a hop at the model's own rate, lowest tenth
//   cost                 seen_us over unseen_us, less 1
//   away_ns              what the tap takes of a hop while nobody looks
//
// Hops that are seen and others take turns, so that both meet the same machine.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "models/denoiser.h"
#include "models/model_registry.h"
#include "models/state_tap.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;

double lowestTenth(std::vector<double>& times) {
  const auto at = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 10);
  std::nth_element(times.begin(), at, times.end());
  return *at;
}

double nanosecondsAway(StateTap& tap) {
  constexpr int kCalls = 1000000;
  const Clock::time_point start = Clock::now();
  for (int i = 0; i < kCalls; ++i) benchmark::DoNotOptimize(tap.begin());
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count() / kCalls;
}

void looking(benchmark::State& state, const std::string& name) {
  Denoiser denoiser(DenoiserModel::load(ModelRegistry().find(name)));
  const DenoiserConfig& config = denoiser.model().config();
  denoiser.prepare({config.sample_rate, 1, config.hop});
  const std::shared_ptr<StateTap> tap = denoiser.stateTap();
  const std::vector<StateLayer>& layers = tap->layout().layers;
  const auto largest = std::max_element(
      layers.begin(), layers.end(),
      [](const StateLayer& a, const StateLayer& b) { return a.A.size() < b.A.size(); });
  const StateFocus focus = {static_cast<int>(largest - layers.begin()), largest->rows - 1};
  const double away_ns = nanosecondsAway(*tap);

  std::mt19937 engine(1);
  std::vector<float> noise(static_cast<std::size_t>(config.hop) * 64);
  for (float& sample : noise) {
    sample = 0.1F * (static_cast<float>(engine()) / 2147483648.0F - 1.0F);
  }
  std::vector<float> output(static_cast<std::size_t>(config.hop));
  float* out = output.data();
  std::array<std::vector<double>, 2> times_us;  // unseen, seen
  StateSnapshot seen;
  std::size_t hop = 0;
  for (auto _ : state) {
    const std::size_t looks = hop % 2;
    if (looks == 1) {
      tap->look(focus);
    } else {
      tap->lookAway();
    }
    const float* in = noise.data() + static_cast<std::size_t>(config.hop) * (hop++ % 64);
    const Clock::time_point start = Clock::now();
    denoiser.process(&in, &out, config.hop);
    times_us[looks].push_back(
        std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    while (tap->next(seen)) benchmark::DoNotOptimize(seen.h.data());
  }
  if (times_us[1].empty()) return;
  const double unseen_us = lowestTenth(times_us[0]);
  const double seen_us = lowestTenth(times_us[1]);
  state.counters["unseen_us"] = unseen_us;
  state.counters["seen_us"] = seen_us;
  state.counters["cost"] = seen_us / unseen_us - 1.0;
  state.counters["away_ns"] = away_ns;
}

BENCHMARK_CAPTURE(looking, nano, "nano")->Iterations(20000);
BENCHMARK_CAPTURE(looking, base, "base")->Iterations(20000);
BENCHMARK_CAPTURE(looking, large, "large")->Iterations(10000);

}  // namespace
}  // namespace hiss

BENCHMARK_MAIN();
