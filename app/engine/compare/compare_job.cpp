// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/compare_job.h"

#include <fmt/format.h>

#include <memory>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "app/engine/compare/compare_denoiser.h"
#include "app/engine/compare/compare_sequence.h"
#include "app/engine/failure.h"
#include "app/engine/load_denoiser.h"
#include "models/model_error.h"
#include "models/model_registry.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

std::shared_ptr<const SequenceModel> loadSequence(const fs::path& path) {
  try {
    return SequenceModel::load(path);
  } catch (const ModelError& error) {
    throw Failure(FailureKind::kModel, error.what());
  } catch (const std::runtime_error& error) {
    throw Failure(FailureKind::kUsage, error.what());
  }
}

class CompareJob {
 public:
  CompareJob(const CompareSpec& spec, const CompareProgress& on_progress)
      : spec_(spec), on_progress_(on_progress) {}

  CompareReport run() {
    findTask();
    report_.task == kDenoiseTask ? runDenoisers() : runSequences();
    report_.simd = defaultKernels().name;
    return std::move(report_);
  }

 private:
  // That of the first model, and of all of them. A file that cannot be read says why when it is
  // loaded as a denoiser.
  void findTask() {
    const ModelRegistry registry;
    for (const std::string& model : spec_.models) {
      const fs::path path = findModel(registry, model);
      std::string task = modelTask(path);
      if (task.empty()) task = kDenoiseTask;
      if (task != kDenoiseTask && task != kSequenceTask) {
        throw Failure(
            FailureKind::kModel, path.string(),
            fmt::format("a model of the task \"{}\" or \"{}\"", kDenoiseTask, kSequenceTask),
            quotedText(task));
      }
      if (report_.task.empty()) report_.task = task;
      if (task != report_.task) {
        throw Failure(FailureKind::kModel, path.string(),
                      fmt::format("the task \"{}\" of {}", report_.task, paths_.front().string()),
                      quotedText(task));
      }
      paths_.push_back(path);
    }
    report_.input = spec_.input.string();
    report_.reference = spec_.reference.string();
  }

  [[nodiscard]] ProgressFunction progressOf(const fs::path& path) const {
    if (!on_progress_) return {};
    return [this, name = path.stem().string()](std::int64_t done, std::int64_t total) {
      return on_progress_(name, done, total);
    };
  }

  void add(const fs::path& path, CompareModel model) {
    model.name = path.stem().string();
    model.path = path.string();
    report_.models.push_back(std::move(model));
  }

  void runDenoisers() {
    std::vector<std::shared_ptr<const DenoiserModel>> models;
    for (const fs::path& path : paths_) models.push_back(loadDenoiser(path));
    if (!spec_.reference.empty()) {
      report_.baseline = "the input";
      report_.baseline_quality = qualityOf(compareSounds(spec_.reference, spec_.input));
    }
    for (std::size_t i = 0; i < models.size(); ++i) {
      add(paths_[i], compareDenoiser(models[i], {spec_.input, spec_.reference}, spec_.block,
                                     progressOf(paths_[i])));
    }
  }

  void runSequences() {
    if (!spec_.reference.empty()) {
      throw Failure(FailureKind::kUsage, "--reference", "models that denoise",
                    "models of sequences");
    }
    std::vector<std::shared_ptr<const SequenceModel>> models;
    for (const fs::path& path : paths_) {
      models.push_back(loadSequence(path));
      const SequenceConfig& own = models.back()->config();
      const SequenceConfig& first = models.front()->config();
      if (own.input == first.input && own.foretellsFeatures() == first.foretellsFeatures()) {
        continue;
      }
      throw Failure(FailureKind::kModel, path.string(),
                    fmt::format("input and output of the form of {}", paths_.front().string()),
                    "another");
    }
    const CompareSteps input = readSteps(models.front()->config().input);
    for (const auto& model : models) requireFits(*model, input);
    report_.baseline_quality = baselineQuality(*models.front(), input);
    if (!report_.baseline_quality.empty()) {
      report_.baseline = std::holds_alternative<FeatureTable>(input.steps)
                             ? "the row before"
                             : "how often each is the answer";
    }
    for (std::size_t i = 0; i < models.size(); ++i) {
      add(paths_[i], compareSequence(*models[i], input, spec_.block, progressOf(paths_[i])));
    }
  }

  [[nodiscard]] CompareSteps readSteps(SequenceConfig::Input input) const {
    CompareSteps steps;
    steps.name = spec_.input == "-" ? "standard input" : spec_.input.string();
    if (input == SequenceConfig::Input::kFeatures) {
      steps.steps = readFeatureTable(spec_.input);
    } else {
      steps.steps = readTokenFile(spec_.input);
    }
    return steps;
  }

  const CompareSpec& spec_;
  const CompareProgress& on_progress_;
  std::vector<fs::path> paths_;
  CompareReport report_;
};

}  // namespace

CompareReport compareModels(const CompareSpec& spec, const CompareProgress& on_progress) {
  return CompareJob(spec, on_progress).run();
}

}  // namespace hiss
