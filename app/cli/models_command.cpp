// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/cli/report.h"
#include "app/engine/model_summary.h"

namespace hiss {
namespace {

using nlohmann::json;
using Row = TableRow;

// The figures that get a column, in this order; DNSMOS only where a card has it.
constexpr std::array<std::string_view, 4> kFigureColumns = {"WB-PESQ", "SI-SDR dB", "STOI",
                                                            "DNSMOS OVRL"};
constexpr std::size_t kAlwaysShown = 3;

// The mean alone: the interval that follows it in a card would make the table too wide.
std::string figureText(const ModelSummary& model, std::string_view name) {
  for (const auto& [figure, value] : model.dev.figures) {
    if (figure == name) return oneLine(value.substr(0, value.find(' ')));
  }
  return "-";
}

bool hasFigure(const std::vector<ModelSummary>& models, std::string_view name) {
  return std::any_of(models.begin(), models.end(),
                     [&](const ModelSummary& model) { return figureText(model, name) != "-"; });
}

std::string sizeText(std::uintmax_t bytes) {
  constexpr double kKilo = 1000.0;
  const double kilobytes = static_cast<double>(bytes) / kKilo;
  return kilobytes < kKilo ? fmt::format("{:.0f} kB", kilobytes)
                           : fmt::format("{:.1f} MB", kilobytes / kKilo);
}

std::string asText(const std::vector<ModelSummary>& models) {
  Row heading = {"  model", "parameters", "MMAC/s", "latency", "file"};
  std::vector<std::string_view> figures;
  for (std::size_t i = 0; i < kFigureColumns.size(); ++i) {
    if (i < kAlwaysShown || hasFigure(models, kFigureColumns[i])) {
      figures.push_back(kFigureColumns[i]);
      heading.emplace_back(kFigureColumns[i]);
    }
  }
  heading.emplace_back("where");
  std::vector<Row> rows = {heading};
  for (const ModelSummary& model : models) {
    Row row = {(model.is_default ? "* " : "  ") + oneLine(model.name)};
    if (model.error.empty()) {
      const bool denoiser = model.task == kDenoiseTask;
      row.push_back(fmt::format("{}", model.parameters));
      row.push_back(denoiser ? fmt::format("{:.0f}", model.macs_per_second * 1e-6) : "-");
      row.push_back(denoiser                        ? fmt::format("{:.0f} ms", model.latency_ms)
                    : model.task == kForecasterTask ? "sensors"
                                                    : model.block);
      row.push_back(sizeText(model.file_bytes));
      for (const std::string_view name : figures) row.push_back(figureText(model, name));
      row.push_back(oneLine(model.path.string()));
    } else {
      row.push_back("unusable");
      row.resize(heading.size() - 1, "-");
      row.push_back(model.error);
    }
    rows.push_back(row);
  }
  const bool has_default = std::any_of(models.begin(), models.end(),
                                       [](const ModelSummary& model) { return model.is_default; });
  return tableText(rows) + (has_default ? "* is used when --model does not name another\n" : "");
}

json asJson(const ModelSummary& model) {
  json object = {{"name", model.name},
                 {"path", model.path.string()},
                 {"default", model.is_default},
                 {"file_bytes", model.file_bytes}};
  if (!model.error.empty()) {
    object["error"] = model.error;
    return object;
  }
  object["task"] = model.task;
  object["parameters"] = model.parameters;
  if (model.task == kForecasterTask) {
    object["kmac_per_row"] = model.macs_per_row * 1e-3;
    return object;
  }
  if (model.task == kSequenceTask) {
    object["block"] = model.block;
    object["kmac_per_step"] = model.macs_per_row * 1e-3;
    return object;
  }
  object["mmac_per_s"] = model.macs_per_second * 1e-6;
  object["sample_rate_hz"] = model.sample_rate_hz;
  object["latency_ms"] = model.latency_ms;
  json figures = json::object();
  for (const auto& [name, value] : model.dev.figures) figures[name] = value;
  object["dev"] = {{"set", model.dev.set}, {"figures", figures}};
  return object;
}

}  // namespace

ExitCode runModels(const ModelsOptions& options) {
  const ModelRegistry registry;
  const std::vector<ModelSummary> models = summariseAll(registry);
  if (options.json) {
    json list = json::array();
    for (const ModelSummary& model : models) list.push_back(asJson(model));
    json directories = json::array();
    for (const auto& directory : registry.directories()) directories.push_back(directory.string());
    printJson({{"hiss", HISS_VERSION}, {"model_directories", directories}, {"models", list}});
  } else if (!models.empty()) {
    printText(asText(models));
  }
  if (models.empty()) {
    std::string places;
    for (const auto& directory : registry.directories()) {
      places += (places.empty() ? "" : ", ") + oneLine(directory.string());
    }
    throw Failure(FailureKind::kModel, "models", "a .safetensors file in one of " + places, "none");
  }
  Console console(true);
  std::size_t unusable = 0;
  for (const ModelSummary& model : models) {
    if (model.error.empty()) continue;
    console.error(model.error);
    ++unusable;
  }
  if (unusable == 0) return ExitCode::kOk;
  return unusable < models.size() ? ExitCode::kSomeFailed : ExitCode::kModel;
}

}  // namespace hiss
