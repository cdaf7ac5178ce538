// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "app/cli/option_parts.h"

namespace hiss {
namespace {

constexpr double kMostFalseAlarms = 1e6;
constexpr double kMostSaveSeconds = 86400.0;

}  // namespace

void addMonitor(CLI::App& app, MonitorOptions& options) {
  CLI::App* const command =
      app.add_subcommand("monitor", "Watch live sensors for weeks: MQTT, serial, sockets, files");
  command->footer(
      "Sources: csv:FILE stdin: udp://HOST:PORT tcp://HOST:PORT mqtt://HOST/TOPIC/# serial:DEVICE\n"
      "wav:FILE mic: kafka://HOST/TOPIC. Sinks: jsonl:FILE|- csv:FILE https://HOST/HOOK\n"
      "prometheus://HOST:PORT mqtt://HOST/PREFIX kafka://HOST/TOPIC. app/README.md lists their\n"
      "options (URI?key=value). SIGINT and SIGTERM end it, SIGHUP reads the configuration again.");
  command
      ->add_option("source", options.sources, "where rows come from, besides the configuration's")
      ->type_name("URI");
  command
      ->add_option("--sink", options.sinks,
                   "where alerts and scores go (default: jsonl:-, alerts on standard output)")
      ->type_name("URI");
  command->add_option("--config", options.config, "what to watch and how, as a TOML file")
      ->type_name("FILE");
  command->add_flag("--check-config", options.check_config,
                    "only say whether the configuration is good");
  command
      ->add_option("--state", options.state,
                   "go on where the streams were left, and keep them there")
      ->type_name("DIR");
  command->add_option("--save-every", options.save_every_s, "seconds between two saves (60)")
      ->type_name("S")
      ->check(positiveUpTo(kMostSaveSeconds, "SECONDS"));
  command->add_option("--detector", options.detector, "what judges the rows (mamba)")
      ->type_name(namesOfDetectors())
      ->check(detectorName());
  command
      ->add_option("--model", options.model,
                   "forecaster of the detector mamba (default: the one installed)")
      ->type_name("NAME|FILE");
  command
      ->add_option("--false-alarms-per-week", options.false_alarms,
                   "how many to put up with, a stream (1)")
      ->type_name("N")
      ->check(positiveUpTo(kMostFalseAlarms, "COUNT"));
  command->add_option("--control", options.control, "Unix socket for hiss ctl (default: none)")
      ->type_name("PATH");
  command->add_option("--log-level", options.log_level, "least of what is logged (info)")
      ->type_name("debug|info|warning|error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  command->add_flag("--journal", options.journal, "log as systemd's journal takes it");
  command->add_flag("--quiet", options.quiet, "log errors only");
}

}  // namespace hiss
