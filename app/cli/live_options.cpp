// SPDX-License-Identifier: Apache-2.0
#include "app/cli/live_options.h"

#include <map>

#include "app/cli/option_parts.h"

namespace hiss {
namespace {

constexpr int kMostBlock = 8192;
constexpr int kMostChannels = 32;
constexpr int kLeastRateHz = 4000;
constexpr int kMostRateHz = 384000;
constexpr float kMostSeconds = 1e7F;

const std::map<std::string, LiveLatency> kLatencies = {
    {"low", LiveLatency::kLow}, {"balanced", LiveLatency::kBalanced}, {"safe", LiveLatency::kSafe}};

void addDeviceOptions(CLI::App& command, LiveOptions& options) {
  command.add_option("--input", options.input, "microphone (default: the system's)")
      ->type_name("DEV");
  command.add_option("--output", options.output, "where it is heard (default: the system's)")
      ->type_name("DEV");
  command
      .add_option("--rate", options.rate_hz, "sample rate of both devices (default: the input's)")
      ->type_name("HZ")
      ->check(CLI::Range(kLeastRateHz, kMostRateHz));
  command
      .add_option("--input-channels", options.input_channels,
                  "(default: 2, or 1 if it has no more)")
      ->type_name("N")
      ->check(CLI::Range(1, kMostChannels));
  command
      .add_option("--output-channels", options.output_channels,
                  "(default: 2, or 1 if it has no more)")
      ->type_name("N")
      ->check(CLI::Range(1, kMostChannels));
  command
      .add_option_function<std::string>(
          "--block",
          [&options](const std::string& text) {
            options.block = text == "auto" ? 0 : std::stoi(text);
          },
          "samples of one call of a device; auto (default): what suits it")
      ->type_name("N|auto")
      ->check([](const std::string& text) -> std::string {
        if (text == "auto") return {};
        return CLI::Range(1, kMostBlock)(text);
      });
  command
      .add_option_function<std::string>(
          "--latency",
          [&options](const std::string& name) { options.latency = kLatencies.at(name); },
          "how much is held ready against gaps (default: balanced)")
      ->check(CLI::IsMember(kLatencies).description(""))
      ->type_name("low|balanced|safe");
}

}  // namespace

void addLive(CLI::App& app, LiveOptions& options) {
  CLI::App* const command =
      app.add_subcommand("live", "Remove noise from a microphone while it is heard");
  command->footer(
      "On a terminal: b bypass, + and - change the attenuation limit by 3 dB, r hear what is\n"
      "removed, q quit. SIGINT and SIGTERM end it too, with its recordings complete.");
  addDeviceOptions(*command, options);
  addModelOptions(*command, options.model);
  command->add_option("--record-in", options.record_in, "write what is heard to this file")
      ->type_name("FILE");
  command->add_option("--record-out", options.record_out, "write what comes out to this file")
      ->type_name("FILE");
  command
      ->add_flag("--virtual-mic", options.virtual_mic,
                 "play to a microphone \"Hiss microphone\" that other programs can choose")
      ->excludes(command->get_option("--output"));
  command->add_flag("--force", options.force, "replace recordings that exist");
  command->add_option("--duration", options.duration_s, "end after so many seconds")
      ->type_name("S")
      ->check(between(0.0F, kMostSeconds, "SECONDS"));
  command->add_flag("--json-stats", options.json_stats,
                    "a JSON object a second on standard output");
  command->add_flag("--quiet", options.quiet, "no status line; errors only");
}

void addDevices(CLI::App& app, DevicesOptions& options) {
  CLI::App* const command = app.add_subcommand("devices", "List the sound devices");
  command->add_flag("--json", options.json, "list as one JSON document");
}

}  // namespace hiss
