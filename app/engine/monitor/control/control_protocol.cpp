// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/control/control_protocol.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>

#include "app/engine/edit_distance.h"
#include "app/engine/failure.h"
#include "app/engine/monitor/sinks/event_json.h"
#include "app/engine/monitor/stream_rules.h"

namespace hiss {
namespace {

using nlohmann::json;

constexpr std::size_t kMostTextBytes = 4096;
constexpr std::int64_t kMostAnswers = 100000;
constexpr double kMostMuteSeconds = 366.0 * 86400.0;

// The request's values, checked.
class Request {
 public:
  explicit Request(const json& object) : object_(object) {}

  std::string text(const char* key, bool is_needed = true) {
    const json* const value = find(key, is_needed);
    if (value == nullptr) return {};
    if (!value->is_string() || value->get_ref<const std::string&>().size() > kMostTextBytes ||
        (is_needed && value->get_ref<const std::string&>().empty())) {
      fail(key, fmt::format("a text of at most {} bytes", kMostTextBytes));
    }
    return *value;
  }

  std::size_t count(const char* key, std::int64_t otherwise) {
    const json* const value = find(key, false);
    if (value == nullptr) return static_cast<std::size_t>(otherwise);
    if (!value->is_number_integer() || *value < 1 || *value > kMostAnswers) {
      fail(key, fmt::format("a whole number from 1 to {}", kMostAnswers));
    }
    return *value;
  }

  double seconds(const char* key) {
    const json* const value = find(key, true);
    const bool is_good = value->is_number() && value->get<double>() > 0.0 &&
                         value->get<double>() <= kMostMuteSeconds;
    if (!is_good) fail(key, fmt::format("seconds above 0, at most {}", kMostMuteSeconds));
    return *value;
  }

  void done() const {
    for (const auto& item : object_.items()) {
      if (taken_.count(item.key()) == 0) fail("request", "no key \"" + oneLine(item.key()) + "\"");
    }
  }

  [[noreturn]] static void fail(std::string_view subject, const std::string& expected,
                                std::string_view found = "something else") {
    throw Failure(FailureKind::kUsage, subject, expected, found);
  }

 private:
  const json* find(const char* key, bool is_needed) {
    taken_.insert(key);
    const auto found = object_.find(key);
    if (found != object_.end()) return &*found;
    if (is_needed) fail("request", fmt::format("a \"{}\"", key), "none");
    return nullptr;
  }

  const json& object_;
  std::set<std::string> taken_;
};

json textOrNull(const std::string& text) { return text.empty() ? json(nullptr) : json(text); }

json toJson(const SourceStatus& source) {
  return {{"uri", source.uri},
          {"connected", source.connected},
          {"ended", source.ended},
          {"rows", source.rows},
          {"malformed", source.malformed},
          {"dropped", source.dropped},
          {"reconnects", source.reconnects},
          {"problem", textOrNull(source.problem)}};
}

json toJson(const SinkStatus& sink) {
  return {{"uri", sink.uri},         {"connected", sink.connected},
          {"written", sink.written}, {"queued", sink.queued},
          {"dropped", sink.dropped}, {"problem", textOrNull(sink.problem)}};
}

json toJson(const StreamStatus& stream) {
  return {{"stream", stream.stream},
          {"channels", stream.channels},
          {"rows", stream.rows},
          {"alerts", stream.alerts},
          {"score", stream.score},
          {"p", stream.p},
          {"interval_seconds", stream.interval_seconds},
          {"last_seen_seconds", stream.last_seen_seconds},
          {"gaps", stream.gaps},
          {"out_of_order", stream.out_of_order},
          {"warming_up", stream.warming_up},
          {"muted", stream.muted},
          {"no_data", stream.no_data},
          {"alert", textOrNull(stream.alert_id)}};
}

json statusJson(const MonitorStatus& status) {
  json sources = json::array();
  for (const SourceStatus& source : status.sources) sources.push_back(toJson(source));
  json sinks = json::array();
  for (const SinkStatus& sink : status.sinks) sinks.push_back(toJson(sink));
  const auto alerting = std::count_if(status.streams.begin(), status.streams.end(),
                                      [](const StreamStatus& s) { return !s.alert_id.empty(); });
  return {{"uptime_seconds", status.uptime_seconds},
          {"streams", status.streams.size()},
          {"streams_alerting", alerting},
          {"streams_refused", status.streams_refused},
          {"rows", status.rows},
          {"values", status.values},
          {"alerts", status.alerts},
          {"malformed", status.malformed},
          {"dropped", status.dropped},
          {"model_seconds", status.model_seconds},
          {"queue_rows", status.queue_rows},
          {"latency_p50_seconds", status.latency_p50_seconds},
          {"latency_p99_seconds", status.latency_p99_seconds},
          {"state_age_seconds",
           status.state_age_seconds < 0.0 ? json(nullptr) : json(status.state_age_seconds)},
          {"state_bytes", status.state_bytes},
          {"state_problem", textOrNull(status.state_problem)},
          {"sources", sources},
          {"sinks", sinks}};
}

// What a command needs.
struct Desk {
  MonitorControls& controls;
  LabelStore* labels;
  std::int64_t now_ns;
};

json answerStatus(Request& request, const Desk& desk) {
  request.done();
  return statusJson(desk.controls.status());
}

json answerStreams(Request& request, const Desk& desk) {
  const std::string glob = request.text("glob", false);
  request.done();
  json list = json::array();
  for (const StreamStatus& stream : desk.controls.status().streams) {
    if (glob.empty() || matchesGlob(glob, stream.stream)) list.push_back(toJson(stream));
  }
  return {{"streams", list}};
}

json answerAlerts(Request& request, const Desk& desk) {
  const std::size_t most = request.count("most", 50);
  request.done();
  json list = json::array();
  for (const AlertEvent& event : desk.controls.alerts(most)) {
    fmt::memory_buffer text;
    appendAlertJson(text, event);
    list.push_back(json::parse(text.begin(), text.end()));
  }
  return {{"alerts", list}};
}

[[noreturn]] void failUnknown(const std::string& id) {
  Request::fail("alert \"" + id + "\"", "one of this run (`alerts` lists them)", "none");
}

json answerAck(Request& request, const Desk& desk) {
  const std::string id = request.text("id");
  const std::string note = request.text("note", false);
  request.done();
  if (!desk.controls.acknowledge(id, note)) failUnknown(id);
  return {{"id", id}};
}

json answerLabel(Request& request, const Desk& desk) {
  const std::string id = request.text("id");
  const std::string label = request.text("label");
  const std::string note = request.text("note", false);
  request.done();
  if (label != "normal" && label != "fault") {
    Request::fail("label", "\"normal\" or \"fault\"", "\"" + label + "\"");
  }
  const std::vector<AlertEvent> alerts = desk.controls.alerts(std::size_t{kMostAnswers});
  const auto event = std::find_if(alerts.begin(), alerts.end(),
                                  [&](const AlertEvent& alert) { return alert.id == id; });
  if (event == alerts.end()) failUnknown(id);
  // First on disk, then told: what was told is kept.
  if (desk.labels != nullptr) desk.labels->add(labelOf(*event, label, note, desk.now_ns));
  if (!desk.controls.label(id, label, note)) failUnknown(id);
  return {{"id", id}, {"label", label}, {"kept", desk.labels != nullptr}};
}

json answerLabels(Request& request, const Desk& desk) {
  const std::size_t most = request.count("most", kMostAnswers);
  request.done();
  if (desk.labels == nullptr) {
    Request::fail("labels", "a monitor with a state folder", "one without");
  }
  std::size_t damaged = 0;
  json list = json::array();
  for (const LabelStore::Label& label : desk.labels->read(most, &damaged)) {
    list.push_back(json::parse(labelJson(label)));
  }
  return {{"labels", list}, {"damaged_lines", damaged}};
}

json answerMute(Request& request, const Desk& desk) {
  const std::string glob = request.text("glob");
  const double seconds = request.seconds("seconds");
  request.done();
  desk.controls.mute(glob, seconds);
  return {{"glob", glob}, {"seconds", seconds}};
}

json answerUnmute(Request& request, const Desk& desk) {
  const std::string glob = request.text("glob");
  request.done();
  desk.controls.mute(glob, 0.0);
  return {{"glob", glob}};
}

json answerSave(Request& request, const Desk& desk) {
  request.done();
  desk.controls.save();
  return json::object();
}

json answerReload(Request& request, const Desk& desk) {
  request.done();
  desk.controls.reload();
  return json::object();
}

json answer(std::string_view text, const Desk& desk) {
  static const std::map<std::string, json (*)(Request&, const Desk&)> kCommands = {
      {"status", answerStatus}, {"streams", answerStreams}, {"alerts", answerAlerts},
      {"ack", answerAck},       {"label", answerLabel},     {"labels", answerLabels},
      {"mute", answerMute},     {"unmute", answerUnmute},   {"save", answerSave},
      {"reload", answerReload}};
  // Requests are flat; deeper ones are not worth the parser's stack.
  const json object = json::parse(
      text,
      [](int depth, json::parse_event_t, json&) {
        if (depth > 1) Request::fail("request", "a flat object of JSON", "a nested one");
        return true;
      },
      false);
  if (!object.is_object())
    Request::fail("request", "one line with an object of JSON", "another text");
  Request request(object);
  const std::string name = request.text("command");
  const auto command = kCommands.find(name);
  if (command == kCommands.end()) {
    std::set<std::string> names;
    for (const auto& [known, function] : kCommands) names.insert(known);
    const auto closest = closestName(name, names);
    Request::fail("command", closest ? "\"" + *closest + "\"" : "one of " + quotedList(names),
                  "\"" + name + "\"");
  }
  return command->second(request, desk);
}

std::string refusal(const Failure& failure) {
  const json object = {{"ok", false}, {"kind", nameOf(failure.kind())}, {"error", failure.what()}};
  return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

std::string controlRefusal(std::string_view error) {
  return refusal(Failure(FailureKind::kUsage, error));
}

std::string answerControlRequest(std::string_view request, MonitorControls& controls,
                                 LabelStore* labels, std::int64_t now_ns) {
  try {
    const json object = {{"ok", true}, {"result", answer(request, {controls, labels, now_ns})}};
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
  } catch (...) {
    return refusal(currentFailure("request"));
  }
}

}  // namespace hiss
