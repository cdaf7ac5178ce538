// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include "app/cli/options.h"
#include "app/engine/exit_codes.h"
#include "models/denoiser.h"
#include "models/denoiser_model.h"

namespace hiss {

// The commands of `hiss`. Each writes its result to standard output and errors of single files to
// the standard error stream; a Failure that ends the whole command is thrown. [main-thread]
ExitCode runDenoise(const DenoiseOptions& options);
ExitCode runModels(const ModelsOptions& options);
ExitCode runInfo(const InfoOptions& options);
ExitCode runPlot(const PlotOptions& options);
ExitCode runCompare(const CompareOptions& options);
ExitCode runCompareModels(const CompareOptions& options);  // with models
ExitCode runImport(const ImportOptions& options);
ExitCode runBench(const BenchOptions& options);
ExitCode runLive(const LiveOptions& options);
ExitCode runDevices(const DevicesOptions& options);
ExitCode runDetect(const DetectOptions& options);
ExitCode runMonitor(const MonitorOptions& options);
ExitCode runCtl(const CtlOptions& options);

// A model, and a processor for one stream at a time with the strength already set.
struct LoadedModel {
  std::string name;
  std::shared_ptr<const DenoiserModel> model;
  std::unique_ptr<Denoiser> denoiser;
};

// Throws Failure: kModel, or kUsage if HISS_SIMD asks for what this CPU lacks.
LoadedModel loadModel(const ModelOptions& options);

// Without a processor; throws alike.
std::shared_ptr<const DenoiserModel> loadDenoiserModel(const std::string& model);

// Another processor with the same model and strength.
std::unique_ptr<Denoiser> makeDenoiser(const LoadedModel& loaded, const ModelOptions& options);

}  // namespace hiss
