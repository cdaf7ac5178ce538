// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "app/cli/option_parts.h"
#include "app/engine/sensors/alert_logic.h"
#include "models/anomaly_detector.h"

namespace hiss {
namespace {

constexpr int kMostRows = 1000000;
constexpr double kMostFalseAlarms = 1e6;

void addTableOptions(CLI::App& command, DetectOptions& options) {
  command
      .add_option("--time", options.time,
                  "column of the time (default: found out); none: there is none")
      ->type_name("COL");
  command
      .add_option("--columns", options.columns,
                  "columns of the values, separated by commas (default: all with numbers)")
      ->type_name("A,B,...")
      ->delimiter(',');
  CLI::Option* const audio =
      command.add_flag("--audio", options.audio, "inputs are sound: watch the levels of 16 bands");
  for (const char* name : {"--time", "--columns"}) audio->excludes(command.get_option(name));
  command.add_flag("--allow-truncated", options.allow_truncated,
                   "take what is there of sound that ends too early");
  command.add_flag("--recursive,!--no-recursive", options.recursive,
                   "folders with all folders below them (the default), or without");
}

void addAlertOptions(CLI::App& command, DetectOptions& options) {
  CLI::Option* const budget =
      command.add_option("--false-alarms-per-week", options.false_alarms,
                         "how many to put up with (without times: in 10,000 rows)");
  budget->type_name("N")->check(positiveUpTo(kMostFalseAlarms, "COUNT"))->capture_default_str();
  command
      .add_option("--alarm-p", options.alarm_p,
                  "alarm at rows as unusual as this share of all rows, instead")
      ->type_name("P")
      ->check(positiveUpTo(0.5, "SHARE"))
      ->excludes(budget);
  const AlertSettings defaults;
  options.hold_rows = defaults.hold_rows;
  options.cool_down_rows = defaults.cool_down_rows;
  command.add_option("--hold", options.hold_rows, "rows in a row above the threshold for an alert")
      ->type_name("ROWS")
      ->check(CLI::Range(1, kMostRows))
      ->capture_default_str();
  command
      .add_option("--cool-down", options.cool_down_rows,
                  "what comes so soon after an alert belongs to it")
      ->type_name("ROWS")
      ->check(CLI::Range(0, kMostRows))
      ->capture_default_str();
}

}  // namespace

CLI::Validator positiveUpTo(double most, const std::string& name) {
  return CLI::Validator(
      [most](std::string& text) -> std::string {
        double value = 0.0;
        const bool is_number = CLI::detail::lexical_cast(text, value);
        if (is_number && value > 0.0 && value <= most) return {};
        return fmt::format("expected a number above 0 and up to {:g}, found {}", most, text);
      },
      name);
}

std::string namesOfDetectors() {
  const std::span<const std::string> names = detectorNames();
  return fmt::format("{}", fmt::join(names, "|"));
}

CLI::Validator detectorName() {
  return CLI::Validator(
      [](std::string& name) -> std::string {
        const auto names = detectorNames();
        if (std::find(names.begin(), names.end(), name) != names.end()) return {};
        return fmt::format("expected {}, found \"{}\"", namesOfDetectors(), name);
      },
      "");
}

void addDetect(CLI::App& app, DetectOptions& options) {
  CLI::App* const command =
      app.add_subcommand("detect", "Find what is unusual in tables of sensor values, or in sound");
  command->footer(
      "Says of each row where its values were expected, p (the share of rows that are as unusual)\n"
      "and a score, above 1 for an alarm, from this row and earlier ones only. Tables are CSV "
      "with\n"
      "commas, semicolons or tabs, with a header or none.");
  command->add_option("input", options.inputs, "tables, folders, patterns, or - (standard input)")
      ->type_name("FILE|DIR")
      ->required();
  command
      ->add_option("-o,--output", options.output,
                   "scores, or a folder for them (default: NAME.scores.csv)")
      ->type_name("OUT.csv|DIR")
      ->check([](const std::string& text) {
        return text.empty() ? "expected a file or folder, found nothing" : "";
      });
  options.detector = detectorNames().front();  // the best one
  command->add_option("--detector", options.detector, "what judges the rows")
      ->type_name(namesOfDetectors())
      ->check(detectorName())
      ->capture_default_str();
  command
      ->add_option("--model", options.model,
                   "forecaster of the detector mamba (default: the one installed)")
      ->type_name("NAME|FILE");
  addTableOptions(*command, options);
  addAlertOptions(*command, options);
  command
      ->add_option("--state", options.state,
                   "go on where the stream was left, and leave it there again")
      ->type_name("FILE");
  command->add_option("--plot", options.plot, "draw values, bands, scores and alerts")
      ->type_name("OUT.png");
  command->add_flag("--json", options.json, "summary as one JSON document");
  command->add_flag("--force", options.force, "replace outputs that exist");
  command->add_flag("--quiet", options.quiet, "no summary; errors only");
}

}  // namespace hiss
