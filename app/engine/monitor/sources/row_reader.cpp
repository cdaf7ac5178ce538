// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/row_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <system_error>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/file_pattern.h"
#include "app/engine/monitor/sources/message_parts.h"
#include "app/engine/monitor/sources/row_decoder.h"
#include "app/engine/sensors/table_cell.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostFiles = 1000;

// By name, else by number from 1.
int columnOf(const TableFormat& format, const std::string& wanted, const std::string& file) {
  const auto at = std::find(format.names.begin(), format.names.end(), wanted);
  if (at != format.names.end()) return static_cast<int>(at - format.names.begin());
  const auto number = parseInteger(wanted);
  if (number && *number >= 1 && *number <= static_cast<std::int64_t>(format.names.size())) {
    return static_cast<int>(*number) - 1;
  }
  throw Failure(FailureKind::kInput, file, "a column for the stream's name",
                fmt::format("no column {}", quotedPart(wanted)));
}

bool isTable(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".csv" || extension == ".tsv" || extension == ".txt";
}

}  // namespace

TableRows::TableRows(const fs::path& path, TableStreams streams,
                     std::function<void(std::string_view)> on_malformed)
    : streams_(std::move(streams)),
      on_malformed_(std::move(on_malformed)),
      reader_(path, streams_.wish) {
  for (const std::string& column : streams_.column) {
    stream_columns_.push_back(columnOf(reader_.format(), column, path.string()));
  }
  for (std::size_t c = 0; c < reader_.channels().size(); ++c) {
    const int column = reader_.format().channels[c];
    const auto& names = stream_columns_;
    if (std::find(names.begin(), names.end(), column) == names.end()) channels_.push_back(c);
  }
  if (channels_.size() > RowDecoder::kMostFields) {
    throw Failure(FailureKind::kInput, path.string(),
                  fmt::format("at most {} columns", RowDecoder::kMostFields),
                  std::to_string(channels_.size()));
  }
  if (!channels_.empty()) return;
  throw Failure(FailureKind::kInput, path.string(), "a column of numbers beside the stream's name",
                "none");
}

// The reader goes on behind a line that it refuses, but not behind one that has no end, or where
// the file cannot be read: then it says the same again.
bool TableRows::readRow() {
  for (;;) {
    try {
      return reader_.next(row_);
    } catch (const Failure& failure) {
      const std::string fault = failure.what();
      if (fault == std::exchange(last_fault_, fault)) throw;
      on_malformed_(fault);
    }
  }
}

void TableRows::queueRow() {
  Observation made;
  made.stamp_ns = reader_.hasSeconds() ? row_.stamp_ns : std::nullopt;
  if (streams_.split) {
    for (const std::size_t c : channels_) {
      Observation& one = queue_.emplace_back(made);
      one.stream = fmt::format("{}/{}", streams_.name, cleanName(reader_.channels()[c]));
      one.fields.push_back({cleanName(reader_.channels()[c]), row_.values[c]});
    }
    return;
  }
  for (const int column : stream_columns_) {
    if (!made.stream.empty()) made.stream += '/';
    made.stream += reader_.cell(static_cast<std::size_t>(column));
  }
  if (stream_columns_.empty()) made.stream = streams_.name;
  for (const std::size_t c : channels_) {
    made.fields.push_back({reader_.channels()[c], row_.values[c]});
  }
  std::string why;
  if (checkFields(made.fields, why) && checkStream(made.stream, why)) {
    queue_.push_back(std::move(made));
  } else {
    on_malformed_(why);
  }
}

bool TableRows::next(Observation& row) {
  while (queue_.empty()) {
    if (!readRow()) return false;
    queueRow();
  }
  row = std::move(queue_.front());
  queue_.pop_front();
  return true;
}

SoundRows::SoundRows(const fs::path& path, std::string stream, std::int64_t start_ns,
                     bool allow_truncated)
    : reader_(path, allow_truncated), stream_(std::move(stream)), start_ns_(start_ns) {}

bool SoundRows::next(Observation& row) {
  if (!reader_.next(row_)) return false;
  row.stream = stream_;
  row.stamp_ns = start_ns_ + row_.stamp_ns.value_or(0);
  row.fields.resize(reader_.channels().size());
  for (std::size_t c = 0; c < row.fields.size(); ++c) {
    row.fields[c] = {reader_.channels()[c], row_.values[c]};
  }
  return true;
}

MergedRows::MergedRows(std::vector<std::unique_ptr<RowReader>> readers) {
  for (std::size_t i = 0; i < readers.size(); ++i) {
    Head head;
    head.reader = std::move(readers[i]);
    head.number = i;
    if (advance(head)) heads_.push_back(std::move(head));
  }
  std::make_heap(heads_.begin(), heads_.end(), isLater);
}

bool MergedRows::advance(Head& head) {
  head.row = Observation();
  if (!head.reader->next(head.row)) return false;
  // Stamps that run back, and rows without one, come behind what was before them.
  if (head.row.stamp_ns) head.at_ns = std::max(head.at_ns, *head.row.stamp_ns);
  return true;
}

bool MergedRows::isLater(const Head& a, const Head& b) {
  return std::pair(a.at_ns, a.number) > std::pair(b.at_ns, b.number);
}

bool MergedRows::next(Observation& row) {
  if (heads_.empty()) return false;
  std::pop_heap(heads_.begin(), heads_.end(), isLater);
  Head& first = heads_.back();
  row = std::move(first.row);
  if (advance(first)) {
    std::push_heap(heads_.begin(), heads_.end(), isLater);
  } else {
    heads_.pop_back();
  }
  return true;
}

std::vector<fs::path> filesOf(const std::string& place, const std::string& name) {
  std::error_code error;
  const bool is_folder = fs::is_directory(place, error);
  const bool is_pattern = FilePattern::isPattern(place) && !fs::exists(place, error);
  if (!is_folder && !is_pattern) return {place};
  const FilePattern pattern(is_folder ? "*" : place);
  const fs::path base = is_folder ? fs::path(place) : pattern.base();
  std::vector<fs::path> files;
  fs::recursive_directory_iterator at(base, error);
  for (const fs::recursive_directory_iterator end; !error && at != end; at.increment(error)) {
    const fs::path relative = at->path().lexically_relative(base);
    const bool wanted = pattern.matches(relative) && (!is_folder || isTable(relative));
    std::error_code ignored;
    if (wanted && at->is_regular_file(ignored)) files.push_back(at->path());
    if (files.size() > kMostFiles) {
      throw Failure(FailureKind::kInput, name, fmt::format("at most {} files", kMostFiles), "more");
    }
  }
  if (error) throw Failure(FailureKind::kInput, name, "a readable folder", error.message());
  if (files.empty()) {
    throw Failure(FailureKind::kInput, name,
                  is_folder ? "tables (.csv, .tsv, .txt) in the folder" : "files of such names",
                  "none");
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace hiss
