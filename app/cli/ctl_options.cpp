// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "app/cli/option_parts.h"

namespace hiss {
namespace {

// A command of the monitor by its name; `options` outlives the parsing.
CLI::App* addCommand(CLI::App& ctl, CtlOptions& options, const std::string& name,
                     const std::string& help) {
  CLI::App* const command = ctl.add_subcommand(name, help);
  command->callback([&options, name] { options.command = name; });
  return command;
}

void addNote(CLI::App& command, CtlOptions& options) {
  command.add_option("note", options.note, "what to remember of it")->type_name("TEXT");
}

void addAlertId(CLI::App& command, CtlOptions& options) {
  command.add_option("id", options.id, "of the alert, as `hiss ctl alerts` lists it")
      ->type_name("ID")
      ->required();
}

void addMost(CLI::App& command, CtlOptions& options, const std::string& help) {
  constexpr int kMost = 100000;
  command.add_option("most", options.most, help)->type_name("N")->check(CLI::Range(1, kMost));
}

void addGlob(CLI::App& command, CtlOptions& options, bool is_required) {
  command
      .add_option("stream", options.glob, "pattern of streams: * any text, ? one character, [a-z]")
      ->type_name("GLOB")
      ->required(is_required);
}

}  // namespace

void addCtl(CLI::App& app, CtlOptions& options) {
  CLI::App* const ctl =
      app.add_subcommand("ctl", "Ask a running hiss monitor, or tell it something");
  ctl->require_subcommand(1);
  ctl->footer(
      "The monitor listens at the path that its --control or the key `control` of its\n"
      "configuration names, for its own user and root only.");
  ctl->add_option("--control", options.control, "where it listens")
      ->type_name("PATH")
      ->envname("HISS_CONTROL");
  ctl->add_flag("--json", options.json, "answer as one JSON document");
  addCommand(*ctl, options, "status", "how the monitor, its sources and its sinks do");
  addGlob(*addCommand(*ctl, options, "streams", "streams with their newest scores"), options,
          false);
  addMost(*addCommand(*ctl, options, "alerts", "alerts of this run, newest first"), options,
          "so many (50)");
  CLI::App* const ack = addCommand(*ctl, options, "ack", "somebody looks after an alert");
  addAlertId(*ack, options);
  addNote(*ack, options);
  CLI::App* const label = addCommand(*ctl, options, "label", "what an alert was");
  addAlertId(*label, options);
  label->add_option("label", options.label, "usual after all, or a fault")
      ->type_name("normal|fault")
      ->check(CLI::IsMember({"normal", "fault"}))
      ->required();
  addNote(*label, options);
  CLI::App* const labels =
      addCommand(*ctl, options, "labels", "labels that were given, oldest first");
  addMost(*labels, options, "the newest so many (all)");
  labels->add_flag("--csv", options.csv, "as a table for other programs");
  CLI::App* const mute = addCommand(*ctl, options, "mute", "tell no alerts of streams for a while");
  addGlob(*mute, options, true);
  mute->add_option("duration", options.duration, "30s, 10m, 8h, 2d")->type_name("TIME")->required();
  addGlob(*addCommand(*ctl, options, "unmute", "end that"), options, true);
  addCommand(*ctl, options, "save", "save the state now");
  addCommand(*ctl, options, "reload", "read the configuration again");
}

}  // namespace hiss
