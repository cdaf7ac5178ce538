// SPDX-License-Identifier: Apache-2.0
// What a detector says of every row of a table of plain numbers, before and after its calibration:
//
//   detector_rows --detector NAME [--model FILE] TABLE
//
// TABLE has no header; cells are separated by commas, an empty one or `nan` is a missing value. The
// output has a line a row: p, the row's evidence, each channel's evidence. No alarm is ever on.
// `models/training/eval_anomaly.py prior` reads it; users have `hiss detect`.
#include <CLI/CLI.hpp>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "models/anomaly_detector.h"
#include "models/sensor_forecaster.h"

namespace hiss {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// The cells of one line, into `values`.
void readCells(std::string_view line, std::vector<double>& values) {
  values.clear();
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  for (;;) {
    const std::size_t comma = line.find(',');
    const std::string_view cell = line.substr(0, comma);
    double value = kMissing;
    if (!cell.empty()) {
      const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
      if (error != std::errc{} || end != cell.data() + cell.size()) {
        throw std::runtime_error("expected a number, found " + std::string(cell));
      }
    }
    values.push_back(value);
    if (comma == std::string_view::npos) return;
    line.remove_prefix(comma + 1);
  }
}

void run(const std::string& table, const std::string& name, const std::string& model) {
  std::ifstream in(table);
  if (!in) throw std::runtime_error(table + ": cannot be opened");
  const auto detector = makeDetector(name, model.empty() ? nullptr : SensorForecaster::load(model));
  std::vector<double> values;
  std::size_t channels = 0;
  for (std::string line; std::getline(in, line);) {
    readCells(line, values);
    if (channels == 0) {
      channels = values.size();
      detector->prepare({.channels = static_cast<int>(channels)});
      std::printf("p,evidence");
      for (std::size_t c = 1; c <= channels; ++c) std::printf(",channel_%zu", c);
      std::printf("\n");
    }
    if (values.size() != channels) throw std::runtime_error(table + ": rows of several lengths");
    const RowVerdict verdict = detector->step(values, kMissing, false);
    std::printf("%.9g,%.9g", verdict.p, verdict.evidence);
    for (const ChannelVerdict& channel : detector->channels()) {
      std::printf(",%.9g", static_cast<double>(channel.evidence));
    }
    std::printf("\n");
  }
}

}  // namespace
}  // namespace hiss

int main(int argc, char** argv) {
  CLI::App app("Verdicts of an anomaly detector, row by row");
  std::string table;
  std::string name = "novelty";
  std::string model;
  app.add_option("TABLE", table)->required();
  app.add_option("--detector", name)->capture_default_str();
  app.add_option("--model", model, "the forecaster's file, for mamba");
  CLI11_PARSE(app, argc, argv);
  try {
    hiss::run(table, name, model);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "detector_rows: %s\n", error.what());
    return 1;
  }
  return 0;
}
