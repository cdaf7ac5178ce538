// SPDX-License-Identifier: Apache-2.0
// Is the cost of a step the same for ever? Runs a Mamba stack for 10^8 steps of a looped recording
// and times it on the way; beside it a causal attention stack of the same width with its cache of
// keys and values. Prints a table; --json and --plot write it as figures and as a picture.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "dsp/realtime.h"
#include "ssm/simd/dispatch.h"
#include "tests/bench/baseline/machine.h"
#include "tests/bench/flat_cost/attention_kernel.h"
#include "tests/bench/flat_cost/flat_cost.h"
#include "tests/bench/flat_cost/log_plot.h"

namespace hiss {
namespace {

using nlohmann::json;

constexpr std::int64_t kQuickSteps = 1'000'000;
constexpr std::int64_t kQuickAttentionSteps = 100'000;

struct Options {
  FlatCostSpec spec;
  std::vector<std::filesystem::path> audio;
  std::string json_path;
  std::string plot_path;
  bool no_verify = false;
};

json toJson(const CostPoint& p, bool attention) {
  json object = {{"position", p.position},
                 {"median_ns_per_step", p.median_ns},
                 {"min_ns_per_step", p.min_ns},
                 {"window_steps", p.window_steps},
                 {attention ? "cache_bytes" : "state_bytes", p.memory_bytes},
                 {"resident_bytes", p.resident_bytes},
                 {attention ? "output_norm" : "state_norm", p.norm},
                 {"non_finite", p.non_finite}};
  if (attention) {
    object["cache_gb_per_s"] = p.cache_gb_per_s;
    object["read_gb_per_s"] = p.read_gb_per_s;
  } else {
    object["then_min_ns_per_step"] = p.then_ns;
    object["checksum"] = fmt::format("{:016x}", p.checksum);
  }
  return object;
}

json toJson(const std::vector<CostPoint>& points, bool attention) {
  json array = json::array();
  for (const CostPoint& p : points) array.push_back(toJson(p, attention));
  return array;
}

void printMamba(const MambaRun& run, const FlatCostSpec& spec) {
  fmt::print("\n{:<10}{:>9}{:>11}{:>9}{:>13}{:>13}{:>12}{:>8}  {}\n", "Mamba", "then ns",
             "median ns", "min ns", "state bytes", "resident MB", "state norm", "not fin",
             "checksum");
  for (const CostPoint& p : run.points) {
    fmt::print("{:<10}{:>9.0f}{:>11.0f}{:>9.0f}{:>13}{:>13.2f}{:>12.4f}{:>8}  {:016x}\n",
               p.position, p.then_ns, p.median_ns, p.min_ns, p.memory_bytes,
               static_cast<double>(p.resident_bytes) * 1e-6, p.norm, p.non_finite, p.checksum);
  }
  fmt::print("{} steps in {:.1f} s; {} block steps met a value that is not finite\n",
             run.points.back().position, run.seconds, run.skipped);
  fmt::print(
      "then: least window when it came there; median, min: all positions by turns at the end\n");
  if (!spec.verify) return;
  fmt::print("second run, 64 steps a call, {:.1f} s: checksums {}\n", run.verify_seconds,
             run.verified ? "equal" : "DIFFER");
}

void printAttention(const AttentionRun& run) {
  fmt::print("\n{:<10}{:>11}{:>11}{:>14}{:>13}{:>8}{:>12}{:>12}\n", "attention", "median ns",
             "min ns", "cache bytes", "resident MB", "steps", "cache GB/s", "read GB/s");
  for (const CostPoint& p : run.points) {
    fmt::print("{:<10}{:>11.0f}{:>11.0f}{:>14}{:>13.2f}{:>8}{:>12.1f}{:>12.1f}\n", p.position,
               p.median_ns, p.min_ns, p.memory_bytes, static_cast<double>(p.resident_bytes) * 1e-6,
               p.window_steps, p.cache_gb_per_s, p.read_gb_per_s);
  }
  fmt::print(
      "steps: in a window; cache GB/s: cache over least time of a step; read GB/s: the same "
      "memory, only read\n{}\n",
      run.end);
}

std::string powerOfTen(int exponent) {
  static const char* const kDigits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string label = "10";
  for (const char digit : std::to_string(exponent)) {
    if (digit >= '0') label += kDigits[digit - '0'];
  }
  return label;
}

// 10^exponent of the unit that `units` starts with; each further one is 1000 times the last.
std::string withUnit(int exponent, const std::vector<std::string>& units) {
  const auto index =
      std::min(static_cast<std::size_t>(exponent < 0 ? 0 : exponent / 3), units.size() - 1);
  const int left = exponent - 3 * static_cast<int>(index);
  return fmt::format("{:g} {}", std::pow(10.0, left), units[index]);
}

template <class Value>
LogCurve curveOf(const std::vector<CostPoint>& points, const std::string& label, const Rgb& colour,
                 bool dashed, Value value) {
  LogCurve curve{label, colour, dashed, {}};
  for (const CostPoint& p : points) {
    curve.points.emplace_back(static_cast<double>(p.position), value(p));
  }
  return curve;
}

void plot(const FlatCostSpec& spec, const MambaRun& mamba, const AttentionRun& attention,
          const std::string& simd, const std::string& path) {
  const Rgb blue{0, 90, 181};
  const Rgb orange{220, 50, 32};
  const auto time = [](const CostPoint& p) { return p.min_ns; };
  const auto kept = [](const CostPoint& p) { return static_cast<double>(p.memory_bytes); };
  const auto resident = [](const CostPoint& p) { return static_cast<double>(p.resident_bytes); };
  const std::string mamba_name = "Mamba";
  const std::string attention_name = "causal attention";
  LogPanel cost{"Time of one step (least of the windows)",
                "position in the stream (steps)",
                powerOfTen,
                [](int e) {
                  return withUnit(e, {"ns", "µs", "ms", "s"});
                },
                {curveOf(attention.points, attention_name, orange, false, time),
                 curveOf(mamba.points, mamba_name, blue, false, time)},
                fmt::format("{}, one core, {}; d_model {}, {} layers", cpuName(), simd,
                            spec.d_model, spec.n_layer)};
  LogPanel memory{
      "Memory",
      "position in the stream (steps)",
      powerOfTen,
      [](int e) {
        return withUnit(e, {"B", "kB", "MB", "GB"});
      },
      {curveOf(attention.points, attention_name + ": keys and values", orange, false, kept),
       curveOf(attention.points, attention_name + ": whole process", orange, true, resident),
       curveOf(mamba.points, mamba_name + ": whole process", blue, true, resident),
       curveOf(mamba.points, mamba_name + ": state", blue, false, kept)},
      "every point is a measurement; attention ends where its row of the table does"};
  drawLogPanels({cost, memory}, 1200, 600, path);
}

int run(Options& options) {
  const ScopedFlushDenormals flush;
  FlatCostSpec& spec = options.spec;
  spec.verify = !options.no_verify;
  if (options.audio.empty()) {
    for (const char* name : {"cafe_noisy.flac", "rain_noisy.flac", "wind_noisy.flac"}) {
      options.audio.push_back(std::filesystem::path(HISS_TEST_AUDIO_DIR) / name);
    }
  }
  const Kernels& kernels = defaultKernels();
  const FeatureLoop features = audioFeatures(options.audio, spec.d_model);
  fmt::print("{}, {}; d_model {}, {} layers, d_state {}; {} frames of sound, looped\n", cpuName(),
             kernels.name, spec.d_model, spec.n_layer, spec.d_state, features.frames());
  std::fflush(stdout);
  const MambaRun mamba = runMamba(spec, features, kernels);
  printMamba(mamba, spec);
  std::fflush(stdout);
  const AttentionRun attention = runAttention(spec, features, kernels);
  printAttention(attention);

  if (!options.plot_path.empty()) {
    plot(spec, mamba, attention, kernels.name, options.plot_path);
  }
  if (!options.json_path.empty()) {
    const json report = {
        {"cpu", cpuName()},
        {"simd", kernels.name},
        {"d_model", spec.d_model},
        {"n_layer", spec.n_layer},
        {"d_state", spec.d_state},
        {"frames", features.frames()},
        {"mamba",
         {{"points", toJson(mamba.points, false)},
          {"seconds", mamba.seconds},
          {"skipped", mamba.skipped},
          {"verified", spec.verify ? json(mamba.verified) : json(nullptr)}}},
        {"attention", {{"points", toJson(attention.points, true)}, {"end", attention.end}}}};
    std::ofstream file(options.json_path);
    file << report.dump(2) << '\n';
    if (!file.flush()) throw std::runtime_error(options.json_path + ": cannot be written");
  }
  return spec.verify && !mamba.verified ? 1 : 0;
}

}  // namespace
}  // namespace hiss

int main(int argc, char** argv) {
  hiss::Options options;
  hiss::FlatCostSpec& spec = options.spec;
  CLI::App app("Cost of a step at every position of an endless stream: Mamba beside attention");
  app.add_option("audio", options.audio, "sound files to make the stream of")
      ->check(CLI::ExistingFile);
  bool quick = false;
  const CLI::Option* const steps =
      app.add_option("--steps", spec.steps, "steps that Mamba is run")
          ->check(CLI::Range(std::int64_t{1000}, std::int64_t{1'000'000'000'000}))
          ->capture_default_str();
  const CLI::Option* const attention_steps =
      app.add_option("--attention-steps", spec.attention_steps, "last position of the attention")
          ->check(CLI::Range(std::int64_t{1000}, std::int64_t{1'000'000'000}))
          ->capture_default_str();
  app.add_option("--windows", spec.windows, "timed windows at each position")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
  app.add_option("--d-model", spec.d_model, "width, a multiple of 16")
      ->check(CLI::Range(16, 256))
      ->check([](const std::string& text) {
        return std::stoi(text) % hiss::kHeadSize == 0 ? "" : "expected a multiple of 16";
      })
      ->capture_default_str();
  app.add_option("--layers", spec.n_layer, "layers of each stack")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  app.add_option("--d-state", spec.d_state, "state values a channel (Mamba)")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_flag("--quick", quick,
               "10^6 steps of Mamba and 10^5 of attention unless others are given");
  app.add_flag("--no-verify", options.no_verify, "leave out the second run of Mamba");
  app.add_option("--json", options.json_path, "file for the figures");
  app.add_option("--plot", options.plot_path, "file for the picture (PNG, 1200 x 600)");
  CLI11_PARSE(app, argc, argv);
  if (quick && steps->count() == 0) spec.steps = hiss::kQuickSteps;
  if (quick && attention_steps->count() == 0) spec.attention_steps = hiss::kQuickAttentionSteps;
  try {
    return hiss::run(options);
  } catch (const std::exception& error) {
    fmt::print(stderr, "flat_cost_bench: {}\n", error.what());
    return 1;
  }
}
