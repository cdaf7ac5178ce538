// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/report.h"
#include "app/engine/atomic_output.h"
#include "app/engine/bench_denoiser.h"
#include "app/engine/bench_machine.h"
#include "app/engine/bench_plot.h"
#include "app/engine/bench_report.h"
#include "app/engine/bench_stacks.h"
#include "app/engine/bench_streams.h"
#include "app/engine/load_denoiser.h"

namespace hiss {
namespace {

constexpr const char* kAllTargets = "all";
constexpr int kUsualStreams = 100;
constexpr double kStackShare = 0.4;  // of --seconds, for all stacks together

class BenchCommand {
 public:
  explicit BenchCommand(const BenchOptions& options) : options_(options), console_(false) {}

  ExitCode run() {
    DenoiserBench bench;
    // First: it is refused before anything is measured.
    std::optional<AtomicOutput> picture;
    if (!options_.plot.empty()) {
      picture.emplace(options_.plot, options_.force ? AtomicOutput::Existing::kReplace
                                                    : AtomicOutput::Existing::kRefuse);
    }
    chooseTargets(bench);
    loadModel(bench);
    bench.seconds = options_.seconds;
    bench.sound = options_.input.empty() ? defaultBenchSound(options_.seconds)
                                         : readBenchSound(options_.input, options_.seconds);
    const PinnedCore pin(options_.core < 0 ? std::nullopt : std::optional<int>(options_.core));
    report_.machine = describeMachine(pin);
    if (!pin.problem().empty()) {
      report_.notes.push_back(
          fmt::format("could not stay on core {}: {}", pin.core(), pin.problem()));
    }
    const long preemptions_before = preemptions();
    const auto start = std::chrono::steady_clock::now();
    runDenoiserBench(bench, progress("denoiser"), report_);
    if (options_.stacks || options_.all) {
      runStackBench(bench.targets, kStackShare * options_.seconds, progress("stacks"), report_);
    }
    if (options_.streams > 0 || options_.all) {
      const int streams = options_.streams > 0 ? options_.streams : kUsualStreams;
      runStreamsBench({bench.model, &bench.sound, bench.parts_target, streams, bench.seconds},
                      progress("streams"), report_);
    }
    report_.machine.preemptions = preemptions() - preemptions_before;
    report_.machine.seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    addNotes(report_);
    console_.clearProgress();
    if (picture) {
      drawBench(report_, picture->file(), picture->name());
      picture->commit();
    }
    if (options_.json) {
      printText(benchJson(report_, HISS_VERSION) + "\n");
    } else {
      printText(benchText(report_, HISS_VERSION));
    }
    return ExitCode::kOk;
  }

 private:
  void chooseTargets(DenoiserBench& bench) const {
    const std::vector<const Kernels*> available = availableKernels();
    const Kernels* preferred = nullptr;
    try {
      preferred = &defaultKernels();
    } catch (const std::runtime_error& error) {
      throw Failure(FailureKind::kUsage, error.what());
    }
    if (options_.simd == kAllTargets) {
      bench.targets = available;
      bench.parts_target = preferred;
      return;
    }
    bench.parts_target = findKernels(options_.simd);
    if (bench.parts_target == nullptr) {
      std::vector<std::string> names = {kAllTargets};
      for (const Kernels* kernels : available) names.emplace_back(kernels->name);
      throw Failure(FailureKind::kUsage, "--simd",
                    fmt::format("one of {} (what this build and CPU have)", fmt::join(names, ", ")),
                    fmt::format("\"{}\"", options_.simd));
    }
    bench.targets = {bench.parts_target};
  }

  void loadModel(DenoiserBench& bench) {
    bench.model = loadDenoiser(findModel(ModelRegistry(), options_.model));
    if (bench.model->cleanUMamba() != nullptr) {
      throw Failure(FailureKind::kModel, bench.model->path(), "a model of arch subband-mamba",
                    "arch cleanumamba (the report of hiss denoise has its speed)");
    }
    report_.model_path = bench.model->path();
    report_.model_name = std::filesystem::path(bench.model->path()).stem().string();
  }

  ProgressFunction progress(const std::string& name) {
    return [this, name](std::int64_t done, std::int64_t total) {
      console_.progress("measuring " + name, done, total);
      return true;
    };
  }

  const BenchOptions& options_;
  Console console_;
  BenchReport report_;
};

}  // namespace

ExitCode runBench(const BenchOptions& options) { return BenchCommand(options).run(); }

}  // namespace hiss
