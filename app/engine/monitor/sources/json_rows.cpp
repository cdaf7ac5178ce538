// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/json_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "app/engine/monitor/sources/json_mending.h"
#include "app/engine/monitor/sources/message_parts.h"
#include "app/engine/sensors/table_cell.h"
#include "app/engine/sensors/time_names.h"

namespace hiss {
namespace {

constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
constexpr std::string_view kFieldsPrefix = "fields.";
constexpr std::string_view kTagsPrefix = "tags.";
constexpr int kPoorRank = 5;  // of names that are the time only if there is no better one

// What of names is the time in JSON, and how good a name it is; empty: none.
std::optional<int> rankOfTimeName(std::string_view key) {
  if (isTimeName(key)) return 0;
  if (!key.starts_with("last_")) return std::nullopt;
  if (key == "last_updated" || key == "last_seen") return kPoorRank;
  if (key == "last_changed" || key == "last_reported") return kPoorRank + 1;
  return std::nullopt;
}

// "/a/b" of RFC 6901, or "b" for "/b", as nested names are joined here.
std::string joined(std::string_view pointer) {
  if (!pointer.starts_with('/')) return std::string(pointer);
  std::string path;
  for (std::size_t i = 1; i < pointer.size(); ++i) {
    const bool escape = pointer[i] == '~' && i + 1 < pointer.size();
    if (escape) ++i;
    path += escape ? (pointer[i] == '1' ? '/' : '~') : (pointer[i] == '/' ? '.' : pointer[i]);
  }
  return path;
}

// What a row becomes while its object is read.
struct RowParts {
  std::size_t depth = 0;  // of its own object or array, from 1
  std::vector<Field> fields;
  std::optional<std::int64_t> stamp_ns;
  int stamp_rank = std::numeric_limits<int>::max();
  std::string stream;  // by the option
  // Telegraf
  std::string name;
  std::vector<std::pair<std::string, std::string>> tags;
  // Home Assistant
  std::string entity;
  std::optional<double> state;
};

struct Level {
  bool is_array = false;
  std::size_t path_bytes = 0;  // of the path up to here
  std::size_t index = 0;       // of the next element
};

}  // namespace

// What nlohmann's SAX parser calls; false ends it.
struct JsonRows::Handler final : nlohmann::json_sax<nlohmann::json> {
  explicit Handler(const DecodeSettings& settings)
      : time_path(settings.time == "none" ? "" : joined(settings.time)),
        has_no_time(settings.time == "none"),
        stream_path(joined(settings.stream)) {
    for (const std::string& pointer : settings.json_paths) paths.push_back(joined(pointer));
  }

  void begin(std::string_view default_stream, std::vector<Observation>& to, std::string& reason) {
    stream = default_stream;
    rows = &to;
    why = &reason;
    is_damaged = false;
    path.clear();
    levels.clear();
    parts.clear();
  }

  bool refuse(std::string reason) {
    *why = std::move(reason);
    return false;
  }

  // Before each value: its name goes behind the path.
  bool enter() {
    if (levels.empty() || !levels.back().is_array) return true;
    Level& level = levels.back();
    path.resize(level.path_bytes);
    return append(std::to_string(level.index++));
  }

  bool append(std::string_view part) {
    if (!path.empty()) path += '.';
    key_at = path.size();
    path += part;
    if (path.size() <= RowDecoder::kMostNameBytes) return true;
    return refuse(fmt::format("expected names of at most {} bytes, found {}",
                              RowDecoder::kMostNameBytes, quotedPart(path)));
  }

  [[nodiscard]] std::string_view lastKey() const { return std::string_view(path).substr(key_at); }
  [[nodiscard]] std::size_t depthInRow() const { return levels.size() - parts.back().depth; }

  bool open(bool is_array) {
    if (levels.size() >= kMostDepth) {
      return refuse(fmt::format("expected at most {} levels of nesting, found more", kMostDepth));
    }
    if (!enter()) return false;
    // Rows: the whole, each object of an array that is the whole, and of Telegraf's batches.
    const bool begins_row =
        levels.empty() || (!is_array && levels.size() == 1 && levels[0].is_array) ||
        (!is_array && levels.size() == 2 && levels[1].is_array && path.starts_with("metrics."));
    if (begins_row) {
      path.clear();
      parts.emplace_back().depth = levels.size() + 1;
    }
    levels.push_back({is_array, path.size(), 0});
    return true;
  }

  bool close() {
    const bool ends_row = !parts.empty() && parts.back().depth == levels.size();
    levels.pop_back();
    if (ends_row) {
      if (!finishRow(parts.back())) return false;
      parts.pop_back();
      // The path of the array around it is known by its length only, and that of its elements is
      // needed for batches.
      if (levels.size() == 2) path = "metrics";
    }
    return true;
  }

  // A whole text that is one number, word or text: no object.
  [[nodiscard]] bool isOutside() const { return parts.empty(); }

  void takeStamp(std::optional<std::int64_t> stamp_ns, int rank) {
    RowParts& row = parts.back();
    if (!stamp_ns || rank >= row.stamp_rank) return;
    row.stamp_ns = stamp_ns;
    row.stamp_rank = rank;
  }

  // Whether the value at the path is the time, which is no field then.
  bool isTime(std::string_view text, bool is_text) {
    if (has_no_time) return false;
    if (!time_path.empty()) {
      if (path != time_path) return false;
      takeStamp(is_text ? stampOfText(text, lastKey()) : stampOfNumber(text, lastKey()), 0);
      return true;
    }
    const auto rank = rankOfTimeName(lastKey());
    if (!rank) return false;
    const auto stamp = is_text ? stampOfText(text, lastKey()) : stampOfNumber(text, lastKey());
    // "t" is as often a temperature.
    const bool is_letter = lastKey().size() == 1;
    if (is_letter && !(stamp && isOfToday(*stamp))) return false;
    takeStamp(stamp, *rank + 16 * static_cast<int>(depthInRow()));
    return stamp.has_value();
  }

  bool isWanted() const {
    return paths.empty() || std::any_of(paths.begin(), paths.end(), [&](const std::string& wanted) {
             return std::string_view(path).starts_with(wanted) &&
                    (path.size() == wanted.size() || path[wanted.size()] == '.');
           });
  }

  bool addField(double value) {
    if (!isWanted()) return true;
    auto& fields = parts.back().fields;
    if (fields.size() >= RowDecoder::kMostFields) {
      return refuse(fmt::format("expected at most {} fields, found more", RowDecoder::kMostFields));
    }
    fields.push_back({path, value});
    return true;
  }

  bool addNumber(double value, std::string_view text) {
    if (isOutside()) return refuse("expected an object, found a number");
    if (!enter()) return false;
    if (!stream_path.empty() && path == stream_path) {
      parts.back().stream = text;
      return true;
    }
    if (isTime(text, false)) return true;
    if (depthInRow() == 0 && path == "state") parts.back().state = value;
    return addField(value);
  }

  bool addText(const std::string& text) {
    if (isOutside()) return refuse("expected an object, found a text");
    if (!enter()) return false;
    RowParts& row = parts.back();
    if (!stream_path.empty() && path == stream_path) {
      row.stream = text;
      return true;
    }
    if (depthInRow() == 0) {
      if (path == "name") row.name = text;
      if (path == "entity_id") row.entity = text;
    } else if (depthInRow() == 1 && path.starts_with(kTagsPrefix)) {
      row.tags.emplace_back(path.substr(kTagsPrefix.size()), text);
    }
    if (isTime(text, true)) return true;
    const std::optional<double> value = valueOfText(text);
    // A state that is no number ("unavailable") is a missing one.
    if (depthInRow() == 0 && path == "state") row.state = value.value_or(kMissing);
    return !value || addField(*value);
  }

  bool finishRow(RowParts& row) {
    Observation made;
    made.stamp_ns = row.stamp_ns;
    made.stream = stream;
    const bool is_telegraf =
        !row.name.empty() &&
        std::any_of(row.fields.begin(), row.fields.end(),
                    [](const Field& field) { return field.name.starts_with(kFieldsPrefix); });
    if (!row.stream.empty()) {
      made.stream = std::move(row.stream);
    } else if (is_telegraf) {
      made.stream = row.name;
      std::sort(row.tags.begin(), row.tags.end());
      for (const auto& [name, value] : row.tags) made.stream += fmt::format(",{}={}", name, value);
    } else if (!row.entity.empty() && row.state) {
      made.stream = row.entity;
    }
    if (paths.empty() && is_telegraf) {
      std::erase_if(row.fields,
                    [](const Field& field) { return !field.name.starts_with(kFieldsPrefix); });
      for (Field& field : row.fields) field.name.erase(0, kFieldsPrefix.size());
    } else if (paths.empty() && !row.entity.empty() && row.state) {
      row.fields.assign(1, {"state", *row.state});
    }
    if (row.fields.empty()) return true;
    if (rows->size() >= RowDecoder::kMostRows) {
      return refuse(fmt::format("expected at most {} rows, found more", RowDecoder::kMostRows));
    }
    if (!checkFields(row.fields, *why) || !checkStream(made.stream, *why)) return false;
    made.fields = std::move(row.fields);
    rows->push_back(std::move(made));
    return true;
  }

  bool null() override {
    if (isOutside()) return true;
    return enter() && (has_no_time || !rankOfTimeName(lastKey()) ? addField(kMissing) : true);
  }
  bool boolean(bool value) override {
    if (isOutside()) return refuse("expected an object, found a word");
    if (!enter()) return false;
    if (depthInRow() == 0 && path == "state") parts.back().state = value ? 1.0 : 0.0;
    return addField(value ? 1.0 : 0.0);
  }
  bool number_integer(number_integer_t value) override {
    return addNumber(static_cast<double>(value), std::to_string(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return addNumber(static_cast<double>(value), std::to_string(value));
  }
  bool number_float(number_float_t value, const string_t& text) override {
    return addNumber(value, text);
  }
  bool string(string_t& text) override { return addText(text); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return open(false); }
  bool key(string_t& name) override {
    path.resize(levels.back().path_bytes);
    return append(name);
  }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*elements*/) override { return open(true); }
  bool end_array() override { return close(); }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    is_damaged = true;
    return refuse(fmt::format("byte {}: expected JSON, found something else", position));
  }

  std::string time_path;
  bool has_no_time;
  std::string stream_path;
  std::vector<std::string> paths;

  std::string_view stream;
  std::vector<Observation>* rows = nullptr;
  std::string* why = nullptr;
  bool is_damaged = false;  // no JSON at all
  std::string path;         // of the present value within its row
  std::size_t key_at = 0;   // where its last part begins
  std::vector<Level> levels;
  std::vector<RowParts> parts;  // of the rows that are open
};

JsonRows::JsonRows(const DecodeSettings& settings)
    : handler_(std::make_unique<Handler>(settings)) {}

JsonRows::~JsonRows() = default;

bool JsonRows::decode(std::string_view text, std::string_view stream,
                      std::vector<Observation>& rows, std::string& why) {
  const std::size_t first = rows.size();
  const auto parse = [&](std::string_view json) {
    rows.resize(first);
    handler_->begin(stream, rows, why);
    if (!nlohmann::json::sax_parse(json.begin(), json.end(), handler_.get())) return false;
    if (handler_->paths.empty() || rows.size() > first) return true;
    why = fmt::format("expected a value at {}, found none", quotedPart(handler_->paths.front()));
    return false;
  };
  if (parse(text)) return true;
  const std::string first_why = why;
  if (handler_->is_damaged) {
    const std::optional<std::string> mended = mendedJson(text);
    if (mended && parse(*mended)) return true;
    why = first_why;
  }
  rows.resize(first);
  return false;
}

}  // namespace hiss
