// SPDX-License-Identifier: Apache-2.0
#include "app/engine/report_file.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "app/engine/batch_report.h"
#include "app/engine/canvas.h"

namespace hiss {
namespace {

using nlohmann::json;

// A column of the tables: where its value is in the object of a file.
struct Column {
  const char* name;     // in CSV
  const char* title;    // in HTML
  const char* pointer;  // a JSON pointer
  int decimals;         // -1: as it is
};

constexpr std::array kColumns = {
    Column{"input", "input", "/input", -1},
    Column{"output", "output", "/output", -1},
    Column{"status", "status", "/status", -1},
    Column{"message", "message", "/message", -1},
    Column{"seconds", "s", "/seconds", 2},
    Column{"sample_rate_hz", "Hz", "/sample_rate_hz", 0},
    Column{"channels", "channels", "/channels", 0},
    Column{"rtf", "RTF", "/rtf", 4},
    Column{"input_rms_dbfs", "RMS in, dBFS", "/input_levels/rms_dbfs", 1},
    Column{"output_rms_dbfs", "RMS out, dBFS", "/output_levels/rms_dbfs", 1},
    Column{"input_peak_dbfs", "peak in, dBFS", "/input_levels/peak_dbfs", 1},
    Column{"output_peak_dbfs", "peak out, dBFS", "/output_levels/peak_dbfs", 1},
    Column{"pause_input_dbfs", "pauses in, dBFS", "/noise/pause_input_dbfs", 1},
    Column{"pause_output_dbfs", "pauses out, dBFS", "/noise/pause_output_dbfs", 1},
    Column{"removed_in_pauses_db", "removed in pauses, dB", "/noise/removed_in_pauses_db", 1},
    Column{"removed_overall_db", "removed overall, dB", "/noise/removed_overall_db", 1},
    Column{"removed_in_speech_db", "removed in speech, dB", "/noise/removed_in_speech_db", 1},
    Column{"input_snr_db", "SNR in, about, dB", "/noise/input_snr_db", 1},
    Column{"output_snr_db", "SNR out, about, dB", "/noise/output_snr_db", 1},
    Column{"full_scale_values", "full scale in", "/noise/full_scale_values", 0},
    Column{"clipped_values", "clipped out", "/clipped_values", 0},
};

// Cells of a row of HTML before its picture.
constexpr int kPictureCell = 1;

constexpr std::string_view kHtmlHead = R"(<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>hiss denoise</title>
<style>
body { font: 14px sans-serif; margin: 1.5em; }
table { border-collapse: collapse; }
th, td { border-bottom: 1px solid #ccc; padding: 4px 8px; text-align: right; vertical-align: middle; }
th { cursor: pointer; position: sticky; top: 0; background: #eee; }
td.text, th.text { text-align: left; overflow-wrap: break-word; max-width: 24em; }
tr.error td { background: #fdd; }
tr.skipped td { color: #777; }
img { display: block; }
</style>
</head>
<body>
<h1>hiss denoise</h1>
<p>A click on a heading sorts. Pictures: spectrograms before (left) and after, on one scale.
Pauses are the quietest fifth of the windows of 20 ms, speech the loudest; what was removed there and
the signal-to-noise ratios (SNR) are estimates that know no clean recording. Much removed in speech
means that the noise was as loud as the speech, or that speech was hurt.</p>
<table>
)";

// Sorts the rows by the column clicked on, numbers as numbers; a second click turns them around.
constexpr std::string_view kHtmlScript = R"(<script>
document.querySelectorAll("th[data-column]").forEach(function (head) {
  head.addEventListener("click", function () {
    var body = document.querySelector("tbody"), column = +head.dataset.column;
    var down = head.dataset.order === "up";
    head.dataset.order = down ? "down" : "up";
    var key = function (row) { return row.cells[column].dataset.value; };
    Array.from(body.rows).sort(function (a, b) {
      var x = key(a), y = key(b), order;
      if (x === "" || y === "") return (x === "") - (y === "");
      order = isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y;
      return down ? -order : order;
    }).forEach(function (row) { body.appendChild(row); });
  });
});
</script>
)";

std::string base64(const std::string& bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += i + k > bytes.size() ? '=' : kDigits[group >> (18 - 6 * k) & 63U];
    }
  }
  return text;
}

// Value of a column; empty if the file has none.
std::string valueOf(const json& file, const Column& column, bool rounded) {
  const json::json_pointer pointer(column.pointer);
  if (!file.contains(pointer) || file.at(pointer).is_null()) return {};
  const json& value = file.at(pointer);
  if (value.is_string()) return asUtf8(value.get<std::string>());
  if (rounded && column.decimals >= 0) {
    return fmt::format("{:.{}f}", value.get<double>(), column.decimals);
  }
  return value.dump();
}

std::string csvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string htmlText(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// Paths may go to the next line behind each slash.
std::string breakable(const std::string& text, const Column& column) {
  if (column.decimals >= 0) return text;
  std::string parts;
  for (const char c : text) {
    parts += c;
    if (c == '/') parts += "<wbr>";
  }
  return parts;
}

std::string pictureCell(const std::string& png) {
  if (png.empty()) return "<td></td>";
  return fmt::format("<td><img alt=\"before and after\" src=\"data:image/png;base64,{}\"></td>",
                     base64(png));
}

const char* classOf(const Column& column) { return column.decimals < 0 ? " class=\"text\"" : ""; }

}  // namespace

bool ReportFile::isReportName(const std::string& name) {
  return name.ends_with(".json") || name.ends_with(".csv") || name.ends_with(".html");
}

ReportFile::ReportFile(const std::string& path, bool replace)
    : kind_(path.ends_with(".json")  ? Kind::kJson
            : path.ends_with(".csv") ? Kind::kCsv
                                     : Kind::kHtml),
      output_(path, replace ? AtomicOutput::Existing::kReplace : AtomicOutput::Existing::kRefuse) {
  std::string head;
  if (kind_ == Kind::kCsv) {
    for (const Column& column : kColumns) {
      if (!head.empty()) head += ",";
      head += column.name;
    }
    head += "\r\n";
  } else if (kind_ == Kind::kHtml) {
    head = std::string(kHtmlHead) + "<thead><tr>";
    int index = 0;
    for (const Column& column : kColumns) {
      head +=
          fmt::format("<th{} data-column=\"{}\">{}</th>", classOf(column), index++, column.title);
      if (index == kPictureCell) {
        head += "<th class=\"text\">before, after</th>";
        ++index;
      }
    }
    head += "</tr></thead>\n<tbody>\n";
  }
  write(head);
}

void ReportFile::add(const FileOutcome& outcome, const std::string& picture_png) {
  if (kind_ == Kind::kJson) return;
  json row = toJson(outcome);
  // Names that are not UTF-8 would make a broken text.
  if (row.contains("error")) row["message"] = row["error"]["message"];
  if (row.contains("reason")) row["message"] = row["reason"];
  addRow(row, picture_png);
}

void ReportFile::addRow(const json& row, const std::string& picture_png) {
  std::string text;
  if (kind_ == Kind::kCsv) {
    for (const Column& column : kColumns) {
      if (&column != kColumns.data()) text += ",";
      text += csvField(valueOf(row, column, false));
    }
    write(text + "\r\n");
    return;
  }
  text = fmt::format("<tr class=\"{}\">", row.at("status").get<std::string>());
  int index = 0;
  for (const Column& column : kColumns) {
    text += fmt::format("<td{} data-value=\"{}\">{}</td>", classOf(column),
                        htmlText(valueOf(row, column, false)),
                        breakable(htmlText(valueOf(row, column, true)), column));
    if (++index == kPictureCell) text += pictureCell(picture_png);
  }
  write(text + "</tr>\n");
}

void ReportFile::finish(const json& document) {
  if (kind_ == Kind::kJson) {
    write(document.dump(2, ' ', false, json::error_handler_t::replace) + "\n");
  } else if (kind_ == Kind::kHtml) {
    write(
        fmt::format("</tbody>\n</table>\n<p>hiss {}, model {}, SIMD {}; {} files, {} failed</p>\n",
                    htmlText(document.at("hiss").get<std::string>()),
                    htmlText(asUtf8(document.at("model").at("name").get<std::string>())),
                    document.at("simd").get<std::string>(), document.at("files").size(),
                    document.at("failed").get<std::size_t>()));
    write(std::string(kHtmlScript) + "</body>\n</html>\n");
  }
  output_.commit();
}

void ReportFile::write(const std::string& text) {
  if (output_.file().write(std::as_bytes(std::span(text))) == text.size()) return;
  throw Failure(FailureKind::kOutput, output_.name(), "room to write the report",
                errnoText(output_.file().lastError()));
}

}  // namespace hiss
