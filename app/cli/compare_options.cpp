// SPDX-License-Identifier: Apache-2.0
#include <CLI/CLI.hpp>

#include "app/cli/option_parts.h"
#include "app/engine/compare/compare_plot.h"

namespace hiss {
namespace {

constexpr int kMostBlock = 1000;

CLI::Validator fileName() {
  return {[](std::string& text) {
            return text.empty() || text == "-" ? "expected a file's name, found \"" + text + "\""
                                               : std::string();
          },
          ""};
}

}  // namespace

void addCompare(CLI::App& app, CompareOptions& options) {
  CLI::App* const command = app.add_subcommand(
      "compare", "Measure sound files against their clean reference, or models over one input");
  command->footer(
      "hiss compare REFERENCE FILE... prints for each file its level, its level where the "
      "reference\n"
      "pauses (what is left of the noise) and its scale-invariant signal-to-distortion ratio\n"
      "(SI-SDR). Rate, channels and length must be those of the reference.\n\n"
      "hiss compare --model A --model B INPUT runs each model over INPUT: a sound file for\n"
      "denoisers; for models of sequences a table, or a text of whole numbers with blanks between\n"
      "them, a sequence a line, where N:M says that M is to be answered to N (else the next "
      "number).\n"
      "It prints what a step costs, the memory, the size of the state, how much the step size "
      "moves\n"
      "with the input, and the quality. Times are those of one run: `hiss bench` measures speed.");
  command->add_option("input", options.input, "clean sound file; with --model what it runs over")
      ->type_name("REFERENCE|INPUT")
      ->required();
  command->add_option("file", options.files, "sound files to measure")->type_name("FILE");
  CLI::Option* const model =
      command->add_option("--model", options.models, "model by name, or a .safetensors file")
          ->type_name("NAME|FILE")
          ->allow_extra_args(false);
  command
      ->add_option("--reference", options.reference,
                   "clean sound file that outputs of denoisers are measured against")
      ->type_name("FILE")
      ->check(fileName())
      ->needs(model);
  command
      ->add_option("--block", options.block,
                   "block whose state is followed, from 1 (default: the one over all bands, or the "
                   "one in the middle)")
      ->check(CLI::Range(1, kMostBlock))
      ->needs(model);
  command->add_option("--plot", options.plot, "draw the figures as a picture")
      ->type_name("OUT.png")
      ->check(fileName())
      ->needs(model);
  command->add_option("--csv", options.csv, "write time, state, step size and loss of each step")
      ->type_name("OUT.csv")
      ->check(fileName())
      ->needs(model);
  command->add_flag("--force", options.force, "replace outputs that exist")->needs(model);
  command->add_flag("--json", options.json, "report as one JSON document");
  command->callback([&options] {
    if (options.models.empty() && options.files.empty()) throw CLI::RequiredError("file");
    if (!options.models.empty() && !options.files.empty()) {
      throw CLI::ValidationError("--model: expected one INPUT, found " +
                                 std::to_string(1 + options.files.size()));
    }
    if (options.models.size() > kMostCompared) {
      throw CLI::ValidationError("--model: expected at most " + std::to_string(kMostCompared) +
                                 ", found " + std::to_string(options.models.size()));
    }
  });
}

}  // namespace hiss
