// SPDX-License-Identifier: Apache-2.0
// The whole denoiser on one core, for every instruction set of this machine:
//
//   us_per_hop   mean time of one hop of the model, microseconds
//   rtf          that time over the hop's own length (real-time factor; below 1 is faster than
//   live)
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
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

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

  std::size_t hop = 0;
  for (auto _ : state) {
    std::fill(in.begin(), in.end(), noise.data() + static_cast<std::size_t>(block) * (hop++ % 64));
    denoiser.process(in.data(), out.data(), block);
    benchmark::DoNotOptimize(output.data());
  }
  const double hops = static_cast<double>(state.iterations());
  const double hop_seconds = static_cast<double>(block) / rate;
  using benchmark::Counter;
  state.counters["us_per_hop"] =
      Counter(hops * 1e-6, Counter::kIsRate | Counter::kInvert);  // seconds a million hops
  state.counters["rtf"] = Counter(hops * hop_seconds, Counter::kIsRate | Counter::kInvert);
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
