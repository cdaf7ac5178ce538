// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/report.h"
#include "app/engine/atomic_output.h"
#include "app/engine/compare/compare_job.h"
#include "app/engine/compare/compare_plot.h"
#include "app/engine/compare/compare_report.h"
#include "app/engine/file_identity.h"

namespace hiss {
namespace {

std::string number(double value, int decimals) {
  return std::isfinite(value) ? fmt::format("{:.{}f}", value, decimals) : "-";
}

// Three digits whatever the size, for what may be of any.
std::string anySize(double value) {
  return std::isfinite(value) ? fmt::format("{:.3g}", value) : "-";
}

void addFigures(const std::vector<CompareFigure>& figures, TableRow& row) {
  for (const CompareFigure& figure : figures) {
    row.push_back(number(figure.value, figure.decimals));
  }
}

TableRow headingOf(const CompareReport& report) {
  TableRow row = {"model",   "kind",      "weights",   "steps",    "kMAC/step",
                  "µs p50",  "µs p99",    "RTF",       "saved kB", "growth",
                  "follows", "state p50", "state p99", "Δ mean",   "Δ varies"};
  for (const CompareFigure& figure : report.models.front().quality) row.push_back(figure.title);
  return row;
}

TableRow rowOf(const CompareModel& model) {
  const double rtf =
      model.step_seconds > 0.0 ? 1e-6 * model.step.mean_us / model.step_seconds : std::nan("");
  TableRow row = {
      oneLine(model.name),
      model.kind,
      fmt::format("{}", model.parameters),
      fmt::format("{}", model.step.count),
      number(1e-3 * model.macs_per_step, 1),
      number(model.step.p50_us, 1),
      number(model.step.p99_us, 1),
      number(rtf, 4),
      number(1e-3 * static_cast<double>(model.state_bytes), 1),
      fmt::format("{}", model.state_growth),
      model.block,
      anySize(model.state_rms_p50),
      anySize(model.state_rms_p99),
      anySize(model.dt_mean),
      number(100.0 * model.dt_variation, 1) + (std::isnan(model.dt_variation) ? "" : " %")};
  addFigures(model.quality, row);
  return row;
}

std::string asText(const CompareReport& report) {
  std::vector<TableRow> rows = {headingOf(report)};
  if (!report.baseline.empty()) {
    TableRow row(rows.front().size() - report.baseline_quality.size());
    row.front() = report.baseline;
    addFigures(report.baseline_quality, row);
    rows.push_back(row);
  }
  for (const CompareModel& model : report.models) rows.push_back(rowOf(model));
  return tableText(rows) +
         fmt::format("SIMD {}; times of one run beside other programs, no benchmark\n",
                     report.simd);
}

std::optional<AtomicOutput> openOutput(const std::string& path, bool force) {
  if (path.empty()) return std::nullopt;
  return std::optional<AtomicOutput>(
      std::in_place, path,
      force ? AtomicOutput::Existing::kReplace : AtomicOutput::Existing::kRefuse);
}

// Before anything runs: an output must not be what is read, nor the other output.
void requireApart(const CompareOptions& options) {
  for (const std::string& output : {options.plot, options.csv}) {
    if (output.empty()) continue;
    requireDifferentFiles(options.input, output);
    if (!options.reference.empty()) requireDifferentFiles(options.reference, output);
    for (const std::string& model : options.models) requireDifferentFiles(model, output);
  }
  if (options.plot.empty() || options.plot != options.csv) return;
  throw Failure(FailureKind::kUsage, "--csv", "another file than --plot",
                fmt::format("\"{}\"", options.csv));
}

}  // namespace

ExitCode runCompareModels(const CompareOptions& options) {
  requireApart(options);
  std::optional<AtomicOutput> picture = openOutput(options.plot, options.force);
  std::optional<AtomicOutput> traces = openOutput(options.csv, options.force);
  Console console(false);
  const CompareSpec spec = {options.models, options.input, options.reference, options.block};
  const CompareReport report =
      compareModels(spec, [&](const std::string& model, std::int64_t done, std::int64_t total) {
        console.progress("running " + model, done, total);
        return true;
      });
  console.clearProgress();
  if (picture) drawComparison(report, picture->file(), picture->name());
  if (traces) writeTraces(report, traces->file(), traces->name());
  if (picture) picture->commit();
  if (traces) traces->commit();
  if (options.json) {
    nlohmann::json document = compareJson(report);
    document["hiss"] = HISS_VERSION;
    printJson(document);
  } else {
    printText(asText(report));
  }
  return ExitCode::kOk;
}

}  // namespace hiss
