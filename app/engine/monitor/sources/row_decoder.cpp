// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/row_decoder.h"

#include <fmt/format.h>

#include <limits>
#include <utility>

#include "app/engine/monitor/sources/csv_lines.h"
#include "app/engine/monitor/sources/influx_rows.h"
#include "app/engine/monitor/sources/json_rows.h"
#include "app/engine/monitor/sources/message_parts.h"
#include "app/engine/sensors/table_cell.h"

namespace hiss {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t\r\n";

std::string_view stripped(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) + 1 - begin);
}

bool beginsJson(std::string_view text) { return text.front() == '{' || text.front() == '['; }
bool endsJson(std::string_view text) { return text.back() == '}' || text.back() == ']'; }

// "21.5", "21,5 °C", "on", or a word for no value.
std::optional<double> singleValue(std::string_view text) {
  if (text.size() > 1 && text.front() == '"' && text.back() == '"') {
    text = trimmed(text.substr(1, text.size() - 2));
  }
  if (const auto value = valueOfText(text)) return value;
  for (const char decimal : {'.', ','}) {
    const std::string_view number = text.substr(0, text.find_first_of(" \t%\xC2"));
    const Cell cell = parseCell(number, decimal);
    if (!number.empty() && cell.kind == Cell::Kind::kNumber) return cell.value;
  }
  const bool is_missing = parseCell(text, '.').kind == Cell::Kind::kMissing ||
                          equalsIgnoringCase(text, "unavailable") ||
                          equalsIgnoringCase(text, "unknown");
  if (is_missing) return std::numeric_limits<double>::quiet_NaN();
  return std::nullopt;
}

}  // namespace

DecodeSettings decodeSettings(OptionReader& options) {
  DecodeSettings settings;
  const std::string format =
      options.oneOf("format", {"auto", "json", "influx", "csv", "value"}, "auto");
  settings.format = format == "json"     ? RowFormat::kJson
                    : format == "influx" ? RowFormat::kInflux
                    : format == "csv"    ? RowFormat::kCsv
                    : format == "value"  ? RowFormat::kValue
                                         : RowFormat::kAuto;
  settings.json_paths = splitList(options.text("json", ""));
  settings.time = options.text("time", "");
  settings.stream = options.text("stream", "");
  if (!settings.json_paths.empty() && settings.format != RowFormat::kAuto &&
      settings.format != RowFormat::kJson) {
    options.fail("json", "format=json with it", "format=" + format);
  }
  return settings;
}

struct RowDecoder::Impl {
  explicit Impl(DecodeSettings wanted)
      : settings(std::move(wanted)), json(settings), influx(settings), csv(settings) {}

  bool decode(std::string_view message, std::string_view stream, std::vector<Observation>& rows,
              std::string& why) {
    if (message.size() > kMostMessageBytes) {
      why = fmt::format("expected at most {} bytes, found {}", kMostMessageBytes, message.size());
      return false;
    }
    if (message.starts_with(kByteOrderMark)) message.remove_prefix(kByteOrderMark.size());
    const std::string_view text = stripped(message);
    if (text.empty()) return true;
    if (!settings.lines) csv.reset();
    if (settings.format == RowFormat::kValue) return decodeValue(text, stream, rows, why);
    const bool may_be_json =
        settings.format == RowFormat::kAuto || settings.format == RowFormat::kJson;
    if (may_be_json && (beginsJson(text) || settings.format == RowFormat::kJson)) {
      return decodeJson(text, stream, rows, why);
    }
    const std::size_t rows_before = rows.size();
    if (!decodeLines(text, stream, rows, why)) return false;
    if (settings.lines || rows.size() > rows_before || !csv.hasHeader()) return true;
    why = fmt::format("expected numbers, found {}", quotedPart(text));
    return false;
  }

  static bool decodeValue(std::string_view text, std::string_view stream,
                          std::vector<Observation>& rows, std::string& why) {
    const std::optional<double> value = singleValue(text);
    if (!value) {
      why = fmt::format("expected one number, found {}", quotedPart(text));
      return false;
    }
    Observation& row = rows.emplace_back();
    row.stream = stream;
    row.fields.push_back({"value", *value});
    return true;
  }

  // One text, over any number of lines, or one a line.
  bool decodeJson(std::string_view text, std::string_view stream, std::vector<Observation>& rows,
                  std::string& why) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return json.decode(text, stream, rows, why);
    const std::string_view first = stripped(text.substr(0, end));
    if (!endsJson(first)) return json.decode(text, stream, rows, why);
    const std::size_t rows_before = rows.size();
    const bool is_line = json.decode(first, stream, rows, why);
    rows.resize(rows_before);
    if (!is_line && json.decode(text, stream, rows, why)) return true;
    return decodeLines(text, stream, rows, why);
  }

  bool decodeLines(std::string_view text, std::string_view stream, std::vector<Observation>& rows,
                   std::string& why) {
    const bool are_many = text.find('\n') != std::string_view::npos;
    std::string first_why;
    for (std::size_t number = 1; !text.empty(); ++number) {
      const std::size_t end = std::min(text.find('\n'), text.size());
      const std::string_view line = stripped(text.substr(0, end));
      text.remove_prefix(std::min(end + 1, text.size()));
      if (line.empty() || line.front() == '#') continue;
      if (rows.size() >= kMostRows) {
        why = fmt::format("expected at most {} rows, found more", kMostRows);
        return false;
      }
      if (!decodeLine(line, stream, rows, why) && first_why.empty()) {
        first_why = are_many ? fmt::format("line {}: {}", number, why) : why;
      }
    }
    if (first_why.empty()) return true;
    why = std::move(first_why);
    return false;
  }

  bool decodeLine(std::string_view line, std::string_view stream, std::vector<Observation>& rows,
                  std::string& why) {
    switch (settings.format) {
      case RowFormat::kJson:
        return json.decode(line, stream, rows, why);
      case RowFormat::kInflux:
        return influx.decode(line, rows, why);
      case RowFormat::kCsv:
        return csv.decode(line, stream, rows, why);
      case RowFormat::kAuto:
      case RowFormat::kValue:
        break;
    }
    if (beginsJson(line)) return json.decode(line, stream, rows, why);
    if (looksLikeInflux(line)) return influx.decode(line, rows, why);
    return csv.decode(line, stream, rows, why);
  }

  DecodeSettings settings;
  JsonRows json;
  InfluxRows influx;
  CsvLines csv;
};

RowDecoder::RowDecoder(DecodeSettings settings)
    : impl_(std::make_unique<Impl>(std::move(settings))) {}

RowDecoder::~RowDecoder() = default;

bool RowDecoder::decode(std::string_view message, std::string_view stream,
                        std::vector<Observation>& rows, std::string& why) {
  return impl_->decode(message, stream, rows, why);
}

void RowDecoder::reset() { impl_->csv.reset(); }

void LineSplitter::feed(std::string_view bytes) {
  if (at_ > 0) {
    buffer_.erase(0, at_);
    at_ = 0;
  }
  if (skipping_) {
    const std::size_t end = bytes.find('\n');
    if (end == std::string_view::npos) return;
    bytes.remove_prefix(end + 1);
    skipping_ = false;
  }
  buffer_ += bytes;
}

bool LineSplitter::next(std::string_view& line) {
  for (;;) {
    const std::string_view rest = std::string_view(buffer_).substr(at_);
    const std::size_t end = rest.find('\n', scanned_);
    const bool is_open = end == std::string_view::npos;
    scanned_ = is_open ? rest.size() : 0;
    if ((is_open ? rest.size() : end) > RowDecoder::kMostMessageBytes) {
      ++too_long_;
      skipping_ = is_open;
      at_ += is_open ? rest.size() : end + 1;
      scanned_ = 0;
      continue;
    }
    if (is_open) return false;
    line = rest.substr(0, end);
    at_ += end + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    return true;
  }
}

bool LineSplitter::last(std::string_view& line) {
  if (skipping_ || at_ >= buffer_.size()) return false;
  line = std::string_view(buffer_).substr(at_);
  at_ = buffer_.size();
  scanned_ = 0;
  if (line.ends_with('\r')) line.remove_suffix(1);
  return !line.empty();
}

void LineSplitter::reset() {
  buffer_.clear();
  at_ = 0;
  scanned_ = 0;
  skipping_ = false;
}

}  // namespace hiss
