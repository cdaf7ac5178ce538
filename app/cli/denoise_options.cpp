// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <map>
#include <optional>

#include "app/cli/option_parts.h"
#include "app/engine/batch_run.h"
#include "app/engine/report_file.h"
#include "models/model_registry.h"

namespace hiss {
namespace {

const std::map<std::string, ChannelLink> kChannelLinks = {
    {"auto", ChannelLink::kAuto},
    {"linked", ChannelLink::kLinked},
    {"independent", ChannelLink::kIndependent}};

// -1 if `text` is no whole number from 0 to kMaxJobs.
int wholeNumber(const std::string& text) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool valid = error == std::errc() && end == text.data() + text.size();
  return valid && value >= 0 && value <= kMaxJobs ? value : -1;
}

// Empty unless `text` is "I/N" with 1 <= I <= N.
std::optional<Shard> shardOf(const std::string& text) {
  Shard shard;
  const char* const end = text.data() + text.size();
  const auto [slash, error] = std::from_chars(text.data(), end, shard.index);
  if (error != std::errc() || slash == end || *slash != '/') return std::nullopt;
  const auto [rest, second] = std::from_chars(slash + 1, end, shard.count);
  if (second != std::errc() || rest != end) return std::nullopt;
  if (shard.index < 1 || shard.index > shard.count) return std::nullopt;
  return shard;
}

int jobsOf(const std::string& text) {
  const int jobs = text == "auto" ? 0 : wholeNumber(text);
  return jobs == 0 ? usableCores() : jobs;
}

std::string validJobs(const std::string& text) {
  if (text == "auto" || wholeNumber(text) >= 0) return {};
  return fmt::format("expected a number from 0 to {}, or auto, found {}", kMaxJobs, text);
}

}  // namespace

CLI::Validator between(float low, float high, const std::string& name) {
  return {[=](const std::string& text) -> std::string {
            float value = NAN;
            const bool is_number = CLI::detail::lexical_cast(text, value);
            if (is_number && value >= low && value <= high) return {};
            return fmt::format("expected a number from {} to {}, found {}", low, high, text);
          },
          name};
}

void addModelOptions(CLI::App& command, ModelOptions& options) {
  options.model = kDefaultModelName;
  command.add_option("--model", options.model, "model by name, or a .safetensors file")
      ->type_name("NAME|FILE")
      ->capture_default_str();
  command
      .add_option("--atten-limit", options.attenuation_limit_db,
                  "never lower any sound by more than this many dB (default: no limit)")
      ->check(between(0.0F, std::numeric_limits<float>::infinity(), "DB"));
  command.add_option("--mix", options.mix, "0 = input, 1 = denoised, between = a mixture")
      ->check(between(0.0F, 1.0F, "0..1"))
      ->capture_default_str();
  // CLI::Transformer would take the enum's numbers too.
  command
      .add_option_function<std::string>(
          "--channels",
          [&options](const std::string& name) { options.channels = kChannelLinks.at(name); },
          "linked: one mask for all, which keeps the stereo image; independent: each its own;\n"
          "auto (default): linked if there are two")
      ->check(CLI::IsMember(kChannelLinks).description(""))
      ->type_name("auto|linked|independent");
}

void addDenoise(CLI::App& app, DenoiseOptions& options) {
  CLI::App* const command = app.add_subcommand("denoise", "Remove noise from sound files");
  command->footer(
      "Any rate from 4 to 384 kHz, up to 32 channels. The output has the input's length, rate,\n"
      "channels, format and metadata. A folder is searched for sound files; \"-\" is standard\n"
      "input or output. Without -o the output of NAME.EXT is NAME.denoised.EXT beside it (with\n"
      "--removed: NAME.removed.EXT). A quoted pattern like 'rec/**/*.wav' stands for the sound "
      "files\n"
      "that match it, ** for any folders between.");
  command->add_option("input", options.inputs, "sound files, folders, quoted patterns, or -")
      ->type_name("IN");
  command->add_option("-o,--output", options.output, "output file, folder, or -")
      ->type_name("OUT|DIR")
      ->check([](const std::string& text) {
        return text.empty() ? std::string("expected a name, found an empty one") : std::string();
      });
  addModelOptions(*command, options.model);
  command->add_option("--format", options.format.container, "container of the output")
      ->check(CLI::IsMember(containerNames()))
      ->type_name("NAME");
  command->add_option("--subtype", options.format.subtype, "sample format of the output")
      ->check(CLI::IsMember(subtypeNames()))
      ->type_name("NAME");
  command->add_flag("--removed", options.removed,
                    "write what is taken out: the input minus what would be written otherwise");
  command->add_flag("--json", options.json, "report on standard output as one JSON document");
  command->add_flag("--recursive,!--no-recursive", options.recursive,
                    "folders with all folders below them, which is the default, or without");
  CLI::Option* const flat =
      command->add_flag("--flat", options.flat, "all outputs right in the output folder");
  command
      ->add_flag("--mirror", options.mirror,
                 "outputs in a copy of the inputs' folders, which is the default")
      ->excludes(flat);
  CLI::Option* const force =
      command->add_flag("--force", options.force, "replace outputs that exist");
  CLI::Option* const overwrite =
      command
          ->add_option("--overwrite", options.overwrite,
                       "replace outputs that exist: never (of several inputs theirs are passed\n"
                       "over), if older than their inputs, or always, which is --force")
          ->check(CLI::IsMember({"never", "older", "always"}).description(""))
          ->type_name("never|older|always")
          ->excludes(force);
  command
      ->add_flag("--resume", options.resume,
                 "go on after an interruption: pass over inputs whose output exists and, as the\n"
                 "journal in the output folder says, was made from the same input and settings")
      ->excludes(force)
      ->excludes(overwrite);
  command
      ->add_option("--report", options.report,
                   "write figures of each file: removed noise, levels, clipping, speed, errors;\n"
                   "with .html as a table with pictures. Replaced like outputs")
      ->check([](const std::string& text) {
        return ReportFile::isReportName(text)
                   ? std::string()
                   : "expected a name that ends in .json, .csv or .html, found " + text;
      })
      ->type_name("FILE.json|.csv|.html");
  command
      ->add_option_function<std::string>(
          "--shard", [&options](const std::string& text) { options.shard = *shardOf(text); },
          "only the I-th of N parts of the files, for several machines or jobs: every N-th by path")
      ->check([](const std::string& text) {
        return shardOf(text) ? std::string()
                             : "expected I/N with I from 1 to N, like 2/8, found " + text;
      })
      ->type_name("I/N");
  CLI::Option* const watch =
      command
          ->add_option(
              "--watch", options.watch,
              "do the files of a folder, then those that come into it as soon as they are\n"
              "complete, until SIGINT or SIGTERM; outputs are replaced as with --overwrite\n"
              "older if nothing else is said")
          ->type_name("DIR");
  for (const char* name : {"input", "--flat", "--shard"}) {
    watch->excludes(command->get_option(name));
  }
  command->final_callback([&options] {
    if (options.inputs.empty() && options.watch.empty()) throw CLI::RequiredError("input");
  });
  command
      ->add_flag("--dry-run", options.dry_run,
                 "only say what would be done, what passed over and why; touches nothing")
      ->excludes(watch);
  command->add_flag("!--no-dither", options.dither,
                    "round without noise where the output has fewer bits than the input");
  command->add_flag("--allow-truncated", options.allow_truncated,
                    "process what is there of a file that ends too early");
  command
      ->add_option_function<std::string>(
          "--jobs", [&options](const std::string& text) { options.jobs = jobsOf(text); },
          "files at a time, each on a core; 0 or auto: as many as there are cores")
      ->check(validJobs)
      ->type_name("N|auto")
      ->default_str("1");
  command->add_flag("--quiet", options.quiet, "no progress bar and no report; errors only");
}

}  // namespace hiss
