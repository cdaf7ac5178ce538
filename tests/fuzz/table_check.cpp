// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/table_check.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/sensors/stream_clock.h"
#include "app/engine/sensors/table_parser.h"

namespace hiss {
namespace {

struct Reading {
  std::vector<SensorRow> rows;
  std::string fault;
};

void check(const TableParser& parser, const SensorRow& row) {
  if (row.values.size() != parser.channels().size()) std::abort();
  for (const double value : row.values) {
    if (std::isinf(value)) std::abort();
  }
}

Reading read(std::string_view bytes, std::size_t piece) {
  Reading reading;
  TableParser parser("table", {});
  StreamClock clock;
  SensorRow row;
  const auto take = [&] {
    while (parser.next(row)) {
      check(parser, row);
      const double step = clock.tick(row.stamp_ns);
      if (!std::isnan(step) && !(step > 0.0)) std::abort();
      reading.rows.push_back(row);
    }
  };
  try {
    for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size()))) {
      parser.feed(bytes.substr(0, piece));
      take();
    }
    parser.finish();
    take();
  } catch (const Failure& failure) {
    reading.fault = failure.what();
    if (reading.fault.find('\n') != std::string::npos) std::abort();
    if (reading.fault.find(": expected ") == std::string::npos) std::abort();
  }
  return reading;
}

bool isSame(const SensorRow& a, const SensorRow& b) {
  if (a.time != b.time || a.stamp_ns != b.stamp_ns || a.values.size() != b.values.size()) {
    return false;
  }
  for (std::size_t c = 0; c < a.values.size(); ++c) {
    const bool both_missing = std::isnan(a.values[c]) && std::isnan(b.values[c]);
    if (!both_missing && a.values[c] != b.values[c]) return false;
  }
  return true;
}

}  // namespace

std::size_t checkTableBytes(std::string_view bytes, std::size_t piece) {
  const Reading whole = read(bytes, bytes.size() + 1);
  const Reading pieces = read(bytes, piece);
  if (whole.fault != pieces.fault || whole.rows.size() != pieces.rows.size()) std::abort();
  for (std::size_t i = 0; i < whole.rows.size(); ++i) {
    if (!isSame(whole.rows[i], pieces.rows[i])) std::abort();
  }
  return whole.rows.size();
}

}  // namespace hiss
