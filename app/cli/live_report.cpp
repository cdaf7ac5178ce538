// SPDX-License-Identifier: Apache-2.0
#include "app/cli/live_report.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

namespace hiss {
namespace {

using nlohmann::json;

constexpr double kMs = 1000.0;

json levelJson(const LiveLevel& level) {
  const auto or_null = [](float db) { return db > kFloorDb ? json(db) : json(nullptr); };
  return {{"peak_dbfs", or_null(level.peak_db)}, {"rms_dbfs", or_null(level.rms_db)}};
}

// "0", or how many of each kind there were.
std::string xrunsText(const LiveStats& stats) {
  std::string text;
  for (const auto& [name, count] : {std::pair{"in", stats.faults.input_overflows},
                                    {"out", stats.faults.output_underflows},
                                    {"late", stats.worker_late},
                                    {"full", stats.output_overflows},
                                    {"dev in", stats.faults.device_in},
                                    {"dev out", stats.faults.device_out}}) {
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, count);
  }
  return text.empty() ? "0" : text;
}

}  // namespace

json toJson(const LiveMoment& moment) {
  const LiveStats& stats = moment.stats;
  const LiveLatencyParts& latency = stats.latency;
  const float limit = moment.controls.attenuation_limit_db;
  return {{"processed_s", stats.processed_s},
          {"playing", stats.playing && !moment.lost},
          {"input", levelJson(stats.in)},
          {"output", levelJson(stats.out)},
          {"latency_ms",
           {{"device_in", kMs * latency.device_in},
            {"ring_in", kMs * latency.ring_in},
            {"model", kMs * latency.model},
            {"resampler", kMs * latency.resampler},
            {"ring_out", kMs * latency.ring_out},
            {"device_out", kMs * latency.device_out},
            {"total", kMs * latency.total()},
            {"rings_target", kMs * stats.target_rings_s}}},
          {"model_ms",
           {{"window", kMs * stats.window_s},
            {"p50", kMs * stats.model_p50_s},
            {"p99", kMs * stats.model_p99_s},
            {"max", kMs * stats.model_max_s}}},
          {"xruns",
           {{"input_overflow", stats.faults.input_overflows},
            {"output_underflow", stats.faults.output_underflows},
            {"worker_late", stats.worker_late},
            {"output_overflow", stats.output_overflows},
            {"device_in", stats.faults.device_in},
            {"device_out", stats.faults.device_out}}},
          {"corrections", stats.corrections},
          {"reconnections", moment.reconnections},
          {"ppm",
           {{"input", stats.in_ppm},
            {"output", stats.out_ppm},
            {"drift", stats.drift_ppm},
            {"correction", stats.correction_ppm}}},
          {"state_rms", moment.state_rms},
          {"bypass", moment.controls.bypass},
          {"removed", moment.controls.removed},
          {"atten_limit_db", std::isfinite(limit) ? json(limit) : json(nullptr)},
          {"mix", moment.controls.mix}};
}

std::string toText(const LiveMoment& moment) {
  const LiveStats& stats = moment.stats;
  if (moment.lost) return "device lost, trying again";
  std::string text = fmt::format(
      "in {:5.1f} out {:5.1f} dBFS | {:.1f} ms = dev {:.1f} ring {:.1f} model {:.1f} ring {:.1f} "
      "dev "
      "{:.1f} | model {:.2f}/{:.2f}/{:.2f} ms | xruns {} | {:+.0f} ppm | state",
      stats.in.rms_db, stats.out.rms_db, kMs * stats.latency.total(), kMs * stats.latency.device_in,
      kMs * stats.latency.ring_in, kMs * (stats.latency.model + stats.latency.resampler),
      kMs * stats.latency.ring_out, kMs * stats.latency.device_out, kMs * stats.model_p50_s,
      kMs * stats.model_p99_s, kMs * stats.model_max_s, xrunsText(stats), stats.drift_ppm);
  for (const float rms : moment.state_rms) text += fmt::format(" {:.2g}", rms);
  if (moment.controls.bypass) text += " | bypass";
  if (moment.controls.removed) text += " | removed";
  if (std::isfinite(moment.controls.attenuation_limit_db)) {
    text += fmt::format(" | limit {:.0f} dB", moment.controls.attenuation_limit_db);
  }
  return text;
}

}  // namespace hiss
