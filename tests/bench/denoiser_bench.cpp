// SPDX-License-Identifier: Apache-2.0
// The whole denoiser on one core, for every instruction set of this machine:
//
//   p50_us, p99_us, p999_us, max_us   time of one hop of the model, microseconds
//   rtf        the median over the hop's own length (real-time factor; below 1 is faster than live)
//   roofline   least time that the network's multiply-adds take at the rate measured in the same
//              run, over the median
//
// `quiet` runs four streams by turns and prints p50_us of the one that hears speech in noise, and
// the medians of the others over it: silence from the start; zeros after 8 s of speech, from the
// 60th second on; noise of amplitude 1e-38, around the smallest normal number.
//
// One iteration is one hop's worth of samples at the stream's rate. The model is the default one if
// it is found, else random weights of the same sizes.
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
#include "models/model_error.h"
#include "models/model_registry.h"
#include "models/net_profile.h"
#include "ssm/roofline.h"
#include "tests/bench/recordings.h"
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

void runQuiet(benchmark::State& state, const std::shared_ptr<const DenoiserModel>& model,
              const Kernels* kernels) {
  constexpr std::size_t kKinds = 4;
  constexpr std::array<const char*, kKinds> kNames = {"p50_us", "silence", "zeros_after_speech",
                                                      "noise_1e-38"};
  const DenoiserConfig& config = model->config();
  const auto hop = static_cast<std::size_t>(config.hop);
  const Recordings recordings;
  const std::vector<float> zeros(hop);
  std::mt19937 engine(1);
  std::vector<float> tiny(hop);
  for (float& sample : tiny) {
    sample = 1e-38F * (static_cast<float>(engine()) / 2147483648.0F - 1.0F);
  }
  std::vector<float> output(hop);
  float* out = output.data();
  std::vector<std::unique_ptr<Denoiser>> streams;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    streams.push_back(std::make_unique<Denoiser>(model, *kernels));
    streams.back()->prepare({config.sample_rate, 1, config.hop});
    const auto hops_in = [&](int seconds) { return seconds * config.sample_rate / config.hop; };
    for (int i = 0; i < hops_in(68); ++i) {
      const float* speech = recordings.at(0, static_cast<std::size_t>(i), hop);
      const float* in = kind == 0 || (kind == 2 && i < hops_in(8)) ? speech
                        : kind == 3                                ? tiny.data()
                                                                   : zeros.data();
      streams[kind]->process(&in, &out, config.hop);
    }
  }
  using Clock = std::chrono::steady_clock;
  std::array<std::vector<double>, kKinds> times_us;
  std::size_t tick = 0;
  for (auto _ : state) {
    const std::array<const float*, kKinds> inputs = {recordings.at(0, tick++, hop), zeros.data(),
                                                     zeros.data(), tiny.data()};
    for (std::size_t kind = 0; kind < kKinds; ++kind) {
      const Clock::time_point start = Clock::now();
      streams[kind]->process(&inputs[kind], &out, config.hop);
      times_us[kind].push_back(
          std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    }
  }
  if (tick == 0) return;
  for (std::size_t kind = 0; kind < kKinds; ++kind) {
    std::sort(times_us[kind].begin(), times_us[kind].end());
    const double p50 = times_us[kind][tick / 2];
    state.counters[kNames[kind]] = kind == 0 ? p50 : p50 / times_us[0][tick / 2];
  }
  state.SetLabel(model->card().name);
}

void registerAll() {
  const std::shared_ptr<const DenoiserModel> model = defaultModel();
  struct Stream {
    int rate;
    int channels;
  };
  for (const Kernels* kernels : availableKernels()) {
    const std::string quiet = std::string("denoiser/") + kernels->name + "/quiet";
    benchmark::RegisterBenchmark(quiet.c_str(), [=](benchmark::State& state) {
      runQuiet(state, model, kernels);
    })->Unit(benchmark::kMicrosecond);
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
