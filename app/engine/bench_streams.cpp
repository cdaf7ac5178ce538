// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_streams.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "app/engine/bench_times.h"
#include "app/engine/failure.h"
#include "models/denoiser_pool.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;

// The first ticks bring weights and states into the caches and are not counted.
constexpr std::size_t kWarmTicks = 2;

}  // namespace

void runStreamsBench(const StreamsBench& bench, const ProgressFunction& on_progress,
                     BenchReport& report) {
  const DenoiserConfig& config = bench.model->config();
  const auto hop = static_cast<std::size_t>(config.hop);
  const double hop_us = 1e6 * config.hop / config.sample_rate;
  const auto ticks =
      static_cast<std::size_t>(std::max(1.0, std::ceil(1e6 * bench.seconds / hop_us)));

  std::vector<float> sound = bench.sound->samples.front();
  const std::size_t have = sound.size();
  const std::size_t hops = (have + hop - 1) / hop;
  for (std::size_t i = have; i < hops * hop; ++i) sound.push_back(sound[i % have]);

  DenoiserPool pool(bench.model, bench.streams, *bench.kernels);
  const auto streams = static_cast<std::size_t>(bench.streams);
  std::vector<float> samples(streams * hop);
  std::vector<const float*> in(streams);
  std::vector<float*> out(streams);
  for (std::size_t s = 0; s < streams; ++s) {
    const int slot = pool.join();
    out[static_cast<std::size_t>(slot)] = samples.data() + s * hop;
  }

  std::vector<double> times_us;
  times_us.reserve(ticks);
  for (std::size_t tick = 0; tick < kWarmTicks + ticks; ++tick) {
    for (std::size_t s = 0; s < streams; ++s) {
      in[s] = sound.data() + (tick + s * hops / streams) % hops * hop;
    }
    const Clock::time_point start = Clock::now();
    pool.process(in.data(), out.data());
    const std::chrono::duration<double, std::micro> took = Clock::now() - start;
    if (tick >= kWarmTicks) times_us.push_back(took.count());
    if (on_progress && !on_progress(static_cast<std::int64_t>(tick),
                                    static_cast<std::int64_t>(kWarmTicks + ticks))) {
      throw Failure(FailureKind::kCancelled, "bench", "to reach the end", "a request to stop");
    }
  }

  BenchStreams row;
  row.simd = bench.kernels->name;
  row.streams = bench.streams;
  row.misses = static_cast<std::size_t>(
      std::count_if(times_us.begin(), times_us.end(), [&](double us) { return us > hop_us; }));
  row.tick = summarise(std::move(times_us));
  row.real_time_share = row.tick.p50_us / hop_us;
  report.streams.push_back(row);
}

}  // namespace hiss
