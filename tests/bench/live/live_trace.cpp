// SPDX-License-Identifier: Apache-2.0
//
// How latency and drift go over time on the simulated device, as a table or drawn:
//
//   live_trace --scene drift --csv drift.csv --plot drift.png    an hour, 500 ppm each way
//   live_trace --scene stalls --csv stalls.csv --plot stalls.png    100 s of all kinds of stalls
//
// Columns: seconds; latency as heard, as told and as steered to, in ms; drift told, correction of
// the resampler and true drift, in ppm; gaps so far.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "app/engine/atomic_output.h"
#include "app/engine/canvas.h"
#include "tests/app/fake_processor.h"
#include "tests/app/live/live_simulation.h"
#include "tests/app/live/ramp_sound.h"

namespace hiss {
namespace {

struct Row {
  double time_s = 0.0;
  double heard_ms = 0.0;  // 0: not known
  double told_ms = 0.0;
  double target_ms = 0.0;
  double drift_ppm = 0.0;
  double correction_ppm = 0.0;
  std::uint64_t gaps = 0;
};

struct Scene {
  FakeDeviceConfig device;
  double seconds = 0.0;
  double every_s = 0.1;
  std::string title;
  std::vector<FakeStall> marks;  // where something happens
};

Scene makeScene(const std::string& name) {
  Scene scene;
  FakeDeviceConfig& device = scene.device;
  if (name == "drift") {
    scene.title = "Drift: input +500 ppm, output -500 ppm, calls up to 2 ms late";
    scene.seconds = 3600.0;
    scene.every_s = 5.0;
    device.in.ppm = 500.0;
    device.out.ppm = -500.0;
    device.in.jitter_s = device.out.jitter_s = 0.002;
    return scene;
  }
  scene.title = "Stalls of output, input and worker, calls up to 3 ms late";
  scene.seconds = 100.0;
  device.in.jitter_s = device.out.jitter_s = 0.003;
  device.in.ppm = 30.0;
  device.out.ppm = -20.0;
  device.out.stalls = {{12.0, 0.015, false},
                       {16.0, 0.035, false},
                       {20.0, 0.03, true},
                       {36.0, 0.3, false},
                       {44.0, 0.2, true}};
  device.in.stalls = {{24.0, 0.012, false}, {28.0, 0.04, true}, {40.0, 0.25, false}};
  scene.marks = device.out.stalls;
  scene.marks.insert(scene.marks.end(), device.in.stalls.begin(), device.in.stalls.end());
  return scene;
}

std::vector<Row> trace(Scene scene) {
  RampSound sound;
  sound.attachTo(scene.device);
  FakeProcessor processor(scene.device.in.rate_hz / 50);
  LiveSimulation simulation(scene.device, processor);
  std::vector<Row> rows;
  std::size_t seen = 0;
  simulation.start();
  for (int k = 1; k * scene.every_s <= scene.seconds; ++k) {
    simulation.run(scene.every_s);
    const LiveStats& stats = simulation.last;
    Row row;
    row.time_s = k * scene.every_s;
    row.told_ms = 1e3 * stats.latency.total();
    row.target_ms = row.told_ms + 1e3 * (stats.target_rings_s - stats.latency.rings());
    row.drift_ppm = stats.drift_ppm;
    row.correction_ppm = stats.correction_ppm;
    row.gaps = stats.faults.output_underflows;
    for (; seen < sound.heard().size(); ++seen) {
      if (sound.heard()[seen].latency_s > 0.0 && sound.heard()[seen].gap_share == 0.0) {
        row.heard_ms = 1e3 * sound.heard()[seen].latency_s;
      }
    }
    rows.push_back(row);
  }
  return rows;
}

// One panel: curves over time.
struct Curve {
  double Row::*value;
  Rgb colour;
  const char* name;
};

void drawPanel(Canvas& canvas, double top, const std::vector<Row>& rows,
               const std::vector<Curve>& curves, double low, double high, const char* unit) {
  constexpr double kLeft = 80.0;
  constexpr double kWidth = 1080.0;
  constexpr double kHeight = 250.0;
  constexpr Rgb kGrid = {225, 225, 225};
  const double seconds = rows.back().time_s;
  const auto x = [&](double time_s) { return kLeft + kWidth * time_s / seconds; };
  const auto y = [&](double value) {
    return top + kHeight * (1.0 - (std::clamp(value, low, high) - low) / (high - low));
  };
  for (int i = 0; i <= 5; ++i) {
    const double value = low + (high - low) * i / 5;
    const double time_s = seconds * i / 5;
    canvas.line(kLeft, y(value), kLeft + kWidth, y(value), kGrid);
    canvas.text(kLeft - 8.0, y(value) + 4.0, 1.0, std::to_string(std::lround(value)));
    canvas.text(x(time_s), top + kHeight + 18.0, 0.5, std::to_string(std::lround(time_s)) + " s");
  }
  canvas.textUp(25.0, top + kHeight / 2.0, unit);
  canvas.frame(kLeft, top, kWidth, kHeight);
  double label_x = kLeft + 12.0;
  for (const Curve& curve : curves) {
    for (std::size_t i = 1; i < rows.size(); ++i) {
      const double a = rows[i - 1].*curve.value;
      const double b = rows[i].*curve.value;
      const bool known = curve.value != &Row::heard_ms || (a > 0.0 && b > 0.0);
      if (rows[i - 1].time_s < 1.5 || !known) continue;
      canvas.stroke(x(rows[i - 1].time_s), y(a), x(rows[i].time_s), y(b), 1.6, curve.colour);
    }
    canvas.text(label_x, top + 18.0, 0.0, curve.name, curve.colour);
    label_x += canvas.textWidth(curve.name) + 24.0;
  }
}

void plot(const std::string& path, const Scene& scene, const std::vector<Row>& rows) {
  Canvas canvas(1200, 680);
  canvas.setFontSize(16.0, true);
  canvas.text(80.0, 28.0, 0.0, scene.title);
  canvas.setFontSize(13.0);
  const bool has_stalls = !scene.marks.empty();
  drawPanel(canvas, 45.0, rows,
            {{&Row::target_ms, {160, 160, 160}, "target"},
             {&Row::told_ms, {200, 60, 40}, "told"},
             {&Row::heard_ms, {30, 90, 200}, "heard"}},
            20.0, has_stalls ? 120.0 : 60.0, "latency, ms");
  drawPanel(canvas, 355.0, rows,
            {{&Row::correction_ppm, {200, 60, 40}, "resampler"},
             {&Row::drift_ppm, {30, 90, 200}, "drift told"}},
            has_stalls ? -11000.0 : 900.0, has_stalls ? 6000.0 : 1100.0, "ppm");
  canvas.text(80.0, 660.0, 0.0, std::to_string(rows.back().gaps) + " gaps heard");
  AtomicOutput png(path, AtomicOutput::Existing::kReplace);
  canvas.writePng(png.file(), png.name());
  png.commit();
}

int run(const std::string& name, const std::string& csv, const std::string& png) {
  const Scene scene = makeScene(name);
  const std::vector<Row> rows = trace(scene);
  if (!csv.empty()) {
    std::ofstream out(csv);
    out << "time_s,heard_ms,told_ms,target_ms,drift_ppm,correction_ppm,gaps\n";
    for (const Row& row : rows) {
      out << row.time_s << ',' << row.heard_ms << ',' << row.told_ms << ',' << row.target_ms << ','
          << row.drift_ppm << ',' << row.correction_ppm << ',' << row.gaps << '\n';
    }
    if (!out.flush()) throw std::runtime_error(csv + ": cannot be written");
  }
  if (!png.empty()) plot(png, scene, rows);
  return 0;
}

}  // namespace
}  // namespace hiss

int main(int argc, char** argv) {
  std::string scene = "stalls";
  std::string csv;
  std::string png;
  CLI::App app("Latency and drift of the live path over time.");
  app.add_option("--scene", scene)->check(CLI::IsMember({"drift", "stalls"}));
  app.add_option("--csv", csv, "write the table here");
  app.add_option("--plot", png, "draw it here");
  CLI11_PARSE(app, argc, argv);
  try {
    return hiss::run(scene, csv, png);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
