// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <string>

#include "app/cli/options.h"

namespace hiss {

// What the commands' options are put together from. [main-thread]

// A number within bounds; CLI::Range lets NaN pass.
CLI::Validator between(float low, float high, const std::string& name);

// --model, --atten-limit, --mix, --channels
void addModelOptions(CLI::App& command, ModelOptions& options);

// The command `hiss denoise`.
void addDenoise(CLI::App& app, DenoiseOptions& options);

// The command `hiss compare`.
void addCompare(CLI::App& app, CompareOptions& options);

// The command `hiss import`.
void addImport(CLI::App& app, ImportOptions& options);

// The command `hiss detect`.
void addDetect(CLI::App& app, DetectOptions& options);

// The command `hiss monitor`.
void addMonitor(CLI::App& app, MonitorOptions& options);

// The command `hiss ctl`. `options` must outlive the parsing.
void addCtl(CLI::App& app, CtlOptions& options);

// A number above 0 and up to `most`; CLI::Range lets NaN pass, and `between` is of floats.
CLI::Validator positiveUpTo(double most, const std::string& name);

// A name that makeDetector() knows.
CLI::Validator detectorName();
// Those names, "a|b|c".
std::string namesOfDetectors();

}  // namespace hiss
