// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/monitor_config.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>

#include "app/engine/byte_file.h"
#include "app/engine/failure.h"
#include "app/engine/monitor/config/environment.h"
#include "app/engine/monitor/config/toml_keys.h"
#include "app/engine/monitor/sink.h"
#include "app/engine/monitor/source.h"
#include "models/anomaly_detector.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMostConfigBytes = std::int64_t{16} << 20;
constexpr double kMostFalseAlarms = 1e6;
constexpr double kMostAlarmShare = 0.5;
constexpr std::int64_t kMostRuleRows = 1'000'000;
constexpr double kDay = 86400.0;
constexpr double kMostNoData = 366.0 * kDay;
constexpr double kInfinite = std::numeric_limits<double>::infinity();

class ConfigReader {
 public:
  ConfigReader(std::string file, fs::path folder)
      : file_(std::move(file)), folder_(std::move(folder)) {}

  MonitorConfig read(const toml::table& root) {
    TomlKeys keys(root, file_, "");
    if (const toml::table* table = keys.table("monitor")) readMonitor(*table);
    if (const toml::table* table = keys.table("defaults")) {
      TomlKeys defaults(*table, file_, "defaults");
      const RulePatch patch = readRule(defaults);
      defaults.done();
      config_.defaults = rulesFor({patch}, config_.defaults, "");
    }
    for (const toml::table* table : keys.tables("source")) {
      config_.sources.push_back(readEndpoint(*table, "source"));
    }
    for (const toml::table* table : keys.tables("sink")) {
      config_.sinks.push_back(readEndpoint(*table, "sink"));
    }
    for (const toml::table* table : keys.tables("rule")) {
      TomlKeys rule(*table, file_, "rule");
      const std::optional<std::string> stream = rule.text("stream");
      if (!stream || stream->empty()) rule.fail("stream", "a pattern of streams", "none");
      config_.rules.push_back(readRule(rule));
      config_.rules.back().stream = *stream;
      rule.done();
    }
    keys.done();
    checkEndpointNames(config_);
    return std::move(config_);
  }

 private:
  void readMonitor(const toml::table& table) {
    TomlKeys keys(table, file_, "monitor");
    std::set<std::string> detectors;
    for (const std::string& name : detectorNames()) detectors.insert(name);
    if (const auto detector = keys.oneOf("detector", detectors)) config_.detector = *detector;
    if (const auto state = keys.text("state")) config_.state_folder = below(*state);
    if (const auto control = keys.text("control")) config_.control_socket = below(*control);
    config_.save_every_seconds =
        keys.seconds("save_every", 0.1, kDay).value_or(config_.save_every_seconds);
    config_.most_streams =
        static_cast<std::uint64_t>(keys.integer("max_streams", 1, 10'000'000)
                                       .value_or(static_cast<std::int64_t>(config_.most_streams)));
    config_.most_channels = static_cast<int>(
        keys.integer("max_channels", 1, 1024).value_or(std::int64_t{config_.most_channels}));
    config_.queue_rows =
        static_cast<std::size_t>(keys.integer("queue_rows", 1, 100'000'000)
                                     .value_or(static_cast<std::int64_t>(config_.queue_rows)));
    if (const auto level = keys.oneOf("log_level", {"debug", "info", "warning", "error"})) {
      config_.log_level = *level == "debug"     ? LogLevel::kDebug
                          : *level == "warning" ? LogLevel::kWarning
                          : *level == "error"   ? LogLevel::kError
                                                : LogLevel::kInfo;
    }
    keys.done();
  }

  // The keys that [defaults] and [[rule]] have in common.
  RulePatch readRule(TomlKeys& keys) {
    RulePatch patch;
    patch.false_alarms_per_week = keys.number("false_alarms_per_week", 1e-6, kMostFalseAlarms);
    patch.alarm_p = keys.number("alarm_p", kLeastAlarmP, kMostAlarmShare);
    if (patch.false_alarms_per_week && patch.alarm_p) {
      keys.fail("alarm_p", "either false_alarms_per_week or alarm_p", "both");
    }
    patch.hold_rows = rows(keys, "hold_rows", 1);
    patch.cool_down_rows = rows(keys, "cool_down_rows", 0);
    patch.flap_rows = rows(keys, "flap_rows", 0);
    patch.no_data_seconds = keys.seconds("no_data", 0.0, kMostNoData);
    patch.ignore = keys.flag("ignore");
    for (const toml::table* table : keys.tables("limits"))
      patch.limits.push_back(readLimit(*table));
    for (const toml::table* table : keys.tables("mute")) patch.mute.push_back(readMute(*table));
    return patch;
  }

  static std::optional<int> rows(TomlKeys& keys, const std::string& key, std::int64_t least) {
    const std::optional<std::int64_t> rows = keys.integer(key, least, kMostRuleRows);
    return rows ? std::optional(static_cast<int>(*rows)) : std::nullopt;
  }

  ValueLimit readLimit(const toml::table& table) {
    TomlKeys keys(table, file_, "limits");
    ValueLimit limit;
    limit.channel = keys.text("channel").value_or(limit.channel);
    limit.floor = keys.number("floor", -kInfinite, kInfinite);
    limit.ceiling = keys.number("ceiling", -kInfinite, kInfinite);
    keys.done();
    if (!limit.floor && !limit.ceiling) keys.fail("floor", "a floor or a ceiling", "neither");
    if (limit.floor && limit.ceiling && *limit.floor > *limit.ceiling) {
      keys.fail("floor", fmt::format("at most the ceiling, {}", *limit.ceiling),
                fmt::format("{}", *limit.floor));
    }
    return limit;
  }

  MuteWindow readMute(const toml::table& table) {
    TomlKeys keys(table, file_, "mute");
    const std::optional<std::string> cron = keys.text("cron");
    const std::optional<std::int64_t> minutes = keys.integer("minutes", 1, 10080);
    const bool utc = keys.flag("utc").value_or(false);
    keys.done();
    if (!cron) keys.fail("cron", "when it begins, such as \"0 2 * * sun\"", "none");
    if (!minutes) keys.fail("minutes", "how long it lasts, 1 to 10080", "none");
    try {
      return parseMuteWindow(*cron, static_cast<int>(*minutes), !utc);
    } catch (const std::invalid_argument& error) {
      throw Failure(FailureKind::kUsage, keys.place("cron") + ": mute.cron: " + error.what());
    }
  }

  Endpoint readEndpoint(const toml::table& table, const std::string& kind) {
    TomlKeys keys(table, file_, kind);
    const toml::node* const node = table.get("uri");
    if (node == nullptr || !node->is_string()) {
      keys.fail("uri", "a URI in quotes, such as \"mqtt://localhost/plant/#\"",
                node == nullptr ? "none" : "something else");
    }
    const std::string& raw = node->as_string()->get();
    // A whole URI may be in a variable; in others its parts are put in when they are apart.
    const bool is_all_variable = raw.rfind("${", 0) == 0;
    const std::optional<std::string> whole = keys.text("uri");
    Endpoint endpoint = makeEndpoint(is_all_variable ? *whole : raw, keys.place());
    if (!is_all_variable) {
      try {
        const bool has_id = endpoint.name != displayName(endpoint.uri);
        expand(endpoint.uri);
        for (auto& [key, value] : endpoint.options) value = expandVariables(value);
        if (!has_id) endpoint.name = displayName(endpoint.uri);
      } catch (const std::invalid_argument& error) {  // of a "${" that was written with escapes
        throw Failure(FailureKind::kUsage, keys.place("uri") + ": uri: " + error.what());
      }
    }
    for (auto& [key, value] : keys.rest()) {
      if (key == "id") {
        if (value.empty()) keys.fail(key, "a name", "an empty text");
        endpoint.name = value;
      } else {
        endpoint.options[key] = std::move(value);
      }
    }
    resolvePaths(endpoint);
    return endpoint;
  }

  static void expand(Uri& uri) {
    for (std::string* part :
         {&uri.user, &uri.password, &uri.host, &uri.path, &uri.fragment, &uri.address}) {
      *part = expandVariables(*part);
    }
    for (auto& [key, value] : uri.query) value = expandVariables(value);
  }

  void resolvePaths(Endpoint& endpoint) const {
    static const std::set<std::string> kFileSchemes = {"csv", "wav", "jsonl"};
    static const std::set<std::string> kFileOptions = {"ca", "cert", "key"};
    constexpr std::string_view kFileEnding = "_file";
    std::string& path = endpoint.uri.path;
    if (kFileSchemes.count(endpoint.uri.scheme) > 0 && !endpoint.uri.has_authority &&
        !path.empty() && path != "-") {
      path = below(path).string();
    }
    for (auto& [key, value] : endpoint.options) {
      const bool is_file =
          kFileOptions.count(key) > 0 ||
          (key.size() > kFileEnding.size() &&
           key.compare(key.size() - kFileEnding.size(), kFileEnding.size(), kFileEnding) == 0);
      if (is_file && !value.empty()) value = below(value).string();
    }
  }

  // A path as it is meant in the file: "" stays empty, an absolute one stays as it is.
  [[nodiscard]] fs::path below(const std::string& path) const {
    return path.empty() ? fs::path() : (folder_ / path).lexically_normal();
  }

  std::string file_;
  fs::path folder_;
  MonitorConfig config_;
};

std::string readText(const fs::path& path) {
  ByteFile file = ByteFile::openForReading(path);
  const std::int64_t size = file.size();
  if (size < 0 || size > kMostConfigBytes) {
    throw Failure(FailureKind::kInput, path.string(),
                  fmt::format("a file of at most {} bytes", kMostConfigBytes),
                  size < 0 ? "none" : std::to_string(size));
  }
  std::string text(static_cast<std::size_t>(size), '\0');
  const std::size_t count = file.read(std::as_writable_bytes(std::span(text)));
  if (file.lastError() != 0) {
    throw Failure(FailureKind::kInput, path.string(), "a readable file",
                  errnoText(file.lastError()));
  }
  text.resize(count);
  return text;
}

void checkNamesOf(const std::vector<Endpoint>& endpoints, std::string_view kind) {
  std::map<std::string, const Endpoint*> names;
  for (const Endpoint& endpoint : endpoints) {
    const auto [found, is_new] = names.emplace(endpoint.name, &endpoint);
    if (!is_new) {
      throw Failure(FailureKind::kUsage, endpoint.origin + ": " + endpoint.name,
                    fmt::format("a {} of another name (the option id gives it one)", kind),
                    "that of " + found->second->origin);
    }
  }
}

}  // namespace

MonitorConfig parseMonitorConfig(const std::string& text, const std::string& name,
                                 const std::filesystem::path& folder) {
  try {
    const toml::table root = toml::parse(text);
    return ConfigReader(name, folder).read(root);
  } catch (const toml::parse_error& error) {
    throw Failure(FailureKind::kUsage, fmt::format("{}:{}", name, error.source().begin.line),
                  "a TOML file", error.description());
  }
}

MonitorConfig readMonitorConfig(const std::filesystem::path& path) {
  return parseMonitorConfig(readText(path), path.string(), fs::absolute(path).parent_path());
}

void checkEndpointNames(const MonitorConfig& config) {
  checkNamesOf(config.sources, "source");
  checkNamesOf(config.sinks, "sink");
}

void checkMonitorConfig(const MonitorConfig& config, MonitorLog& log) {
  if (config.sources.empty()) {
    throw Failure(FailureKind::kUsage, "configuration", "a source", "none");
  }
  if (config.sinks.empty()) throw Failure(FailureKind::kUsage, "configuration", "a sink", "none");
  checkEndpointNames(config);
  for (const Endpoint& endpoint : config.sources) (void)makeSource(endpoint, log);
  SinkContext context;
  context.log = &log;
  context.status = [] { return MonitorStatus(); };
  context.state_folder = config.state_folder.string();
  for (const Endpoint& endpoint : config.sinks) (void)makeSink(endpoint, context);
}

}  // namespace hiss
