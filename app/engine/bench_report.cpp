// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <nlohmann/json.hpp>

#include "app/engine/failure.h"

namespace hiss {
namespace {

using nlohmann::json;

constexpr double kQuietSpread = 0.10;
constexpr double kQuietPreemptionsPerS = 2.0;
constexpr std::size_t kHopsForP999 = 1000;

// One decimal as long as it fits.
std::string micros(double us) { return fmt::format("{:.{}f}", us, us < 9999.95 ? 1 : 0); }

std::string percent(double share) { return fmt::format("{:.1f} %", 100.0 * share); }

// A share of the roofline, or a dash where there is no work to hold against it.
std::string sharedRoofline(const Bound& bound, double share) {
  return bound.seconds > 0.0 ? fmt::format("{:.0f} %", 100.0 * share) : "-";
}

std::string limitName(const Bound& bound, CacheLevel level) {
  if (bound.seconds <= 0.0) return "-";
  return bound.by_memory ? levelName(level) : "FMA";
}

const BenchTarget* findTarget(const BenchReport& report, const std::string& simd) {
  for (const BenchTarget& target : report.targets) {
    if (target.simd == simd) return &target;
  }
  return nullptr;
}

std::string headText(const BenchReport& report, const std::string& version) {
  const BenchMachine& machine = report.machine;
  const BenchStream& stream = report.stream;
  std::string text =
      fmt::format("hiss {}, model {}, {}\n", version, oneLine(report.model_name), machine.compiler);
  text += fmt::format("{}, {}, clock governor {}, load {:.2f} {:.2f} {:.2f}\n", machine.cpu,
                      machine.system, machine.governor.empty() ? "not known" : machine.governor,
                      machine.load_average[0], machine.load_average[1], machine.load_average[2]);
  text += fmt::format("one thread on core {}{}\n", machine.core,
                      machine.pinned ? "" : " (not kept there)");
  text += fmt::format("sound: {}, {} Hz, {} channel{}, {:.1f} s for each SIMD set\n",
                      oneLine(stream.sound), stream.sample_rate_hz, stream.channels,
                      stream.channels == 1 ? "" : "s", stream.seconds);
  return text;
}

std::string targetsText(const BenchReport& report) {
  std::string text = fmt::format(
      "\nDenoiser: one hop is {:.2f} ms of sound. Times in microseconds; RTF is the mean over "
      "that.\n"
      "{:<8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>10}{:>13}{:>9}{:>10}\n",
      1e-3 * report.stream.block_us, "SIMD", "min", "mean", "p50", "p99", "p99.9", "max", "RTF",
      "x real time", "GMAC/s", "roofline");
  for (const BenchTarget& target : report.targets) {
    const BenchTimes& hop = target.hop;
    text += fmt::format("{:<8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>8}{:>10.5f}{:>13.0f}{:>9.1f}{:>10}\n",
                        target.simd, micros(hop.min_us), micros(hop.mean_us), micros(hop.p50_us),
                        micros(hop.p99_us), micros(hop.p999_us), micros(hop.max_us), target.rtf,
                        1.0 / target.rtf, target.gmac_per_s,
                        fmt::format("{:.0f} %", 100.0 * target.roofline_share));
  }
  text += fmt::format(
      "\nWhat this core can do, measured between the hops: multiply-adds, and bytes read\n"
      "{:<8}{:>9}{:>12}{:>12}{:>12}{:>18}\n",
      "SIMD", "GMAC/s", "L1 GB/s", "L2 GB/s", "L3 GB/s", "GMAC/s varies by");
  for (const BenchTarget& target : report.targets) {
    const Roofline& roofline = target.roofline;
    text += fmt::format("{:<8}{:>9.1f}{:>12.0f}{:>12.0f}{:>12.0f}{:>18}\n", target.simd,
                        1e-9 * roofline.fma_per_s, 1e-9 * roofline.l1_bytes_per_s,
                        1e-9 * roofline.l2_bytes_per_s, 1e-9 * roofline.l3_bytes_per_s,
                        percent(roofline.fma_spread));
  }
  return text;
}

std::string partsText(const BenchReport& report) {
  if (report.parts.empty()) return {};
  std::size_t width = 20;
  for (const BenchPart& part : report.parts) width = std::max(width, part.part.name.size() + 1);
  std::string text = fmt::format(
      "\nParts of a hop, {} (medians). Weights and state take {:.2f} MB: they come from {}.\n"
      "{:<{}}{:>9}{:>11}{:>9}{:>10}{:>8}{:>10}\n",
      report.parts_simd, 1e-6 * report.footprint_bytes, levelName(report.level), "part", width,
      "us", "of the hop", "GMAC/s", "ns/state", "limit", "roofline");
  for (const BenchPart& part : report.parts) {
    text += fmt::format("{:<{}}{:>9.2f}{:>11}{:>9}{:>10}{:>8}{:>10}\n", part.part.name, width,
                        part.us, percent(part.share_of_hop),
                        part.part.macs > 0.0 ? fmt::format("{:.1f}", part.gmac_per_s) : "-",
                        part.ns_per_state > 0.0 ? fmt::format("{:.3f}", part.ns_per_state) : "-",
                        limitName(part.bound, report.level),
                        sharedRoofline(part.bound, part.roofline_share));
  }
  const bool saves = std::any_of(report.parts.begin(), report.parts.end(),
                                 [](const BenchPart& part) { return part.roofline_share > 1.0; });
  if (saves) {
    text +=
        "Over 100 %: a part that does with fewer multiply-adds than the plain algorithm, which is "
        "counted.\n";
  }
  return text;
}

std::string stacksText(const BenchReport& report) {
  if (report.stacks.empty()) return {};
  std::string text = fmt::format(
      "\nPlain Mamba stacks, d_state {}, one row: microseconds a step\n"
      "{:<8}{:<18}{:>9}{:>9}{:>9}{:>9}{:>10}{:>8}{:>10}\n",
      report.stacks.front().d_state, "SIMD", "size, weights", "min", "p50", "p99", "p99.9",
      "ns/state", "limit", "roofline");
  for (const BenchStack& stack : report.stacks) {
    text += fmt::format("{:<8}{:<18}{:>9}{:>9}{:>9}{:>9}{:>10.3f}{:>8}{:>10}\n", stack.simd,
                        fmt::format("{} x {}, {}", stack.d_model, stack.n_layer, stack.weights),
                        micros(stack.step.min_us), micros(stack.step.p50_us),
                        micros(stack.step.p99_us), micros(stack.step.p999_us), stack.ns_per_state,
                        limitName(stack.bound, stack.level),
                        sharedRoofline(stack.bound, stack.roofline_share));
  }
  return text;
}

std::string streamsText(const BenchReport& report) {
  if (report.streams.empty()) return {};
  std::string text = fmt::format(
      "\nStreams side by side: microseconds a tick, in which each gets one hop\n"
      "{:<8}{:>8}{:>10}{:>10}{:>10}{:>10}{:>10}{:>14}{:>9}\n",
      "SIMD", "streams", "min", "p50", "p99", "p99.9", "max", "of real time", "misses");
  for (const BenchStreams& row : report.streams) {
    text += fmt::format("{:<8}{:>8}{:>10}{:>10}{:>10}{:>10}{:>10}{:>14}{:>9}\n", row.simd,
                        row.streams, micros(row.tick.min_us), micros(row.tick.p50_us),
                        micros(row.tick.p99_us), micros(row.tick.p999_us), micros(row.tick.max_us),
                        percent(row.real_time_share), row.misses);
  }
  return text;
}

json timesJson(const BenchTimes& times) {
  return {{"count", times.count}, {"min", times.min_us}, {"mean", times.mean_us},
          {"p50", times.p50_us},  {"p99", times.p99_us}, {"p99_9", times.p999_us},
          {"max", times.max_us}};
}

json rooflineJson(const Roofline& roofline) {
  return {{"fma_per_s", roofline.fma_per_s},
          {"l1_bytes_per_s", roofline.l1_bytes_per_s},
          {"l2_bytes_per_s", roofline.l2_bytes_per_s},
          {"l3_bytes_per_s", roofline.l3_bytes_per_s},
          {"own_bytes_per_s", roofline.own_bytes_per_s},
          {"fma_spread", roofline.fma_spread}};
}

// Adds the keys that a part and a stack have in common.
void addBound(const Bound& bound, CacheLevel level, double share, json& object) {
  const bool works = bound.seconds > 0.0;
  object["bound_us"] = works ? json(1e6 * bound.seconds) : json(nullptr);
  object["limit"] = works ? json(limitName(bound, level)) : json(nullptr);
  object["roofline_share"] = works ? json(share) : json(nullptr);
}

json machineJson(const BenchMachine& machine) {
  return {{"cpu", machine.cpu},
          {"system", machine.system},
          {"governor", machine.governor.empty() ? json(nullptr) : json(machine.governor)},
          {"load_average", machine.load_average},
          {"core", machine.core},
          {"pinned", machine.pinned},
          {"preemptions", machine.preemptions},
          {"seconds", machine.seconds},
          {"cache_bytes",
           {{"l1", machine.caches.l1_bytes},
            {"l2", machine.caches.l2_bytes},
            {"l3", machine.caches.l3_bytes}}}};
}

json targetsJson(const BenchReport& report) {
  json rows = json::array();
  for (const BenchTarget& target : report.targets) {
    rows.push_back({{"simd", target.simd},
                    {"hop_us", timesJson(target.hop)},
                    {"rtf", target.rtf},
                    {"times_real_time", 1.0 / target.rtf},
                    {"gmac_per_s", target.gmac_per_s},
                    {"roofline_share", target.roofline_share},
                    {"roofline", rooflineJson(target.roofline)}});
  }
  return rows;
}

json partsJson(const BenchReport& report) {
  json rows = json::array();
  for (const BenchPart& part : report.parts) {
    json row = {{"name", part.part.name},
                {"us", part.us},
                {"share_of_hop", part.share_of_hop},
                {"macs", part.part.macs},
                {"exps", part.part.exps},
                {"weight_bytes", part.part.weight_bytes},
                {"state_bytes", part.part.state_bytes},
                {"gmac_per_s", part.gmac_per_s},
                {"ns_per_state", part.ns_per_state > 0.0 ? json(part.ns_per_state) : json()}};
    addBound(part.bound, report.level, part.roofline_share, row);
    rows.push_back(std::move(row));
  }
  return {{"simd", report.parts_simd}, {"footprint_bytes", report.footprint_bytes}, {"rows", rows}};
}

json stacksJson(const BenchReport& report) {
  json rows = json::array();
  for (const BenchStack& stack : report.stacks) {
    json row = {{"simd", stack.simd},
                {"weights", stack.weights},
                {"d_model", stack.d_model},
                {"n_layer", stack.n_layer},
                {"d_state", stack.d_state},
                {"step_us", timesJson(stack.step)},
                {"roofline", rooflineJson(stack.roofline)},
                {"ns_per_state", stack.ns_per_state}};
    addBound(stack.bound, stack.level, stack.roofline_share, row);
    rows.push_back(std::move(row));
  }
  return rows;
}

json streamsJson(const BenchReport& report) {
  json rows = json::array();
  for (const BenchStreams& row : report.streams) {
    rows.push_back({{"simd", row.simd},
                    {"streams", row.streams},
                    {"tick_us", timesJson(row.tick)},
                    {"real_time_share", row.real_time_share},
                    {"misses", row.misses}});
  }
  return rows;
}

}  // namespace

void addNotes(BenchReport& report) {
  if (const BenchTarget* target = findTarget(report, report.parts_simd);
      target != nullptr && target->roofline.fma_spread > kQuietSpread) {
    report.notes.push_back(
        fmt::format("this core is not quiet: its multiply-add rate fell by {:.0f} % in the worst "
                    "tenth of the run",
                    100.0 * target->roofline.fma_spread));
  }
  const BenchMachine& machine = report.machine;
  if (static_cast<double>(machine.preemptions) > kQuietPreemptionsPerS * machine.seconds) {
    report.notes.push_back(
        fmt::format("this core is not quiet: other programs took it {} times in {:.0f} s; p99 and "
                    "above are theirs",
                    machine.preemptions, machine.seconds));
  }
  const bool few =
      std::any_of(report.targets.begin(), report.targets.end(),
                  [](const BenchTarget& target) { return target.hop.count < kHopsForP999; });
  if (few) {
    report.notes.push_back(
        fmt::format("p99.9 needs {} hops: --seconds {:.0f} or more", kHopsForP999,
                    1e-6 * report.stream.block_us * static_cast<double>(kHopsForP999)));
  }
}

std::string benchText(const BenchReport& report, const std::string& version) {
  std::string text = headText(report, version) + targetsText(report) + partsText(report) +
                     stacksText(report) + streamsText(report);
  if (!report.notes.empty()) text += '\n';
  for (const std::string& note : report.notes) text += "note: " + oneLine(note) + "\n";
  return text;
}

std::string benchJson(const BenchReport& report, const std::string& version) {
  const BenchStream& stream = report.stream;
  const json document = {{"hiss", version},
                         {"compiler", report.machine.compiler},
                         {"machine", machineJson(report.machine)},
                         {"model", {{"name", report.model_name}, {"path", report.model_path}}},
                         {"sound",
                          {{"name", stream.sound},
                           {"generated", stream.generated},
                           {"sample_rate_hz", stream.sample_rate_hz},
                           {"channels", stream.channels},
                           {"seconds", stream.seconds}}},
                         {"hop", {{"samples", stream.block_samples}, {"us", stream.block_us}}},
                         {"targets", targetsJson(report)},
                         {"parts", partsJson(report)},
                         {"stacks", stacksJson(report)},
                         {"streams", streamsJson(report)},
                         {"notes", report.notes}};
  return document.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace hiss
