// SPDX-License-Identifier: Apache-2.0
// The sinks jsonl: and csv:, which share the rotating log.
#include <algorithm>
#include <cmath>
#include <iterator>
#include <nlohmann/json.hpp>

#include "app/engine/failure.h"
#include "app/engine/journal.h"
#include "app/engine/monitor/sinks/event_json.h"
#include "app/engine/monitor/sinks/make_sinks.h"
#include "app/engine/monitor/sinks/rotating_log.h"
#include "app/engine/sensors/csv_cells.h"

namespace hiss {
namespace {

using Json = nlohmann::json;

constexpr char kBetween = '\0';  // parts of a key; in no name

std::string_view viewOf(const fmt::memory_buffer& buffer) { return {buffer.data(), buffer.size()}; }

RotatingLogSettings logSettings(const Endpoint& endpoint, const SinkContext& context,
                                OptionReader& options) {
  RotatingLogSettings settings;
  settings.path = endpoint.uri.path;
  settings.name = endpoint.name;
  if (endpoint.uri.path.empty() || endpoint.uri.has_authority) {
    throw Failure(FailureKind::kUsage, endpoint.origin + ": " + endpoint.name,
                  "a file: " + endpoint.uri.scheme + ":FILE or " + endpoint.uri.scheme + ":-",
                  endpoint.uri.path.empty() ? "none" : "//");
  }
  if (!context.state_folder.empty()) {
    settings.start_note = std::filesystem::path(context.state_folder) /
                          ("log-" + fingerprintOfText(endpoint.uri.address) + ".start");
  }
  settings.max_bytes =
      options.bytes("max_bytes", 1024, std::uint64_t{1} << 50U, settings.max_bytes);
  settings.keep = static_cast<int>(options.integer("keep", 0, 1000, settings.keep));
  return settings;
}

std::string_view textOf(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string()
             ? std::string_view(found->get_ref<const std::string&>())
             : std::string_view();
}

class JsonLinesSink final : public Sink {
 public:
  JsonLinesSink(const RotatingLogSettings& settings, const std::string& what, MonitorLog& log)
      : log_(settings, log), scores_(what != "alerts"), alerts_(what != "scores") {}

  void open(const std::string& token) override { log_.open(token, keyOf); }

  void score(const ScoredRow& row) override {
    if (!scores_) return;
    line_.clear();
    appendScoreJson(line_, row);
    if (!log_.expectsRepeats()) return log_.append(viewOf(line_));
    log_.append(viewOf(line_), scoreKey(row.stream, row.row,
                                        row.stamp_ns ? isoTime(*row.stamp_ns) : std::string()));
  }

  void alert(const AlertEvent& event) override {
    if (!alerts_) return;
    line_.clear();
    appendAlertJson(line_, event);
    log_.append(viewOf(line_), isRepeatable(nameOf(event.phase))
                                   ? alertKey(event.id, nameOf(event.phase))
                                   : std::string());
  }

  void flush() override { log_.flush(); }
  std::string checkpoint() override { return log_.checkpoint(); }
  void close() noexcept override { log_.close(); }
  SinkStatus status() const override { return log_.status(); }

 private:
  static std::string scoreKey(std::string_view stream, std::uint64_t row, std::string_view time) {
    // As it reads in the file, where bytes that are not UTF-8 were replaced.
    fmt::memory_buffer key;
    fmt::format_to(std::back_inserter(key), "score{}{}{}{}{}", kBetween, row, kBetween, time,
                   kBetween);
    appendJsonText(key, stream);
    return fmt::to_string(key);
  }
  static std::string alertKey(std::string_view id, std::string_view phase) {
    return fmt::format("alert{}{}{}{}", kBetween, id, kBetween, phase);
  }
  // What people did is not done again by scoring the rows again.
  static bool isRepeatable(std::string_view phase) {
    return phase == nameOf(AlertPhase::kBegan) || phase == nameOf(AlertPhase::kEnded);
  }
  static std::optional<std::string> keyOf(std::string_view line) {
    const Json json = Json::parse(line, nullptr, false);
    if (!json.is_object()) return std::nullopt;
    if (textOf(json, "type") == "alert") {
      const std::string_view phase = textOf(json, "phase");
      if (!isRepeatable(phase)) return std::nullopt;
      return alertKey(textOf(json, "id"), phase);
    }
    const auto row = json.find("row");
    if (row == json.end() || !row->is_number_unsigned()) return std::nullopt;
    return scoreKey(textOf(json, "stream"), row->get<std::uint64_t>(), textOf(json, "time"));
  }

  RotatingLog log_;
  bool scores_;
  bool alerts_;
  fmt::memory_buffer line_;
};

class CsvSink final : public Sink {
 public:
  CsvSink(const RotatingLogSettings& settings, MonitorLog& log) : log_(settings, log) {}

  void open(const std::string& token) override { log_.open(token, keyOf); }

  void score(const ScoredRow& row) override {
    head_.clear();
    if (row.stamp_ns) appendIsoTime(head_, *row.stamp_ns);
    head_.push_back(',');
    appendName(head_, row.stream);
    fmt::format_to(std::back_inserter(head_), ",{},", row.row);
    for (std::size_t c = 0; c < row.channels.size(); ++c) {
      line_.clear();
      line_.append(head_.begin(), head_.end());
      appendName(line_, row.channels[c]);
      const std::size_t key_bytes = line_.size();
      appendNumber(row.values[c]);
      appendNumber(row.verdicts[c].low);
      appendNumber(row.verdicts[c].high);
      appendNumber(row.p);
      appendNumber(row.score);
      line_.push_back(',');
      appendName(line_, row.alert_id);
      log_.append(viewOf(line_), viewOf(line_).substr(0, key_bytes));
    }
  }

  void alert(const AlertEvent&) override {}
  void flush() override { log_.flush(); }
  std::string checkpoint() override { return log_.checkpoint(); }
  void close() noexcept override { log_.close(); }
  SinkStatus status() const override { return log_.status(); }

  static constexpr const char* kHeader = "time,stream,row,channel,value,low,high,p,score,alert";

 private:
  // A record is a line: control characters are written as \xNN.
  static void appendName(fmt::memory_buffer& out, std::string_view name) {
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return static_cast<unsigned char>(c) >= 0x20 && c != 0x7f;
    });
    appendCell(out, plain ? name : oneLine(name));
  }
  template <class Number>
  void appendNumber(Number value) {
    line_.push_back(',');
    hiss::appendNumber(line_, value);
  }
  // All before the fourth comma that stands outside quotes.
  static std::optional<std::string> keyOf(std::string_view line) {
    bool quoted = false;
    int commas = 0;
    for (std::size_t at = 0; at < line.size(); ++at) {
      if (line[at] == '"') quoted = !quoted;
      if (line[at] == ',' && !quoted && ++commas == 4) return std::string(line.substr(0, at));
    }
    return std::nullopt;
  }

  RotatingLog log_;
  fmt::memory_buffer head_;
  fmt::memory_buffer line_;
};

}  // namespace

std::unique_ptr<Sink> makeJsonLinesSink(const Endpoint& endpoint, const SinkContext& context) {
  OptionReader options(endpoint);
  const RotatingLogSettings settings = logSettings(endpoint, context, options);
  const std::string what = options.oneOf("what", {"alerts", "scores", "all"}, "alerts");
  options.done();
  return std::make_unique<JsonLinesSink>(settings, what, *context.log);
}

std::unique_ptr<Sink> makeCsvSink(const Endpoint& endpoint, const SinkContext& context) {
  OptionReader options(endpoint);
  RotatingLogSettings settings = logSettings(endpoint, context, options);
  settings.header = CsvSink::kHeader;
  options.done();
  return std::make_unique<CsvSink>(settings, *context.log);
}

}  // namespace hiss
