// SPDX-License-Identifier: Apache-2.0
// What a row of an anomaly detector costs on one core, for every detector and 1, 100 and 10,000
// channels:   taskset -c 1 detector_bench [--model=FILE] [--benchmark_filter=novelty]
//
//   rows/DETECTOR/CHANNELS   one row of all channels
//     us_per_value       time of one channel's row
//     rows_per_s         channel-rows a second
//     state_kB           that a channel needs, as the detector says
//     heap_kB            that the heap grew by a channel when the detector was prepared
//
// Before the time is taken the streams run until their histories of single rows are full, and up to
// 100 channels those of block means as well. The inputs are tones in noise, made while the time
// runs (about 2 ns a value).
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <numbers>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dsp/realtime.h"
#include "models/anomaly_detector.h"
#include "models/sensor_forecaster.h"

namespace hiss {
namespace {

constexpr int kFullRows = 10000;  // fill the histories of 16 rows at a time
constexpr int kFewRows = 700;     // fill those of single rows
constexpr int kManyChannels = 1000;

// Rows of channels with different periods, all in noise.
class Rows {
 public:
  explicit Rows(int channels) : values_(static_cast<std::size_t>(channels)) {
    std::minstd_rand random(1);
    std::normal_distribution<double> normal(0.0, 0.1);
    for (double& value : noise_) value = normal(random);
    for (std::size_t i = 0; i < wave_.size(); ++i) {
      wave_[i] = std::sin(2.0 * std::numbers::pi * static_cast<double>(i) /
                          static_cast<double>(wave_.size()));
    }
  }
  std::span<const double> next() {
    for (std::size_t c = 0; c < values_.size(); ++c) {
      const std::size_t speed = 3 + c % 97;
      values_[c] = wave_[(row_ * speed + 31 * c) % wave_.size()] +
                   noise_[(row_ * 7919 + c * 104729) % noise_.size()];
    }
    ++row_;
    return values_;
  }

 private:
  std::array<double, 4096> wave_{};
  std::array<double, 65536> noise_{};
  std::vector<double> values_;
  std::size_t row_ = 0;
};

double heapBytes() {
  const struct mallinfo2 now = mallinfo2();
  return static_cast<double>(now.uordblks) + static_cast<double>(now.hblkhd);
}

void rowsBench(benchmark::State& state, const std::string& name,
               const std::shared_ptr<const SensorForecaster>& model) {
  const int channels = static_cast<int>(state.range(0));
  const ScopedFlushDenormals flush;
  std::unique_ptr<AnomalyDetector> detector;
  const double heap = heapBytes();
  try {
    detector = makeDetector(name, model);
    detector->prepare({.channels = channels, .seconds_per_row = 1.0});
  } catch (const std::exception& error) {
    state.SkipWithError(error.what());
    return;
  }
  const double grown = heapBytes() - heap;
  const auto rows = std::make_unique<Rows>(channels);
  const double nan = std::nan("");
  const int warm_up = channels < kManyChannels ? kFullRows : kFewRows;
  for (int i = 0; i < warm_up; ++i) detector->step(rows->next(), nan, false);
  double sum = 0.0;
  for (auto _ : state) sum += detector->step(rows->next(), nan, false).evidence;
  benchmark::DoNotOptimize(sum);
  using Counter = benchmark::Counter;
  const auto each_row = Counter::kIsIterationInvariantRate;
  state.counters["rows_per_s"] = Counter(channels, each_row);
  state.counters["us_per_value"] = Counter(channels * 1e-6, each_row | Counter::kInvert);
  state.counters["state_kB"] = static_cast<double>(detector->stateBytesPerChannel()) / 1024.0;
  state.counters["heap_kB"] = grown / 1024.0 / channels;
}

}  // namespace
}  // namespace hiss

int main(int argc, char** argv) {
  std::shared_ptr<const hiss::SensorForecaster> model;
  try {
    constexpr std::string_view kModel = "--model=";
    for (int i = 1; i < argc; ++i) {
      if (!std::string_view(argv[i]).starts_with(kModel)) continue;
      model = hiss::SensorForecaster::load(argv[i] + kModel.size());
      for (int j = i; j + 1 < argc; ++j) argv[j] = argv[j + 1];
      --argc;
      break;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "detector_bench: %s\n", error.what());
    return 1;
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  for (const std::string& name : hiss::detectorNames()) {
    const std::string title = "rows/" + name;
    benchmark::RegisterBenchmark(title.c_str(), hiss::rowsBench, name, model)
        ->Arg(1)
        ->Arg(100)
        ->Unit(benchmark::kMicrosecond);
    // Looking for a fitting number of iterations would run the streams in each time.
    benchmark::RegisterBenchmark(title.c_str(), hiss::rowsBench, name, model)
        ->Arg(10000)
        ->Iterations(50)
        ->Unit(benchmark::kMicrosecond);
  }
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
