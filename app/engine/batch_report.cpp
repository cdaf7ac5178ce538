// SPDX-License-Identifier: Apache-2.0
#include "app/engine/batch_report.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "app/engine/exit_codes.h"

namespace hiss {
namespace {

using nlohmann::json;

json finite(double db) { return std::isfinite(db) ? json(db) : json(nullptr); }

json levelsJson(const SignalLevels& levels) {
  return {{"peak_dbfs", finite(levels.peak_dbfs)}, {"rms_dbfs", finite(levels.rms_dbfs)}};
}

json noiseJson(const NoiseFigures& noise) {
  return {{"pause_input_dbfs", finite(noise.pause_input_dbfs)},
          {"pause_output_dbfs", finite(noise.pause_output_dbfs)},
          {"removed_in_pauses_db", finite(noise.removed_in_pauses_db)},
          {"removed_overall_db", finite(noise.removed_overall_db)},
          {"removed_in_speech_db", finite(noise.removed_in_speech_db)},
          {"input_snr_db", finite(noise.input_snr_db)},
          {"output_snr_db", finite(noise.output_snr_db)},
          {"full_scale_values", noise.full_scale_values}};
}

json formatJson(const SoundSpec& spec) {
  return {{"container", spec.container}, {"subtype", spec.subtype}};
}

}  // namespace

json entryJson(const BatchEntry& entry, const std::optional<Failure>& failure) {
  json object = {{"input", entry.input.string()}};
  if (!entry.output.empty()) object["output"] = entry.output.string();
  if (failure) {
    object["status"] = "error";
    object["error"] = {{"kind", nameOf(failure->kind())},
                       {"exit_code", static_cast<int>(exitCodeOf(failure->kind()))},
                       {"message", failure->what()}};
  }
  return object;
}

json toJson(const FileOutcome& outcome) {
  json object = entryJson(outcome.entry, outcome.failure);
  if (outcome.failure) return object;
  if (outcome.planned && outcome.skipped.empty()) {
    object["status"] = "planned";
    object["replaces"] = outcome.replaces;
    return object;
  }
  if (!outcome.report) {
    object["status"] = "skipped";
    object["reason"] = outcome.skipped;
    return object;
  }
  const DenoiseReport& report = *outcome.report;
  object["status"] = "done";
  object["sample_rate_hz"] = report.input_spec.sample_rate_hz;
  object["channels"] = report.input_spec.channels;
  object["samples"] = report.samples;
  object["seconds"] = report.seconds;
  object["latency_samples"] = report.latency_samples;
  object["process_cpu_seconds"] = report.process_cpu_seconds;
  object["rtf"] = report.rtf;
  object["input_format"] = formatJson(report.input_spec);
  object["output_format"] = formatJson(report.output_spec);
  object["input_levels"] = levelsJson(report.input_levels);
  object["output_levels"] = levelsJson(report.output_levels);
  object["clipped_values"] = report.clipped_values;
  if (outcome.noise) object["noise"] = noiseJson(*outcome.noise);
  return object;
}

std::string toText(const FileOutcome& outcome) {
  const std::string output = oneLine(outcome.entry.output.string());
  if (outcome.planned && outcome.skipped.empty()) {
    return fmt::format("{} -> {}{}\n", oneLine(outcome.entry.input.string()), output,
                       outcome.replaces ? " (replaces the one that exists)" : "");
  }
  if (!outcome.report) return fmt::format("{}: {}\n", output, outcome.skipped);
  const DenoiseReport& report = *outcome.report;
  std::string text =
      fmt::format("{}: {:.2f} s, RTF {:.4f}, RMS {:.1f} -> {:.1f} dBFS", output, report.seconds,
                  report.rtf, report.input_levels.rms_dbfs, report.output_levels.rms_dbfs);
  if (report.clipped_values > 0) text += fmt::format(", {} values clipped", report.clipped_values);
  return text + "\n";
}

void BatchTotals::add(const FileOutcome& outcome) {
  ++files;
  if (outcome.failure) {
    if (failed++ == 0) first_failure = outcome.failure->kind();
    std::error_code ignored;
    const bool exists = outcome.failure->kind() == FailureKind::kOutput &&
                        std::filesystem::is_regular_file(outcome.entry.output, ignored);
    if (exists) ++refused;
  } else if (!outcome.skipped.empty()) {
    ++skipped;
  } else {
    ++done;
    if (outcome.report) sound_seconds += outcome.report->seconds;
  }
}

std::string toText(const BatchTotals& totals) {
  std::string text = fmt::format("{} file{}: {} {}", totals.files, totals.files == 1 ? "" : "s",
                                 totals.done, totals.planned ? "to do" : "done");
  if (totals.skipped > 0) text += fmt::format(", {} passed over", totals.skipped);
  if (totals.failed > 0) text += fmt::format(", {} failed", totals.failed);
  if (!totals.planned && totals.done > 0) {
    text +=
        fmt::format("; {:.1f} s of sound in {:.1f} s", totals.sound_seconds, totals.wall_seconds);
  }
  if (totals.refused > 0) {
    text += fmt::format("; {} exist{}: see --resume and --overwrite", totals.refused,
                        totals.refused == 1 ? "s" : "");
  }
  return text + "\n";
}

ExitCode exitCodeOf(const BatchTotals& totals) {
  if (totals.failed == 0) return ExitCode::kOk;
  return totals.failed < totals.files ? ExitCode::kSomeFailed : exitCodeOf(totals.first_failure);
}

json batchDocument(const BatchMaker& maker, const BatchTotals& totals, json files) {
  json document = {{"hiss", HISS_VERSION},
                   {"model", {{"name", maker.model_name}, {"path", maker.model_path}}},
                   {"simd", maker.simd},
                   {"written", maker.removed ? "removed" : "denoised"},
                   {"files", std::move(files)},
                   {"failed", totals.failed},
                   {"exit_code", static_cast<int>(exitCodeOf(totals))}};
  if (totals.planned) document["dry_run"] = true;
  return document;
}

}  // namespace hiss
