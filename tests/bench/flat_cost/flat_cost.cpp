// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/flat_cost/flat_cost.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <fstream>
#include <span>

#include "tests/bench/baseline/block_stack.h"
#include "tests/bench/flat_cost/attention_stack.h"

namespace hiss {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kWindowSteps = 1000;
constexpr int kBlockSteps = 64;
// An attention window lasts no longer than about this, but has one step at least.
constexpr double kLongestWindow_ns = 5e7;

double nanosecondsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

std::uint64_t countNonFinite(std::span<const float> values) {
  std::uint64_t count = 0;
  for (const float value : values) {
    count += (std::bit_cast<std::uint32_t>(value) & 0x7f800000u) == 0x7f800000u ? 1u : 0u;
  }
  return count;
}

double normOf(std::span<const float> values) {
  double squares = 0.0;
  for (const float value : values) squares += double{value} * value;
  return std::sqrt(squares);
}

std::uint64_t fnv1a(std::span<const std::byte> bytes, std::uint64_t hash) {
  for (const std::byte b : bytes) hash = (hash ^ static_cast<std::uint64_t>(b)) * 0x100000001b3u;
  return hash;
}

std::uint64_t checksum(const MambaState& state, std::span<const float> y) {
  std::vector<std::byte> saved(state.savedBytes());
  state.save(saved);
  return fnv1a(std::as_bytes(y), fnv1a(saved, 0xcbf29ce484222325u));
}

std::vector<float> ssmStateOf(const MambaState& state, const MambaConfig& config) {
  const std::size_t count =
      static_cast<std::size_t>(config.dInner()) * static_cast<std::size_t>(config.d_state);
  std::vector<float> values(count * static_cast<std::size_t>(state.layers()));
  for (int i = 0; i < state.layers(); ++i) {
    state.copySsmState(i, values.data() + count * static_cast<std::size_t>(i));
  }
  return values;
}

// Goes round the features.
class Reader {
 public:
  explicit Reader(const FeatureLoop& loop, std::int64_t start = 0)
      : loop_(loop), frame_(static_cast<std::size_t>(start) % loop.frames()) {}
  const float* next() noexcept {
    const float* const row = loop_.row(frame_);
    if (++frame_ == loop_.frames()) frame_ = 0;
    return row;
  }

 private:
  const FeatureLoop& loop_;
  std::size_t frame_;
};

MambaConfig mambaConfigOf(const FlatCostSpec& spec) {
  return mambaConfig(spec.d_model, spec.d_state);
}

// The checksums that the second run finds at the positions.
std::vector<std::uint64_t> checksumsByBlocks(const FlatCostSpec& spec, const FeatureLoop& features,
                                             const Kernels& kernels) {
  const MambaConfig config = mambaConfigOf(spec);
  std::vector<MambaBlock> blocks;
  for (const RandomBlock& block : randomStack(config, spec.n_layer)) {
    blocks.push_back(block.block(kernels));
  }
  MambaState state(config, 1, spec.n_layer);
  MambaScratch scratch(config, kBlockSteps);
  std::vector<float> x(kBlockSteps * features.width);
  std::vector<float> y(x.size());
  std::vector<std::uint64_t> result;
  Reader reader(features);
  std::int64_t t = 0;
  for (const std::int64_t position : positionsUpTo(spec.steps)) {
    std::span<const float> last;
    while (t < position) {
      const int steps = static_cast<int>(std::min<std::int64_t>(kBlockSteps, position - t));
      for (int i = 0; i < steps; ++i) {
        std::copy_n(reader.next(), features.width,
                    x.data() + static_cast<std::size_t>(i) * features.width);
      }
      for (int layer = 0; layer < spec.n_layer; ++layer) {
        blocks[static_cast<std::size_t>(layer)].scan(layer == 0 ? x.data() : y.data(), y.data(),
                                                     steps, state, layer, scratch);
      }
      last = std::span(y).subspan(static_cast<std::size_t>(steps - 1) * features.width,
                                  features.width);
      t += steps;
    }
    result.push_back(checksum(state, last));
  }
  return result;
}

// Nanoseconds a step over one window from `position` on, where the state was `saved`; afterwards
// the stack stands there again.
double mambaWindow(BlockStack& stack, std::span<const std::byte> saved, const FeatureLoop& features,
                   std::int64_t position, std::span<float> y) {
  Reader inputs(features, position);
  stack.state().load(saved);
  const Clock::time_point start = Clock::now();
  for (int k = 0; k < kWindowSteps; ++k) stack.step(inputs.next(), y.data());
  const double time_ns = nanosecondsSince(start) / kWindowSteps;
  stack.state().load(saved);
  return time_ns;
}

CostPoint attentionAt(const FlatCostSpec& spec, const FeatureLoop& features, const Kernels& kernels,
                      std::int64_t position) {
  const auto weights = randomAttention(spec.d_model, spec.n_layer);
  AttentionStack stack(weights, position + kWindowSteps, kernels);
  Reader reader(features);
  std::vector<float> x(static_cast<std::size_t>(AttentionStack::kMaxRows) * features.width);
  std::vector<float> y(features.width);
  while (stack.position() < position) {
    const int rows = static_cast<int>(
        std::min<std::int64_t>(AttentionStack::kMaxRows, position - stack.position()));
    for (int r = 0; r < rows; ++r) {
      std::copy_n(reader.next(), features.width,
                  x.data() + static_cast<std::size_t>(r) * features.width);
    }
    stack.append(x.data(), rows);
  }
  CostPoint point;
  point.position = position;
  point.memory_bytes = stack.cacheBytes();
  point.resident_bytes = residentBytes();

  // The first step is not counted: it says how many steps a window may have.
  const auto window = [&](int steps) {
    stack.truncate(position - steps / 2);
    Reader inputs(features, stack.position());
    const Clock::time_point start = Clock::now();
    for (int i = 0; i < steps; ++i) stack.step(inputs.next(), y.data());
    return nanosecondsSince(start) / steps;
  };
  window(1);
  const double step_ns = window(1);
  point.window_steps = std::clamp(static_cast<int>(kLongestWindow_ns / step_ns), 1, kWindowSteps);
  // In turn with plain reading, so that both meet the same machine.
  std::vector<double> times_ns;
  std::vector<double> reads_ns;
  std::size_t read_bytes = 0;
  for (int i = 0; i < spec.windows; ++i) {
    times_ns.push_back(window(point.window_steps));
    point.non_finite += countNonFinite(y);
    stack.truncate(position);
    const Clock::time_point start = Clock::now();
    for (int k = 0; k < point.window_steps; ++k) read_bytes = stack.readCache();
    reads_ns.push_back(nanosecondsSince(start) / point.window_steps);
  }
  point.median_ns = median(times_ns);
  point.min_ns = *std::min_element(times_ns.begin(), times_ns.end());
  point.norm = normOf(y);
  point.cache_gb_per_s = static_cast<double>(point.memory_bytes) / point.min_ns;
  point.read_gb_per_s =
      static_cast<double>(read_bytes) / *std::min_element(reads_ns.begin(), reads_ns.end());
  return point;
}

}  // namespace

std::vector<std::int64_t> positionsUpTo(std::int64_t last) {
  std::vector<std::int64_t> positions;
  for (std::int64_t p = 1000; p < last; p *= 10) positions.push_back(p);
  positions.push_back(last);
  return positions;
}

std::size_t residentBytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  file >> total >> resident;
  return file ? resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE)) : 0;
}

std::size_t availableBytes() {
  std::ifstream file("/proc/meminfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("MemAvailable:")) return std::stoull(line.substr(13)) * 1024;
  }
  return 0;
}

MambaRun runMamba(const FlatCostSpec& spec, const FeatureLoop& features, const Kernels& kernels) {
  const MambaConfig config = mambaConfigOf(spec);
  const auto weights = randomStack(config, spec.n_layer);
  BlockStack stack(weights, kernels);
  std::vector<float> y(features.width);
  MambaRun run;
  Reader reader(features);
  std::int64_t t = 0;
  std::uint64_t non_finite = 0;
  std::vector<std::vector<std::byte>> saved;  // the states at the positions
  const Clock::time_point start = Clock::now();
  for (const std::int64_t position : positionsUpTo(spec.steps)) {
    for (; t < position; ++t) {
      stack.step(reader.next(), y.data());
      non_finite += countNonFinite(y);
    }
    CostPoint point;
    point.position = position;
    const std::vector<float> h = ssmStateOf(stack.state(), config);
    point.norm = normOf(h);
    point.non_finite = non_finite + countNonFinite(h);
    point.checksum = checksum(stack.state(), y);
    point.memory_bytes = stack.state().savedBytes();
    point.window_steps = kWindowSteps;

    saved.emplace_back(stack.state().savedBytes());
    stack.state().save(saved.back());
    point.then_ns = INFINITY;
    for (int i = 0; i < spec.windows; ++i) {
      point.then_ns = std::min(point.then_ns, mambaWindow(stack, saved.back(), features, t, y));
      point.non_finite += countNonFinite(y);
    }
    point.resident_bytes = residentBytes();
    run.points.push_back(point);
  }
  run.seconds = nanosecondsSince(start) * 1e-9;

  std::vector<std::vector<double>> times_ns(run.points.size());
  for (int turn = 0; turn < FlatCostSpec::kTurns * spec.windows; ++turn) {
    for (std::size_t i = 0; i < run.points.size(); ++i) {
      times_ns[i].push_back(mambaWindow(stack, saved[i], features, run.points[i].position, y));
    }
  }
  for (std::size_t i = 0; i < run.points.size(); ++i) {
    run.points[i].median_ns = median(times_ns[i]);
    run.points[i].min_ns = *std::min_element(times_ns[i].begin(), times_ns[i].end());
  }
  run.skipped = stack.state().skippedRows();
  if (!spec.verify) return run;

  const Clock::time_point second = Clock::now();
  const std::vector<std::uint64_t> again = checksumsByBlocks(spec, features, kernels);
  run.verify_seconds = nanosecondsSince(second) * 1e-9;
  run.verified = std::equal(again.begin(), again.end(), run.points.begin(), run.points.end(),
                            [](std::uint64_t a, const CostPoint& b) { return a == b.checksum; });
  return run;
}

AttentionRun runAttention(const FlatCostSpec& spec, const FeatureLoop& features,
                          const Kernels& kernels) {
  const std::size_t per_position = static_cast<std::size_t>(2 * spec.n_layer * spec.d_model) * 4;
  AttentionRun run;
  for (const std::int64_t position : positionsUpTo(spec.attention_steps)) {
    const double needed = static_cast<double>(per_position) * static_cast<double>(position);
    const auto available = static_cast<double>(availableBytes());
    if (available > 0.0 && needed > spec.attention_memory_share * available) {
      run.end = fmt::format(
          "attention stops before {} positions: the cache would take {:.1f} GB, and {:.1f} GB are "
          "available, of which it may use {:.0f} %",
          position, needed * 1e-9, available * 1e-9, 100.0 * spec.attention_memory_share);
      return run;
    }
    run.points.push_back(attentionAt(spec, features, kernels, position));
  }
  run.end = fmt::format(
      "attention stops at {} positions, as asked; ten times as many would take {:.1f} GB",
      spec.attention_steps, 10e-9 * static_cast<double>(per_position * spec.attention_steps));
  return run;
}

}  // namespace hiss
