// SPDX-License-Identifier: Apache-2.0
#include "app/engine/history/history_csv.h"

#include <fmt/format.h>

#include <iterator>
#include <span>

#include "app/engine/atomic_output.h"
#include "app/engine/failure.h"
#include "app/engine/monitor/sinks/event_json.h"
#include "app/engine/sensors/csv_cells.h"

namespace hiss {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 16;

template <class Number>
void appendNumberCell(fmt::memory_buffer& out, Number value) {
  out.push_back(',');
  appendNumber(out, value);
}

void writeAll(AtomicOutput& output, fmt::memory_buffer& text) {
  const auto bytes = std::as_bytes(std::span(text.data(), text.size()));
  if (output.file().write(bytes) != bytes.size()) {
    throw Failure(FailureKind::kOutput, output.name(), "room to write",
                  errnoText(output.file().lastError()));
  }
  text.clear();
}

void appendHeader(fmt::memory_buffer& out, const SensorExtent& extent) {
  appendText(out, extent.has_time ? "time" : "row");
  for (const std::string& channel : extent.channels) {
    for (const char* const what : {"", " low", " high", " share"}) {
      out.push_back(',');
      appendCell(out, channel + what);
    }
  }
  appendText(out, ",p,score,alert\n");
}

}  // namespace

std::uint64_t writeHistoryCsv(const SensorHistory& history, const std::string& stream,
                              std::int64_t begin, std::int64_t end,
                              const std::filesystem::path& path,
                              const std::atomic<bool>& cancelled) {
  const std::optional<SensorExtent> extent = history.extent(stream);
  if (!extent) throw Failure(FailureKind::kOutput, path.string(), "rows of " + stream, "none");
  AtomicOutput output(path, AtomicOutput::Existing::kReplace);
  fmt::memory_buffer text;
  appendHeader(text, *extent);
  const std::uint64_t rows = history.forEach(stream, begin, end, [&](const SensorMoment& row) {
    if (extent->has_time) {
      appendIsoTime(text, row.at);
    } else {
      fmt::format_to(std::back_inserter(text), "{}", row.at);
    }
    for (const SensorCell& cell : row.cells) {
      appendNumberCell(text, cell.value);
      appendNumberCell(text, cell.low);
      appendNumberCell(text, cell.high);
      appendNumberCell(text, cell.share);
    }
    appendNumberCell(text, row.p);
    appendNumberCell(text, row.score);
    text.push_back(',');
    appendText(text, row.alert_id);
    text.push_back('\n');
    if (text.size() >= kBlockBytes) writeAll(output, text);
    return !cancelled;
  });
  if (cancelled) throw Failure(FailureKind::kCancelled, path.string(), "all rows", "a stop");
  writeAll(output, text);
  output.commit();
  return rows;
}

}  // namespace hiss
