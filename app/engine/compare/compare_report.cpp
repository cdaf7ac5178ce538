// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/compare_report.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>

#include "app/engine/failure.h"
#include "app/engine/sensors/csv_cells.h"

namespace hiss {
namespace {

using nlohmann::json;

constexpr std::size_t kBlockBytes = std::size_t{1} << 16;

json numberOrNull(double value) { return std::isfinite(value) ? json(value) : json(nullptr); }

json figuresJson(const std::vector<CompareFigure>& figures) {
  json object = json::object();
  for (const CompareFigure& figure : figures) object[figure.key] = numberOrNull(figure.value);
  return object;
}

json modelJson(const CompareModel& model) {
  const BenchTimes& step = model.step;
  json object = {
      {"name", model.name},
      {"path", model.path},
      {"kind", model.kind},
      {"parameters", model.parameters},
      {"macs_per_step", model.macs_per_step},
      {"steps", step.count},
      {"step_us",
       {{"min", step.min_us},
        {"mean", step.mean_us},
        {"p50", step.p50_us},
        {"p99", step.p99_us},
        {"max", step.max_us}}},
      {"state_bytes", model.state_bytes},
      {"state_growth_bytes", model.state_growth},
      {"block", model.block},
      {"state_rms",
       {{"p50", numberOrNull(model.state_rms_p50)}, {"p99", numberOrNull(model.state_rms_p99)}}},
      {"dt",
       {{"mean", numberOrNull(model.dt_mean)}, {"variation", numberOrNull(model.dt_variation)}}},
      {"quality", figuresJson(model.quality)}};
  if (model.step_seconds > 0.0) {
    object["step_ms"] = 1e3 * model.step_seconds;
    object["rtf"] = 1e-6 * step.mean_us / model.step_seconds;
  }
  return object;
}

class TraceTable {
 public:
  TraceTable(ByteFile& csv, const std::string& name) : csv_(csv), name_(name) {}

  void write(const CompareReport& report) {
    appendText(buffer_, "model,step,step_us,state_rms,dt_mean,dt_deviation,loss\n");
    for (const CompareModel& model : report.models) add(model);
    flush();
  }

 private:
  void add(const CompareModel& model) {
    fmt::memory_buffer name;
    appendCell(name, model.name);
    const CompareTrace& trace = model.trace;
    for (std::size_t i = 0; i < trace.step_us.size(); ++i) {
      appendText(buffer_, {name.data(), name.size()});
      fmt::format_to(std::back_inserter(buffer_), ",{},{},{},{},{},", i + 1, trace.step_us[i],
                     trace.state_rms[i], trace.dt_mean[i], trace.dt_deviation[i]);
      if (i < trace.loss.size()) appendNumber(buffer_, trace.loss[i]);
      buffer_.push_back('\n');
      if (buffer_.size() >= kBlockBytes) flush();
    }
  }

  void flush() {
    const auto bytes = std::as_bytes(std::span(buffer_.data(), buffer_.size()));
    if (csv_.write(bytes) != bytes.size()) {
      throw Failure(FailureKind::kOutput, name_, "a file that can be written",
                    errnoText(csv_.lastError()));
    }
    buffer_.clear();
  }

  ByteFile& csv_;
  const std::string& name_;
  fmt::memory_buffer buffer_;
};

}  // namespace

json compareJson(const CompareReport& report) {
  json models = json::array();
  for (const CompareModel& model : report.models) models.push_back(modelJson(model));
  json document = {
      {"task", report.task}, {"input", report.input}, {"simd", report.simd}, {"models", models}};
  if (!report.reference.empty()) document["reference"] = report.reference;
  if (!report.baseline.empty()) {
    document["baseline"] = {{"name", report.baseline},
                            {"quality", figuresJson(report.baseline_quality)}};
  }
  return document;
}

void writeTraces(const CompareReport& report, ByteFile& csv, const std::string& name) {
  TraceTable(csv, name).write(report);
}

}  // namespace hiss
