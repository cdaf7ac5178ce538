// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/control/label_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>
#include <utility>

#include "app/engine/atomic_output.h"
#include "app/engine/failure.h"
#include "app/engine/monitor/sinks/event_json.h"
#include "app/engine/sensors/time_stamp.h"

namespace hiss {
namespace {

using nlohmann::json;

constexpr std::size_t kBlock = std::size_t{1} << 16;

json timeOrNull(const std::optional<std::int64_t>& stamp_ns) {
  return stamp_ns ? json(isoTime(*stamp_ns)) : json(nullptr);
}

std::optional<std::int64_t> timeAt(const json& object, const char* key) {
  const json& value = object.at(key);
  if (value.is_null()) return std::nullopt;
  return parseDate(value.get_ref<const std::string&>());
}

double numberAt(const json& object, const char* key) {
  const json& value = object.at(key);
  return value.is_null() ? 0.0 : value.get<double>();  // what is not finite is null
}

// Throws json::exception if it is none.
LabelStore::Label parseLabel(std::string_view line) {
  const json object = json::parse(line);
  LabelStore::Label label;
  label.time_ns = timeAt(object, "time").value_or(0);
  label.id = object.at("id").get<std::string>();
  label.stream = object.at("stream").get<std::string>();
  label.kind = object.at("kind").get<std::string>();
  label.label = object.at("label").get<std::string>();
  label.note = object.at("note").get<std::string>();
  label.begin_row = object.at("begin_row").get<std::uint64_t>();
  label.end_row = object.at("end_row").get<std::uint64_t>();
  label.begin_stamp_ns = timeAt(object, "begin");
  label.end_stamp_ns = timeAt(object, "end");
  label.peak_score = numberAt(object, "peak_score");
  label.peak_p = numberAt(object, "peak_p");
  label.top_channel = object.at("top").get<std::string>();
  return label;
}

// Where the last whole line ends.
std::int64_t endOfLines(ByteFile& file, std::int64_t size) {
  std::vector<char> block(kBlock);
  while (size > 0) {
    const std::int64_t from = std::max<std::int64_t>(0, size - static_cast<std::int64_t>(kBlock));
    const auto length = static_cast<std::size_t>(size - from);
    file.seek(from, SEEK_SET);
    const std::size_t count = file.read(std::as_writable_bytes(std::span(block.data(), length)));
    const std::string_view text(block.data(), count);
    const std::size_t at = text.rfind('\n');
    if (at != std::string_view::npos) return from + static_cast<std::int64_t>(at) + 1;
    size = from;
  }
  return 0;
}

}  // namespace

LabelStore::LabelStore(const std::filesystem::path& path) : path_(path) {
  std::error_code error;
  std::filesystem::create_directories(path.parent_path(), error);  // open() tells what is wrong
  const bool is_new = !std::filesystem::exists(path, error);
  file_ = ByteFile::adopt(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  if (!file_.isOpen()) {
    throw Failure(FailureKind::kOutput, path.string(), "a writable file", errnoText(errno));
  }
  if (is_new) syncFolder(path.parent_path());
  const std::int64_t size = file_.size();
  const std::int64_t end = endOfLines(file_, size);
  if (end != size && ::ftruncate(file_.descriptor(), end) != 0) {
    throw Failure(FailureKind::kOutput, path.string(), "a writable file", errnoText(errno));
  }
}

void LabelStore::add(const Label& label) {
  const std::string line = labelJson(label) + "\n";
  const std::int64_t size = file_.size();
  if (file_.write(std::as_bytes(std::span(line))) == line.size() && file_.sync()) return;
  const int error = file_.lastError();
  [[maybe_unused]] const int cut = ::ftruncate(file_.descriptor(), size);
  // Its record of errors would stand for later calls.
  file_ = ByteFile::adopt(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0640));
  throw Failure(FailureKind::kOutput, path_.string(), "room for a label", errnoText(error));
}

std::vector<LabelStore::Label> LabelStore::read(std::size_t most, std::size_t* damaged) const {
  ByteFile file = ByteFile::openForReading(path_);
  std::deque<Label> labels;
  std::vector<char> block(kBlock);
  std::string rest;
  if (damaged != nullptr) *damaged = 0;
  while (true) {
    const std::size_t count = file.read(std::as_writable_bytes(std::span(block)));
    if (count == 0) break;
    rest.append(block.data(), count);
    std::size_t begin = 0;
    for (std::size_t end = rest.find('\n'); end != std::string::npos;
         end = rest.find('\n', begin)) {
      const std::string_view line = std::string_view(rest).substr(begin, end - begin);
      begin = end + 1;
      try {
        labels.push_back(parseLabel(line));
        if (labels.size() > most) labels.pop_front();
      } catch (const json::exception&) {
        if (damaged != nullptr) ++*damaged;
      }
    }
    rest.erase(0, begin);
  }
  if (file.lastError() != 0) {
    throw Failure(FailureKind::kInput, path_.string(), "a readable file",
                  errnoText(file.lastError()));
  }
  return {std::make_move_iterator(labels.begin()), std::make_move_iterator(labels.end())};
}

std::string labelJson(const LabelStore::Label& label) {
  const json object = {{"time", isoTime(label.time_ns)},
                       {"id", label.id},
                       {"stream", label.stream},
                       {"kind", label.kind},
                       {"label", label.label},
                       {"note", label.note},
                       {"begin_row", label.begin_row},
                       {"end_row", label.end_row},
                       {"begin", timeOrNull(label.begin_stamp_ns)},
                       {"end", timeOrNull(label.end_stamp_ns)},
                       {"peak_score", label.peak_score},
                       {"peak_p", label.peak_p},
                       {"top", label.top_channel}};
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

LabelStore::Label labelOf(const AlertEvent& event, const std::string& label,
                          const std::string& note, std::int64_t time_ns) {
  LabelStore::Label result;
  result.time_ns = time_ns;
  result.id = event.id;
  result.stream = event.stream;
  result.kind = nameOf(event.kind);
  result.label = label;
  result.note = note;
  result.begin_row = event.begin_row;
  result.end_row = event.end_row;
  result.begin_stamp_ns = event.begin_stamp_ns;
  result.end_stamp_ns = event.end_stamp_ns;
  result.peak_score = event.peak_score;
  result.peak_p = event.peak_p;
  result.top_channel = event.top_channel;
  return result;
}

}  // namespace hiss
