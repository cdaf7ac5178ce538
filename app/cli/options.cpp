// SPDX-License-Identifier: Apache-2.0
#include "app/cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/cli/live_options.h"
#include "app/cli/option_parts.h"
#include "app/engine/exit_codes.h"
#include "app/engine/spectrogram_plot.h"
#include "models/model_registry.h"

namespace hiss {
namespace {

constexpr int kMinPicturePx = 300;
constexpr int kMaxPicturePx = 16384;
constexpr float kLeastBenchSeconds = 0.1F;
constexpr float kMostBenchSeconds = 3600.0F;
constexpr int kMostCore = 1023;
constexpr int kMostStreams = 4096;

void addInfo(CLI::App& app, InfoOptions& options) {
  CLI::App* const command =
      app.add_subcommand("info", "Show version, SIMD target and the models found");
  command->add_option("--model", options.model, "only this model")->type_name("NAME|FILE");
  command->add_flag("--json", options.json, "report as one JSON document");
}

void addModels(CLI::App& app, ModelsOptions& options) {
  CLI::App* const command = app.add_subcommand("models", "List the models found, a line each");
  command->footer(
      "Parameters, multiply-accumulates a second, delay, size of the file and what its card says "
      "of\n"
      "the development set; * marks the default. `hiss info --model NAME` prints the whole card.");
  command->add_flag("--json", options.json, "report as one JSON document");
}

void addPlot(CLI::App& app, PlotOptions& options) {
  CLI::App* const command =
      app.add_subcommand("plot", "Draw spectrograms before and after denoising as a PNG picture");
  command->add_option("input", options.input, "sound file before")->type_name("IN")->required();
  command->add_option("output", options.output, "picture, or -")->type_name("OUT.png")->required();
  addModelOptions(*command, options.model);
  CLI::Option* const after = command->add_option(
      "--after", options.after, "sound file after (default: IN is denoised on the fly)");
  after->type_name("FILE");
  for (const char* name : {"--model", "--mix", "--atten-limit", "--channels"}) {
    command->get_option(name)->excludes(after);
  }
  const PlotSize size;
  options.width_px = size.width_px;
  options.height_px = size.height_px;
  command->add_option("--width", options.width_px, "of the picture, pixels")
      ->check(CLI::Range(kMinPicturePx, kMaxPicturePx))
      ->capture_default_str();
  command->add_option("--height", options.height_px, "of the picture, pixels")
      ->check(CLI::Range(kMinPicturePx, kMaxPicturePx))
      ->capture_default_str();
  command->add_flag("--force", options.force, "replace the picture if it exists");
  command->add_flag("--allow-truncated", options.allow_truncated,
                    "draw what is there of a file that ends too early");
}

void addBench(CLI::App& app, BenchOptions& options) {
  CLI::App* const command =
      app.add_subcommand("bench", "Measure how fast the denoiser runs on one core of this machine");
  command->footer(
      "Prints the time of one hop for each SIMD set, what share of the core's own limits that is,\n"
      "and where the time goes. Run it on a machine that does nothing else.");
  options.model = kDefaultModelName;
  command->add_option("--model", options.model, "model by name, or a .safetensors file")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  command->add_option("--input", options.input, "sound file to run on (default: a recording)")
      ->type_name("FILE");
  command->add_option("--simd", options.simd, "one SIMD set, or all")
      ->type_name("NAME|all")
      ->capture_default_str();
  command->add_option("--seconds", options.seconds, "of sound for each SIMD set")
      ->check(between(kLeastBenchSeconds, kMostBenchSeconds, "SECONDS"))
      ->capture_default_str();
  command->add_option("--core", options.core, "core to run on (default: the present one)")
      ->check(CLI::Range(0, kMostCore));
  command->add_flag("--stacks", options.stacks, "measure plain Mamba stacks too");
  command->add_option("--streams", options.streams, "measure so many streams side by side too")
      ->type_name("N")
      ->check(CLI::Range(1, kMostStreams));
  command->add_flag("--all", options.all, "stacks and 100 streams (or --streams) too");
  command->add_flag("--json", options.json, "report as one JSON document");
  command->add_option("--plot", options.plot, "draw the figures as a picture")
      ->type_name("OUT.png")
      ->check([](const std::string& text) {
        return text.empty() || text == "-" ? "expected a file's name, found \"" + text + "\""
                                           : std::string();
      });
  command->add_flag("--force", options.force, "replace the picture if it exists");
}

std::string exitCodeHelp() {
  std::string text = "Exit codes:\n";
  for (const ExitCodeMeaning& entry : kExitCodeMeanings) {
    text += fmt::format("  {}  {}\n", static_cast<int>(entry.code), entry.meaning);
  }
  return text;
}

}  // namespace

Command parseCommandLine(int argc, const char* const* argv) {
  CLI::App app(
      "Hiss: removes noise from recordings with a recurrent Mamba model, and watches sensors.",
      "hiss");
  app.set_version_flag("--version", "hiss " HISS_VERSION, "Print the version and exit");
  app.require_subcommand(1);
  app.footer("hiss COMMAND --help shows a command's options.\n\n" + exitCodeHelp());
  DenoiseOptions denoise;
  ModelsOptions models;
  InfoOptions info;
  PlotOptions plot;
  CompareOptions compare;
  ImportOptions import_weights;
  BenchOptions bench;
  LiveOptions live;
  DevicesOptions devices;
  DetectOptions detect;
  MonitorOptions monitor;
  CtlOptions ctl;
  addDenoise(app, denoise);
  addDetect(app, detect);
  addMonitor(app, monitor);
  addCtl(app, ctl);
  addModels(app, models);
  addInfo(app, info);
  addPlot(app, plot);
  addCompare(app, compare);
  addImport(app, import_weights);
  addBench(app, bench);
  addLive(app, live);
  addDevices(app, devices);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const std::vector<CLI::App*> chosen = app.get_subcommands();
    return PrintText{chosen.empty() ? app.help() : chosen.front()->help("hiss")};
  } catch (const CLI::CallForVersion& version) {
    return PrintText{std::string(version.what()) + "\n"};
  } catch (const CLI::ParseError& error) {
    throw Failure(FailureKind::kUsage, fmt::format("{} (see hiss --help)", error.what()));
  }
  const std::string name = app.get_subcommands().front()->get_name();
  if (name == "models") return models;
  if (name == "info") return info;
  if (name == "plot") return plot;
  if (name == "compare") return compare;
  if (name == "import") return import_weights;
  if (name == "bench") return bench;
  if (name == "live") return live;
  if (name == "devices") return devices;
  if (name == "detect") return detect;
  if (name == "monitor") return monitor;
  if (name == "ctl") return ctl;
  return denoise;
}

}  // namespace hiss
