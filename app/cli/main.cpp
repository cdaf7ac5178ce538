// SPDX-License-Identifier: Apache-2.0
//
// hiss: removes noise from recordings, and watches sensors.
//
//   hiss denoise IN... [-o OUT|DIR]    files, folders or standard streams
//   hiss plot IN OUT.png               spectrograms before and after
//   hiss compare REFERENCE FILE...     levels and SI-SDR against a clean recording
//   hiss compare --model M... INPUT    cost, memory, state and quality of models over one input
//   hiss import FILE -o OUT            a model file of weights that others published
//   hiss models                        models found, a line each
//   hiss info                          version, SIMD target, models found
//   hiss bench                         speed on one core, and the core's limits
//   hiss live                          a microphone, while it is heard
//   hiss devices                       sound devices
//   hiss detect FILE... [-o OUT|DIR]   what is unusual in tables of sensor values
//   hiss monitor URI... [--sink URI]   the same of live streams, for weeks
//   hiss ctl COMMAND                   asks a running monitor
//
// Results go to standard output, errors to the standard error stream, one line each
// ("hiss: PATH: expected ..., found ..."); exit codes are listed in exit_codes.h.
#include <csignal>
#include <exception>
#include <new>

#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/options.h"
#include "app/cli/report.h"
#include "app/engine/atomic_output.h"

namespace {

// Leaves no half-written file, then dies of the same signal, as the shell expects.
extern "C" void onFatalSignal(int signal_number) {
  hiss::refuseNewOutputs();
  hiss::removeUnfinishedOutputs();
  std::signal(signal_number, SIG_DFL);
  std::raise(signal_number);
}

void installSignalHandlers() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    // A parent (nohup, a shell's background job) may have asked for a signal to be ignored.
    if (std::signal(number, onFatalSignal) == SIG_IGN) std::signal(number, SIG_IGN);
  }
  // Both are reported as failed writes, so that they end in a message and clean up.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

hiss::ExitCode runCommand(int argc, const char* const* argv) {
  const hiss::Command command = hiss::parseCommandLine(argc, argv);
  if (const auto* text = std::get_if<hiss::PrintText>(&command)) {
    hiss::printText(text->text);
    return hiss::ExitCode::kOk;
  }
  if (const auto* options = std::get_if<hiss::ModelsOptions>(&command))
    return hiss::runModels(*options);
  if (const auto* options = std::get_if<hiss::InfoOptions>(&command))
    return hiss::runInfo(*options);
  if (const auto* options = std::get_if<hiss::PlotOptions>(&command))
    return hiss::runPlot(*options);
  if (const auto* options = std::get_if<hiss::CompareOptions>(&command))
    return hiss::runCompare(*options);
  if (const auto* options = std::get_if<hiss::ImportOptions>(&command))
    return hiss::runImport(*options);
  if (const auto* options = std::get_if<hiss::BenchOptions>(&command))
    return hiss::runBench(*options);
  if (const auto* options = std::get_if<hiss::LiveOptions>(&command)) {
    return hiss::runLive(*options);
  }
  if (const auto* options = std::get_if<hiss::DevicesOptions>(&command)) {
    return hiss::runDevices(*options);
  }
  if (const auto* options = std::get_if<hiss::DetectOptions>(&command)) {
    return hiss::runDetect(*options);
  }
  if (const auto* options = std::get_if<hiss::MonitorOptions>(&command)) {
    return hiss::runMonitor(*options);
  }
  if (const auto* options = std::get_if<hiss::CtlOptions>(&command)) {
    return hiss::runCtl(*options);
  }
  return hiss::runDenoise(std::get<hiss::DenoiseOptions>(command));
}

}  // namespace

int main(int argc, char** argv) {
  installSignalHandlers();
  hiss::Console console(true);
  hiss::ExitCode code = hiss::ExitCode::kInternal;
  try {
    code = runCommand(argc, argv);
  } catch (const hiss::Failure& failure) {
    console.error(failure.what());
    code = hiss::exitCodeOf(failure.kind());
  } catch (const std::bad_alloc&) {
    console.error("memory: expected enough for the job, found too little");
  } catch (const std::exception& error) {
    console.error(std::string("internal error: expected none, found ") + error.what());
  }
  return static_cast<int>(code);
}
