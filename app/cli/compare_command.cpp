// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/report.h"
#include "app/engine/comparison.h"

namespace hiss {
namespace {

using nlohmann::json;

json comparisonJson(const SoundComparison& comparison) {
  const double pauses = comparison.pause_level_db;
  return {{"rms_dbfs", comparison.level_db},
          {"pause_rms_dbfs", std::isfinite(pauses) ? json(pauses) : json(nullptr)},
          {"si_sdr_db", comparison.si_sdr_db}};
}

constexpr const char* kHeading = "level dBFS   in pauses dBFS   SI-SDR dB   file\n";

std::string comparisonText(const SoundComparison& comparison, const std::string& file) {
  return fmt::format("{:10.1f}   {:14.1f}   {:9.2f}   {}\n", comparison.level_db,
                     comparison.pause_level_db, comparison.si_sdr_db, oneLine(file));
}

}  // namespace

ExitCode runCompare(const CompareOptions& options) {
  if (!options.models.empty()) return runCompareModels(options);
  Console console(true);
  json files = json::array();
  std::optional<FailureKind> first_failure;
  std::size_t failed = 0;
  if (!options.json) printText(kHeading);
  for (const std::string& file : options.files) {
    json entry = {{"file", file}};
    try {
      const SoundComparison comparison = compareSounds(options.input, file);
      entry.update(comparisonJson(comparison));
      if (!options.json) printText(comparisonText(comparison, file));
    } catch (const Failure& failure) {
      if (failure.kind() == FailureKind::kOutput) throw;
      console.error(failure.what());
      entry["error"] = failure.what();
      if (!first_failure) first_failure = failure.kind();
      ++failed;
    }
    files.push_back(entry);
  }
  if (options.json) printJson({{"reference", options.input}, {"files", files}});
  if (failed == 0) return ExitCode::kOk;
  return failed < options.files.size() ? ExitCode::kSomeFailed : exitCodeOf(*first_failure);
}

}  // namespace hiss
