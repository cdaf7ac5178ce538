// SPDX-License-Identifier: Apache-2.0
// Many denoiser streams on one core, fed with recordings at different offsets, without waiting
// between ticks. Pin it:  taskset -c 1 streams_bench
//
//   streams   one tick (a hop of every stream) for several numbers of streams and each instruction
//             set: wall clock p50, p99 and max; what a stream costs; how many fit a core
//   batching  streams that share one pass through the weights, against a Denoiser a stream, tick by
//             tick in turn
//   session   --hours of ticks with streams that join and leave, counting missed deadlines; an hour
//             of 16 ms ticks is 225,000
//
// A tick's processor time is its wall clock less what other programs took of the core: on a quiet
// core both are the same.
#include <time.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "models/denoiser.h"
#include "models/denoiser_pool.h"
#include "models/model_registry.h"
#include "tests/bench/recordings.h"

namespace hiss {
namespace {

struct Options {
  std::string model{kDefaultModelName};
  std::string simd = "all";
  std::vector<int> streams = {1, 8, 32, 64, 100, 128, 150};
  std::vector<int> at_once = {1, 2, 4, 8};
  int session_streams = 100;
  int batching_streams = 64;
  double hours = 1.0 / 60.0;
  double seconds = 1.0;  // of measuring for each line
};

double wallUs() {
  using Clock = std::chrono::steady_clock;
  return std::chrono::duration<double, std::micro>(Clock::now().time_since_epoch()).count();
}
double threadUs() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return 1e6 * static_cast<double>(now.tv_sec) + 1e-3 * static_cast<double>(now.tv_nsec);
}

// Durations of one call after the other, in microseconds.
class Times {
 public:
  explicit Times(std::size_t reserve = 4096) {
    wall_.reserve(reserve);
    cpu_.reserve(reserve);
  }
  template <class F>
  void measure(F&& call) {
    const double cpu = threadUs();
    const double wall = wallUs();
    call();
    wall_.push_back(wallUs() - wall);
    cpu_.push_back(threadUs() - cpu);
  }
  [[nodiscard]] double wall(double q) const { return quantile(wall_, q); }
  [[nodiscard]] double cpu(double q) const { return quantile(cpu_, q); }
  [[nodiscard]] std::size_t wallAbove(double us) const { return above(wall_, us); }
  [[nodiscard]] std::size_t cpuAbove(double us) const { return above(cpu_, us); }
  [[nodiscard]] std::size_t count() const { return wall_.size(); }

 private:
  static double quantile(std::vector<double> values, double q) {
    std::sort(values.begin(), values.end());
    const auto last = static_cast<double>(values.size() - 1);
    return values[static_cast<std::size_t>(std::lround(q * last))];
  }
  static std::size_t above(const std::vector<double>& values, double us) {
    return static_cast<std::size_t>(
        std::count_if(values.begin(), values.end(), [us](double value) { return value > us; }));
  }
  std::vector<double> wall_;
  std::vector<double> cpu_;
};

// One hop of input and output a stream.
class Lanes {
 public:
  Lanes(const Recordings& recordings, int streams, int hop)
      : recordings_(recordings), hop_(static_cast<std::size_t>(hop)) {
    const auto count = static_cast<std::size_t>(streams);
    output_.resize(count * hop_);
    in_.resize(count);
    for (std::size_t i = 0; i < count; ++i) out_.push_back(output_.data() + i * hop_);
  }
  void advance() {
    for (std::size_t i = 0; i < in_.size(); ++i) in_[i] = recordings_.at(i, tick_, hop_);
    ++tick_;
  }
  [[nodiscard]] const float* const* in() const { return in_.data(); }
  [[nodiscard]] float* const* out() const { return out_.data(); }
  [[nodiscard]] const std::vector<float>& output() const { return output_; }

 private:
  const Recordings& recordings_;
  std::size_t hop_;
  std::size_t tick_ = 0;
  std::vector<float> output_;
  std::vector<const float*> in_;
  std::vector<float*> out_;
};

constexpr int kWarmUpTicks = 5;

struct Bench {
  const Options& options;
  std::shared_ptr<const DenoiserModel> model;
  Recordings recordings;
  std::vector<const Kernels*> kernels;

  [[nodiscard]] double tickUs() const {
    return 1e6 * model->config().hop / model->config().sample_rate;
  }
};

DenoiserPool fullPool(const Bench& bench, const Kernels& kernels, int streams, int at_once) {
  DenoiserPool pool(bench.model, streams, kernels, at_once);
  while (pool.join() >= 0) {
  }
  return pool;
}

void measureStreams(const Bench& bench) {
  std::printf(
      "streams: a tick is %.1f ms; times in ms; processor time a stream in us and how many of it "
      "fit "
      "a\ncore, by the lowest tenth of the ticks\n",
      1e-3 * bench.tickUs());
  std::printf("%-8s %8s %8s %8s %8s %8s %8s %11s %12s\n", "simd", "streams", "p50", "p99", "max",
              "cpu p10", "cpu p50", "us a stream", "fit a core");
  for (const Kernels* kernels : bench.kernels) {
    for (const int streams : bench.options.streams) {
      DenoiserPool pool = fullPool(bench, *kernels, streams, DenoiserPool::kStreamsAtOnce);
      Lanes lanes(bench.recordings, streams, pool.hop());
      Times times;
      const double end = threadUs() + 1e6 * bench.options.seconds;
      for (int warm = 0; warm < kWarmUpTicks || threadUs() < end || times.count() < 10; ++warm) {
        lanes.advance();
        if (warm < kWarmUpTicks) {
          pool.process(lanes.in(), lanes.out());
        } else {
          times.measure([&] { pool.process(lanes.in(), lanes.out()); });
        }
      }
      const double each = times.cpu(0.1) / streams;
      std::printf("%-8s %8d %8.3f %8.3f %8.3f %8.3f %8.3f %11.1f %12d\n", kernels->name, streams,
                  1e-3 * times.wall(0.5), 1e-3 * times.wall(0.99), 1e-3 * times.wall(1.0),
                  1e-3 * times.cpu(0.1), 1e-3 * times.cpu(0.5), each,
                  static_cast<int>(bench.tickUs() / each));
    }
  }
}

// One Denoiser a stream, as a program without a pool would have it.
class SeparateDenoisers {
 public:
  SeparateDenoisers(const Bench& bench, const Kernels& kernels, int streams) {
    for (int i = 0; i < streams; ++i) {
      denoisers_.push_back(std::make_unique<Denoiser>(bench.model, kernels));
      denoisers_.back()->prepare({bench.model->config().sample_rate, 1, bench.model->config().hop});
    }
  }
  void process(const float* const* in, float* const* out, int hop) {
    for (std::size_t i = 0; i < denoisers_.size(); ++i)
      denoisers_[i]->process(in + i, out + i, hop);
  }

 private:
  std::vector<std::unique_ptr<Denoiser>> denoisers_;
};

void measureBatching(const Bench& bench) {
  const int streams = bench.options.batching_streams;
  std::printf(
      "\nbatching: %d streams; processor time a stream in us (lowest tenth of the ticks), and how "
      "many\ntimes faster than a Denoiser a stream\n",
      streams);
  for (const Kernels* kernels : bench.kernels) {
    SeparateDenoisers separate(bench, *kernels, streams);
    std::vector<DenoiserPool> pools;
    pools.reserve(bench.options.at_once.size());
    for (const int at_once : bench.options.at_once) {
      pools.push_back(fullPool(bench, *kernels, streams, at_once));
    }
    Lanes lanes(bench.recordings, streams, bench.model->config().hop);
    Times alone;
    std::vector<Times> together(pools.size());
    const double end =
        threadUs() + 1e6 * bench.options.seconds * static_cast<double>(pools.size() + 1);
    for (int tick = 0; threadUs() < end || alone.count() < 10; ++tick) {
      lanes.advance();
      alone.measure([&] { separate.process(lanes.in(), lanes.out(), bench.model->config().hop); });
      for (std::size_t i = 0; i < pools.size(); ++i) {
        together[i].measure([&] { pools[i].process(lanes.in(), lanes.out()); });
      }
    }
    std::printf("%-8s separate %7.1f", kernels->name, alone.cpu(0.1) / streams);
    for (std::size_t i = 0; i < pools.size(); ++i) {
      std::printf("   %d at once %7.1f (%.3f x)", bench.options.at_once[i],
                  together[i].cpu(0.1) / streams, alone.cpu(0.1) / together[i].cpu(0.1));
    }
    std::printf("\n");
  }
}

// One in so many ticks a stream leaves; another joins some ticks later.
constexpr unsigned kTicksBetweenLeaves = 25;
constexpr unsigned kMostTicksAway = 20;

void runSession(const Bench& bench, const Kernels& kernels) {
  const int streams = bench.options.session_streams;
  DenoiserPool pool = fullPool(bench, kernels, streams, DenoiserPool::kStreamsAtOnce);
  Lanes lanes(bench.recordings, streams, pool.hop());
  const auto ticks = static_cast<std::size_t>(
      std::max(1.0, std::round(bench.options.hours * 3600e6 / bench.tickUs())));
  Times times(ticks);
  std::minstd_rand dice(1);
  std::vector<std::size_t> returns;  // ticks at which a stream joins
  std::size_t joined = static_cast<std::size_t>(streams);
  std::size_t stream_ticks = 0;
  for (int tick = 0; tick < kWarmUpTicks; ++tick) {
    lanes.advance();
    pool.process(lanes.in(), lanes.out());
  }
  for (std::size_t tick = 0; tick < ticks; ++tick) {
    lanes.advance();
    const bool leaves = dice() % kTicksBetweenLeaves == 0;
    const int slot = static_cast<int>(dice() % static_cast<unsigned>(streams));
    if (leaves && pool.active(slot)) returns.push_back(tick + 1 + dice() % kMostTicksAway);
    const auto due = std::remove(returns.begin(), returns.end(), tick);
    const auto joins = static_cast<std::size_t>(returns.end() - due);
    returns.erase(due, returns.end());
    times.measure([&] {  // joining and leaving is part of the tick
      if (leaves) pool.leave(slot);
      for (std::size_t i = 0; i < joins; ++i) joined += pool.join() >= 0 ? 1 : 0;
      pool.process(lanes.in(), lanes.out());
    });
    stream_ticks += static_cast<std::size_t>(pool.activeCount());
    for (const float sample : lanes.output()) {
      if (!std::isfinite(sample)) throw std::runtime_error("a sample that is not finite");
    }
  }
  const double deadline = bench.tickUs();
  std::printf(
      "%-8s %zu ticks, %.1f streams on average, %zu joined, %zu left: tick p50 %.2f p99 %.2f "
      "p99.9 %.2f max %.2f ms; missed deadlines %zu; processor time max %.2f ms, above the "
      "deadline %zu\n",
      kernels.name, ticks, static_cast<double>(stream_ticks) / static_cast<double>(ticks), joined,
      joined - static_cast<std::size_t>(pool.activeCount()), 1e-3 * times.wall(0.5),
      1e-3 * times.wall(0.99), 1e-3 * times.wall(0.999), 1e-3 * times.wall(1.0),
      times.wallAbove(deadline), 1e-3 * times.cpu(1.0), times.cpuAbove(deadline));
}

int run(int argc, char** argv) {
  Options options;
  CLI::App app("Many denoiser streams on one core");
  app.add_option("--model", options.model, "name or file");
  app.add_option("--simd", options.simd, "all, or one instruction set");
  app.add_option("--streams", options.streams, "numbers of streams; 0 leaves the part out")
      ->delimiter(',');
  app.add_option("--at-once", options.at_once, "streams that share a pass; 0 leaves the part out")
      ->delimiter(',');
  app.add_option("--batching-streams", options.batching_streams, "streams of that part")
      ->check(CLI::PositiveNumber);
  app.add_option("--session-streams", options.session_streams, "streams of the long session")
      ->check(CLI::PositiveNumber);
  app.add_option("--hours", options.hours, "length of the session; 0 leaves it out");
  app.add_option("--seconds", options.seconds, "measuring time of each line");
  CLI11_PARSE(app, argc, argv);

  Bench bench{options, DenoiserModel::load(ModelRegistry().find(options.model)), {}, {}};
  for (const Kernels* kernels : availableKernels()) {
    if (options.simd == "all" || options.simd == kernels->name) bench.kernels.push_back(kernels);
  }
  if (bench.kernels.empty()) throw std::invalid_argument("this machine has no " + options.simd);
  if (options.streams.front() > 0) measureStreams(bench);
  if (options.at_once.front() > 0) measureBatching(bench);
  if (options.hours > 0.0) {
    std::printf("\nsession: %.4g hours, %d streams\n", options.hours, options.session_streams);
    // The scalar kernels would need several cores.
    for (const Kernels* kernels : bench.kernels) {
      if (options.simd != "all" || kernels == bench.kernels.back()) runSession(bench, *kernels);
    }
  }
  return 0;
}

}  // namespace
}  // namespace hiss

int main(int argc, char** argv) {
  try {
    return hiss::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "streams_bench: %s\n", error.what());
    return 1;
  }
}
