// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_stacks.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "app/engine/bench_times.h"
#include "app/engine/failure.h"
#include "dsp/realtime.h"
#include "ssm/mamba_stack.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kFloatBytes = 4.0;
constexpr int kTurns = 8;
constexpr int kLeastSteps = 4;   // of one turn
constexpr int kProbeRounds = 2;  // of one turn

// Weights as a fresh Mamba has them: projections uniform within 1 / sqrt(fan-in), step sizes from
// about 0.001 to 0.1, A = -(1 ... d_state).
class RandomWeights {
 public:
  explicit RandomWeights(std::uint32_t seed) : engine_(seed) {}

  // As TensorLookup; a span is good until the next call with the same name.
  std::span<const float> operator()(std::string_view name, const std::vector<std::int64_t>& shape) {
    std::size_t count = 1;
    for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
    std::vector<float>& values = tensors_[std::string(name)];
    values.resize(count);
    if (name == "mixer.A_log") {
      const auto d_state = static_cast<std::size_t>(shape[1]);
      for (std::size_t i = 0; i < count; ++i) {
        values[i] = std::log(static_cast<float>(i % d_state + 1));
      }
    } else if (name == "norm.weight" || name == "mixer.D") {
      fill(values, 0.25F, 1.0F);
    } else if (name == "mixer.dt_proj.bias") {
      fill(values, 2.3F, -4.6F);  // softplus of it is 0.001 to 0.1
    } else {
      const std::int64_t fan_in = shape.size() > 1 ? shape.back() : 4;
      fill(values, 1.0F / std::sqrt(static_cast<float>(fan_in)), 0.0F);
    }
    return values;
  }

 private:
  void fill(std::vector<float>& values, float scale, float offset) {
    for (float& value : values) {
      value = offset + scale * (static_cast<float>(engine_()) / 2147483648.0F - 1.0F);
    }
  }

  std::mt19937 engine_;
  std::map<std::string, std::vector<float>> tensors_;
};

class StackRun {
 public:
  StackRun(const MambaConfig& config, int n_layer, const Kernels& kernels, WeightFormat format)
      : name_(kernels.name),
        format_(format),
        probe_(kernels,
               static_cast<std::size_t>(footprintOf({stackWork(config, n_layer, format)}))),
        stack_(makeStack(config, n_layer, kernels, format)),
        state_(stack_.makeState(1)),
        scratch_(stack_.makeScratch(1)),
        x_(static_cast<std::size_t>(config.d_model)),
        y_(x_.size()) {
    for (std::size_t i = 0; i < x_.size(); ++i) {
      x_[i] = std::sin(0.7F * static_cast<float>(i + 1));
    }
  }

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] WeightFormat format() const { return format_; }
  [[nodiscard]] Roofline roofline() const { return probe_.result(); }
  [[nodiscard]] BenchTimes times() const { return summarise(times_us_); }

  // The first step is not counted: it brings the weights into the caches.
  void run(double seconds) {
    for (int i = 0; i < kProbeRounds; ++i) probe_.round();
    const ScopedFlushDenormals flush_denormals;
    step();
    const Clock::time_point end = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                                     std::chrono::duration<double>(seconds));
    for (int i = 0; i < kLeastSteps || Clock::now() < end; ++i) {
      const Clock::time_point start = Clock::now();
      step();
      const std::chrono::duration<double, std::micro> took = Clock::now() - start;
      times_us_.push_back(took.count());
    }
  }

 private:
  static MambaStack makeStack(const MambaConfig& config, int n_layer, const Kernels& kernels,
                              WeightFormat format) {
    std::vector<std::shared_ptr<const MambaBlockWeights>> weights;
    for (int layer = 0; layer < n_layer; ++layer) {
      RandomWeights random(static_cast<std::uint32_t>(layer) + 1);
      const TensorLookup lookup = [&](std::string_view name,
                                      const std::vector<std::int64_t>& shape) {
        return random(name, shape);
      };
      weights.push_back(std::make_shared<const MambaBlockWeights>(
          MambaBlockWeights::pack(config, lookup, kernels, format)));
    }
    return {config, weights};
  }

  void step() noexcept { stack_.step(x_.data(), y_.data(), state_, scratch_); }

  std::string name_;
  WeightFormat format_;
  RooflineProbe probe_;
  MambaStack stack_;
  MambaState state_;
  MambaScratch scratch_;
  std::vector<float> x_;  // [d_model]
  std::vector<float> y_;
  std::vector<double> times_us_;
};

BenchStack describe(const StackRun& run, const MambaConfig& config, int n_layer,
                    const BenchReport& report) {
  const NetPart work = stackWork(config, n_layer, run.format());
  BenchStack stack;
  stack.simd = run.name();
  stack.weights = run.format() == WeightFormat::kF32 ? "f32" : "bf16";
  stack.d_model = config.d_model;
  stack.n_layer = n_layer;
  stack.d_state = config.d_state;
  stack.step = run.times();
  stack.ns_per_state = 1e3 * stack.step.p50_us / work.exps;
  stack.roofline = run.roofline();
  stack.level = levelOf(footprintOf({work}), report.machine.caches);
  stack.bound = boundOf(work, stack.roofline);
  stack.roofline_share = 1e6 * stack.bound.seconds / stack.step.p50_us;
  return stack;
}

}  // namespace

MambaConfig benchStackConfig(int d_model) {
  MambaConfig config;
  config.d_model = d_model;
  config.dt_rank = (d_model + 15) / 16;
  return config;
}

NetPart stackWork(const MambaConfig& config, int n_layer, WeightFormat format) {
  const double layers = n_layer;
  const double d_model = config.d_model;
  const double d_inner = config.dInner();
  const double d_state = config.d_state;
  const double dt_rank = config.dt_rank;
  // in_proj, out_proj and x_proj; then dt_proj and the convolution.
  const double projections = 3.0 * d_model * d_inner + d_inner * (dt_rank + 2.0 * d_state);
  const double others = d_inner * (dt_rank + config.d_conv);
  NetPart work;
  work.name = "stack";
  work.macs = layers * (projections + others + 3.0 * d_inner * d_state);
  // The norm; the biases of convolution and step size, and D; A.
  const double stored = format == WeightFormat::kF32 ? projections : 0.5 * projections;
  work.weight_bytes =
      layers * kFloatBytes * (stored + others + d_model + 3.0 * d_inner + d_inner * d_state);
  work.state_bytes = layers * kFloatBytes * d_inner * (d_state + config.d_conv - 1.0);
  work.exps = layers * d_inner * d_state;
  return work;
}

void runStackBench(const std::vector<const Kernels*>& targets, double seconds,
                   const ProgressFunction& on_progress, BenchReport& report) {
  const double turn_s =
      seconds / static_cast<double>(kBenchStacks.size() * 2 * targets.size() * kTurns);
  std::int64_t done = 0;
  for (const StackSize& size : kBenchStacks) {
    const MambaConfig config = benchStackConfig(size.d_model);
    std::vector<std::unique_ptr<StackRun>> runs;
    runs.reserve(2 * targets.size());
    for (const Kernels* kernels : targets) {
      for (const WeightFormat format : {WeightFormat::kF32, WeightFormat::kBf16}) {
        runs.push_back(std::make_unique<StackRun>(config, size.n_layer, *kernels, format));
      }
    }
    for (int turn = 0; turn < kTurns; ++turn) {
      for (const auto& run : runs) run->run(turn_s);
      if (on_progress && !on_progress(++done, std::int64_t{kTurns} * kBenchStacks.size())) {
        throw Failure(FailureKind::kCancelled, "bench", "to reach the end", "a request to stop");
      }
    }
    for (const auto& run : runs) {
      report.stacks.push_back(describe(*run, config, size.n_layer, report));
    }
  }
}

}  // namespace hiss
