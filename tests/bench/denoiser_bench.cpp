// SPDX-License-Identifier: Apache-2.0
// The whole denoiser on one core, for every instruction set of this machine:
//
//   p50_us, p99_us, p999_us, max_us   time of one hop of the model, microseconds
//   rtf        the median over the hop's own length (real-time factor; below 1 is faster than live)
//   roofline   least time that the network's multiply-adds take at the rate measured in the same
//              run, over the median
//
// One iteration is one hop's worth of samples at the stream's rate. The model is the default one if
// it is found, else random weights of the same sizes.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "models/denoiser.h"
#include "models/model_error.h"
#include "models/model_registry.h"
#include "models/net_profile.h"
#include "ssm/roofline.h"
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

constexpr int kProbeRounds = 10;

std::shared_ptr<const DenoiserModel> defaultModel() {
  try {
    return DenoiserModel::load(ModelRegistry().find(kDefaultModelName));
  } catch (const ModelError&) {
    return DenoiserModel::parse(randomModel().bytes(), "random weights");
  }
}

void runHops(benchmark::State& state, const std::shared_ptr<const DenoiserModel>& model,
             const Kernels* kernels, int rate, int channels) {
  const DenoiserConfig& config = model->config();
  const int block = static_cast<int>(static_cast<long>(config.hop) * rate / config.sample_rate);
  Denoiser denoiser(model, *kernels);
  denoiser.prepare({rate, channels, block});
  std::mt19937 engine(1);
  std::vector<float> noise(static_cast<std::size_t>(block) * 64);
  for (float& sample : noise) {
    sample = 0.1F * (static_cast<float>(engine()) / 2147483648.0F - 1.0F);
  }
  std::vector<float> output(static_cast<std::size_t>(block));
  std::vector<const float*> in(static_cast<std::size_t>(channels));
  const std::vector<float*> out(static_cast<std::size_t>(channels), output.data());

  using Clock = std::chrono::steady_clock;
  RooflineProbe probe(*kernels);
  std::vector<double> times_us;
  times_us.reserve(static_cast<std::size_t>(state.max_iterations));
  for (int i = 0; i < kProbeRounds; ++i) probe.round();
  for (auto _ : state) {
    const float* hop = noise.data() + static_cast<std::size_t>(block) * (times_us.size() % 64);
    std::fill(in.begin(), in.end(), hop);
    const Clock::time_point start = Clock::now();
    denoiser.process(in.data(), out.data(), block);
    times_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    benchmark::DoNotOptimize(output.data());
  }
  if (times_us.empty()) return;
  std::sort(times_us.begin(), times_us.end());
  const double p50 = times_us[times_us.size() / 2];
  state.counters["p50_us"] = p50;
  state.counters["p99_us"] = times_us[times_us.size() * 99 / 100];
  state.counters["p999_us"] = times_us[times_us.size() * 999 / 1000];
  state.counters["max_us"] = times_us.back();
  state.counters["rtf"] = p50 * 1e-6 * rate / block;
  double macs = 0.0;
  for (const NetPart& part : netParts(config)) macs += part.macs;
  macs *= static_cast<double>(channels) * block * config.sample_rate / rate / config.hop;
  for (int i = 0; i < kProbeRounds; ++i) probe.round();
  state.counters["roofline"] = macs / probe.result().fma_per_s / (p50 * 1e-6);
  state.SetLabel(model->card().name);
}

void registerAll() {
  const std::shared_ptr<const DenoiserModel> model = defaultModel();
  struct Stream {
    int rate;
    int channels;
  };
  for (const Kernels* kernels : availableKernels()) {
    for (const Stream stream : {Stream{16000, 1}, Stream{48000, 1}, Stream{48000, 2}}) {
      const std::string name = std::string("denoiser/") + kernels->name + "/" +
                               std::to_string(stream.rate) + "_hz/" +
                               std::to_string(stream.channels) + "_ch";
      benchmark::RegisterBenchmark(name.c_str(), [=](benchmark::State& state) {
        runHops(state, model, kernels, stream.rate, stream.channels);
      })->Unit(benchmark::kMicrosecond);
    }
  }
}

}  // namespace
}  // namespace hiss

int main(int argc, char** argv) {
  hiss::registerAll();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
