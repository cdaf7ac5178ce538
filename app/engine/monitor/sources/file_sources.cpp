// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/monitor/sources/follow_source.h"
#include "app/engine/monitor/sources/make_sources.h"
#include "app/engine/monitor/sources/message_parts.h"
#include "app/engine/monitor/sources/replay_source.h"
#include "app/engine/monitor/sources/row_reader.h"
#include "app/engine/sensors/time_stamp.h"

namespace hiss {
namespace {

// The path of "csv:FILE" or "csv:///FILE".
std::string fileOf(const Endpoint& endpoint) {
  const Uri& uri = endpoint.uri;
  const auto fail = [&](const std::string& found) {
    throw Failure(FailureKind::kUsage, fmt::format("{}: {}", endpoint.origin, endpoint.name),
                  fmt::format("{}:FILE", uri.scheme), found);
  };
  if (!uri.host.empty()) fail(fmt::format("the host \"{}\"", uri.host));
  if (uri.path.empty()) fail("no file");
  if (uri.path == "-") fail("\"-\" (standard input is stdin:)");
  return uri.path;
}

std::string stemOf(const std::filesystem::path& path) {
  std::string stem = cleanName(path.stem().string());
  return stem.empty() ? "table" : stem;
}

struct CsvOptions {
  std::string place;
  std::string called;  // what messages call the source
  std::string name;    // of the stream; empty: after the file
  TableStreams streams;
};

std::unique_ptr<RowReader> openTables(const CsvOptions& options,
                                      const std::function<void(std::string_view)>& on_malformed) {
  const std::vector<std::filesystem::path> files = filesOf(options.place, options.called);
  std::vector<std::unique_ptr<RowReader>> readers;
  for (const auto& file : files) {
    TableStreams streams = options.streams;
    streams.name = options.name.empty() ? stemOf(file) : options.name;
    if (!options.name.empty() && files.size() > 1)
      streams.name = fmt::format("{}/{}", options.name, stemOf(file));
    readers.push_back(std::make_unique<TableRows>(file, std::move(streams), on_malformed));
  }
  if (readers.size() == 1) return std::move(readers.front());
  return std::make_unique<MergedRows>(std::move(readers));
}

std::unique_ptr<Source> makeReplay(const Endpoint& endpoint, OptionReader& options,
                                   MonitorLog& log) {
  const ReplaySettings settings = replaySettings(options);
  CsvOptions csv;
  csv.place = fileOf(endpoint);
  csv.called = endpoint.name;
  csv.name = options.text("name", "");
  csv.streams.wish.time = options.text("time", "");
  csv.streams.wish.columns = splitList(options.text("columns", ""));
  csv.streams.column = splitList(options.text("stream", ""));
  csv.streams.split = options.oneOf("split", {"columns", "no"}, "no") == "columns";
  if (csv.streams.split && !csv.streams.column.empty()) {
    options.fail("split", "no option \"stream\" beside it", "both");
  }
  options.done();
  auto source = std::make_unique<ReplaySource>(endpoint, settings, log);
  source->setOpen([csv = std::move(csv), replay = source.get()] {
    return openTables(csv, [replay](std::string_view why) { replay->countMalformed(why); });
  });
  return source;
}

}  // namespace

std::unique_ptr<Source> makeCsvSource(const Endpoint& endpoint, MonitorLog& log) {
  OptionReader options(endpoint);
  if (!options.flag("follow", false)) return makeReplay(endpoint, options, log);
  const std::string file = fileOf(endpoint);
  return makeFollowSource(endpoint, options, file, options.text("name", stemOf(file)), log);
}

std::unique_ptr<Source> makeWavSource(const Endpoint& endpoint, MonitorLog& log) {
  OptionReader options(endpoint);
  const ReplaySettings settings = replaySettings(options);
  const std::string file = fileOf(endpoint);
  const std::string name = options.text("name", stemOf(file));
  const bool allow_truncated = options.flag("allow_truncated", false);
  const std::string start = options.text("start", "");
  const auto start_ns = start.empty() ? std::int64_t{0} : parseDate(start);
  if (!start_ns) options.fail("start", "a date and time of day", start);
  options.done();
  auto source = std::make_unique<ReplaySource>(endpoint, settings, log);
  source->setOpen(
      [=] { return std::make_unique<SoundRows>(file, name, *start_ns, allow_truncated); });
  return source;
}

}  // namespace hiss
