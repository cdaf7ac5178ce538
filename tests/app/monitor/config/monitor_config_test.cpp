// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/monitor_config.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "app/engine/monitor/config/environment.h"
#include "tests/app/monitor/config/failures.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

using Options = std::map<std::string, std::string>;

MonitorConfig parse(const std::string& text) {
  return parseMonitorConfig(text, "plant.toml", "/etc/hiss");
}

std::string faultOf(const std::string& text) {
  return usageFault([&] { parse(text); });
}

TEST(EnvironmentTest, PutsVariablesIn) {
  ::setenv("HISS_TEST_A", "x y", 1);
  ::setenv("HISS_TEST_EMPTY", "", 1);
  EXPECT_EQ(expandVariables("a ${HISS_TEST_A}${HISS_TEST_EMPTY}!"), "a x y!");
  EXPECT_EQ(expandVariables("$HISS_TEST_A $${HISS_TEST_A} $ {"), "$HISS_TEST_A ${HISS_TEST_A} $ {");
  EXPECT_EQ(expandVariables(""), "");
  for (const char* const text : {"${", "${}", "${A", "${A-B}", "${1A}", "${HISS_TEST_NONE}"}) {
    EXPECT_THROW(expandVariables(text), std::invalid_argument) << text;
  }
}

TEST(MonitorConfigTest, AnEmptyFileHasTheDefaults) {
  const MonitorConfig config = parse("");
  const MonitorConfig defaults;
  EXPECT_EQ(config.detector, defaults.detector);
  EXPECT_EQ(config.save_every_seconds, defaults.save_every_seconds);
  EXPECT_TRUE(config.state_folder.empty());
  EXPECT_TRUE(config.sources.empty());
  EXPECT_EQ(config.defaults.alert.hold_rows, AlertSettings().hold_rows);
}

TEST(MonitorConfigTest, ReadsEveryKey) {
  const MonitorConfig config = parse(R"(
[monitor]
detector = "ewma"
state = "state"
save_every = "5m"
max_streams = 5
max_channels = 6
queue_rows = 7
control = "/run/c.sock"
log_level = "warning"
[defaults]
false_alarms_per_week = 3
hold_rows = 4
cool_down_rows = 5
flap_rows = 6
no_data = 90
limits = [{channel = "t*", floor = -1, ceiling = 2.5}]
mute = [{cron = "0 2 * * *", minutes = 60, utc = true}]
[[rule]]
stream = "a/*"
alarm_p = 1e-4
ignore = true
no_data = "1h"
)");
  EXPECT_EQ(config.detector, "ewma");
  EXPECT_EQ(config.state_folder, "/etc/hiss/state");
  EXPECT_EQ(config.save_every_seconds, 300.0);
  EXPECT_EQ(config.most_streams, 5U);
  EXPECT_EQ(config.most_channels, 6);
  EXPECT_EQ(config.queue_rows, 7U);
  EXPECT_EQ(config.control_socket, "/run/c.sock");
  EXPECT_EQ(config.log_level, LogLevel::kWarning);
  EXPECT_EQ(config.defaults.budget.false_alarms, 3.0);
  EXPECT_EQ(config.defaults.alert.hold_rows, 4);
  EXPECT_EQ(config.defaults.alert.cool_down_rows, 5);
  EXPECT_EQ(config.defaults.alert.flap_rows, 6);
  EXPECT_EQ(config.defaults.no_data_seconds, 90.0);
  ASSERT_EQ(config.defaults.limits.size(), 1U);
  EXPECT_EQ(config.defaults.limits[0].channel, "t*");
  EXPECT_EQ(config.defaults.limits[0].floor, -1.0);
  EXPECT_EQ(config.defaults.limits[0].ceiling, 2.5);
  ASSERT_EQ(config.defaults.mute.size(), 1U);
  EXPECT_FALSE(config.defaults.mute[0].local_time);
  EXPECT_EQ(config.defaults.mute[0].duration_minutes, 60);
  ASSERT_EQ(config.rules.size(), 1U);
  EXPECT_EQ(config.rules[0].stream, "a/*");
  EXPECT_EQ(config.rules[0].alarm_p, 1e-4);
  EXPECT_EQ(config.rules[0].ignore, true);
  EXPECT_EQ(config.rules[0].no_data_seconds, 3600.0);
  EXPECT_FALSE(config.rules[0].hold_rows);
}

TEST(MonitorConfigTest, ReadsSourcesAndSinks) {
  const MonitorConfig config = parse(R"(
[[source]]
uri = "mqtt://h/a/#?qos=0&json=/x"
qos = 1
topics = ["a", "b"]
persistent = true
every = 0.5
ca = "ca.pem"
password_file = "/run/pw"

[[source]]
uri = "csv:data/a.csv"
id = "replay"
[[sink]]
uri = "jsonl:-"
[[sink]]
uri = "jsonl:out.jsonl"
)");
  ASSERT_EQ(config.sources.size(), 2U);
  const Endpoint& mqtt = config.sources[0];
  EXPECT_EQ(mqtt.options, (Options{{"qos", "1"},
                                   {"json", "/x"},
                                   {"topics", "a,b"},
                                   {"persistent", "true"},
                                   {"every", "0.5"},
                                   {"ca", "/etc/hiss/ca.pem"},
                                   {"password_file", "/run/pw"}}));
  EXPECT_EQ(mqtt.origin, "plant.toml:2");
  EXPECT_EQ(mqtt.name, "mqtt://h/a/#");
  EXPECT_EQ(config.sources[1].name, "replay");
  EXPECT_EQ(config.sources[1].uri.path, "/etc/hiss/data/a.csv");
  EXPECT_TRUE(config.sources[1].options.empty());
  EXPECT_EQ(config.sinks[0].uri.path, "-");
  EXPECT_EQ(config.sinks[1].uri.path, "/etc/hiss/out.jsonl");
}

TEST(MonitorConfigTest, PutsVariablesIntoPartsOfUris) {
  ::setenv("HISS_TEST_PASSWORD", "p@ss:/?#%", 1);
  ::setenv("HISS_TEST_HOOK", "https://h/hook/T0#what=alerts", 1);
  const MonitorConfig config = parse(R"(
[[source]]
uri = "mqtt://ann:${HISS_TEST_PASSWORD}@h/a?x=${HISS_TEST_PASSWORD}"
token = "${HISS_TEST_PASSWORD}"
[[sink]]
uri = "${HISS_TEST_HOOK}"
)");
  EXPECT_EQ(config.sources[0].uri.password, "p@ss:/?#%");
  EXPECT_EQ(config.sources[0].uri.host, "h");
  EXPECT_EQ(config.sources[0].options.at("x"), "p@ss:/?#%");
  EXPECT_EQ(config.sources[0].options.at("token"), "p@ss:/?#%");
  EXPECT_EQ(config.sources[0].name, "mqtt://h/a");
  EXPECT_EQ(config.sinks[0].uri.address, "https://h/hook/T0");
  EXPECT_EQ(config.sinks[0].options.at("what"), "alerts");
}

TEST(MonitorConfigTest, SaysWhereAndWhat) {
  EXPECT_EQ(faultOf("[monitor]\ndetector = \"ewma\"\nsave_evry = 3\n"),
            "plant.toml:3: monitor.save_evry: expected \"save_every\", found a key that is not "
            "known");
  EXPECT_EQ(faultOf("[monitr]\n"),
            "plant.toml:1: monitr: expected \"monitor\", found a key that is not known");
  EXPECT_EQ(faultOf("\n[monitor]\nmax_streams = 0\n"),
            "plant.toml:3: monitor.max_streams: expected a whole number from 1 to 10000000, found "
            "0");
  EXPECT_EQ(faultOf("[defaults]\nlimits = [\n {channel = \"a\"},\n]\n"),
            "plant.toml:3: limits.floor: expected a floor or a ceiling, found neither");
  EXPECT_EQ(faultOf("[[rule]]\nhold_rows = 1\n"),
            "plant.toml:1: rule.stream: expected a pattern of streams, found none");
  EXPECT_EQ(faultOf("[[rule]]\nstream = \"a\"\n[[rule]]\nstream = \"b\"\nhold_rows = \"3\"\n"),
            "plant.toml:5: rule.hold_rows: expected a whole number from 1 to 1000000, found \"3\"");
  EXPECT_NE(faultOf("[defaults]\nmute = [{cron = \"0 25 * * *\", minutes = 1}]\n")
                .find("plant.toml:2: mute.cron: expected 0 to 23 as hour"),
            std::string::npos);
  EXPECT_NE(faultOf("a = \n").find("plant.toml:1: expected a TOML file, found "),
            std::string::npos);
  EXPECT_EQ(faultOf("[[source]]\n\nuri = \"udp://h:x\"\n").substr(0, 24),
            "plant.toml:1: udp://h:x:");
  EXPECT_EQ(
      faultOf("[[sink]]\nurl = \"jsonl:-\"\n"),
      "plant.toml:1: sink.uri: expected a URI in quotes, such as \"mqtt://localhost/plant/#\", "
      "found none");
}

TEST(MonitorConfigTest, RefusesWhatHasNoMeaning) {
  const std::vector<std::string> texts = {
      "monitor = 3",
      "[[monitor]]",
      "source = 3",
      "[source]\nuri = \"csv:a\"",
      "[[source]]",
      "[[source]]\nuri = 3",
      "[[source]]\nuri = \"csv:%24{HISS_TEST_NONE}\"",
      "[[source]]\nuri = \"csv:a\"\nx = {y = 1}",
      "[[source]]\nuri = \"csv:a\"\nx = 2026-11-22",
      "[[source]]\nuri = \"csv:a\"\nid = \"\"",
      "[[source]]\nuri = \"csv:${HISS_TEST_NONE}\"",
      "[[source]]\nuri = \"csv:a\"\nx = \"${HISS_TEST_NONE}\"",
      "[monitor]\ndetector = \"best\"",
      "[monitor]\nstate = 3",
      "[monitor]\nsave_every = \"soon\"",
      "[monitor]\nsave_every = 0",
      "[monitor]\nsave_every = true",
      "[monitor]\nlog_level = \"loud\"",
      "[defaults]\nfalse_alarms_per_week = nan",
      "[defaults]\nfalse_alarms_per_week = 0",
      "[defaults]\nfalse_alarms_per_week = 1\nalarm_p = 1e-3",
      "[defaults]\nstream = \"a\"",
      "[defaults]\nignore = 1",
      "[defaults]\nlimits = [3]",
      "[defaults]\nlimits = {floor = 1}",
      "[defaults]\nlimits = [{floor = 2, ceiling = 1}]",
      "[defaults]\nlimits = [{flor = 2, ceiling = 1}]",
      "[defaults]\nlimits = [{floor = nan}]",
      "[defaults]\nmute = [{cron = \"0 2 * * *\"}]",
      "[defaults]\nmute = [{minutes = 2}]",
      "[defaults]\nmute = [{cron = \"0 2 * * *\", minutes = 10081}]",
      "[[rule]]\nstream = \"\"",
      "[monitor]\n[monitor]",
  };
  for (const std::string& text : texts) {
    EXPECT_EQ(faultOf(text).rfind("plant.toml:", 0), 0U) << text << " -> " << faultOf(text);
  }
}

TEST(MonitorConfigTest, NeverRepeatsASecret) {
  ::setenv("HISS_TEST_SECRET", "hunter2", 1);
  for (const char* const text : {
           "[monitor]\nsave_every = \"${HISS_TEST_SECRET}\"",
           "[monitor]\nlog_level = \"${HISS_TEST_SECRET}\"",
           "[[source]]\nuri = \"mqtt://a:${HISS_TEST_SECRET}@h:x/\"",
           "[[source]]\nuri = \"mqtt://a:hunter2@h:x/\"",
           "[[source]]\nuri = \"mqtt://a:hunter2@h/\"\n[[source]]\nuri = \"mqtt://b:hunter2@h/\"",
           "[[source]]\nuri = \"mqtt://a:hunter2@h/\"\nx = {}",
       }) {
    EXPECT_EQ(faultOf(text).find("hunter2"), std::string::npos) << faultOf(text);
  }
}

TEST(MonitorConfigTest, NamesAreUnlike) {
  EXPECT_EQ(faultOf("[[source]]\nuri = \"csv:a.csv\"\n[[source]]\nuri = \"csv:a.csv?speed=1\"\n"),
            "plant.toml:3: csv:a.csv: expected a source of another name (the option id gives it "
            "one), found that of plant.toml:1");
  EXPECT_NO_THROW(
      parse("[[source]]\nuri = \"csv:a.csv\"\n[[source]]\nuri = \"csv:a.csv\"\nid = \"2\"\n"));
  EXPECT_NO_THROW(parse("[[source]]\nuri = \"mqtt://h/a\"\n[[sink]]\nuri = \"mqtt://h/a\"\n"));
}

TEST(MonitorConfigTest, IsCheckedWithItsSourcesAndSinks) {
  std::string lines;
  const auto log = MonitorLog::keeping(&lines);
  const auto check = [&](const std::string& text) { checkMonitorConfig(parse(text), *log); };
  const std::string sink = "[[sink]]\nuri = \"jsonl:-\"\n";
  EXPECT_EQ(usageFault([&] { check(sink); }), "configuration: expected a source, found none");
  EXPECT_NE(usageFault([&] { check("[[source]]\nuri = \"nope:a\"\n" + sink); }).find("nope"),
            std::string::npos);
}

class MonitorConfigFileTest : public TemporaryFolderTest {};

TEST_F(MonitorConfigFileTest, PathsAreBelowItsFolder) {
  const MonitorConfig config = readMonitorConfig(
      write("etc/plant.toml", "[monitor]\nstate = \"../state\"\ncontrol = \"/run/c\"\n"));
  EXPECT_EQ(config.state_folder, path("state"));
  EXPECT_EQ(config.control_socket, "/run/c");
}

TEST_F(MonitorConfigFileTest, AMissingOneIsAnInput) {
  try {
    readMonitorConfig(path("none.toml"));
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kInput);
  }
}

TEST_F(MonitorConfigFileTest, HugeAndBinaryOnesAreRefused) {
  write("large.toml", "");
  std::filesystem::resize_file(path("large.toml"), std::uintmax_t{17} << 20);
  EXPECT_THROW(readMonitorConfig(path("large.toml")), Failure);
  std::string bytes;
  for (int i = 0; i < 4096; ++i) bytes += static_cast<char>(i * 37);
  EXPECT_NE(usageFault([&] { readMonitorConfig(write("binary.toml", bytes)); }), "");
  EXPECT_NE(usageFault([&] { readMonitorConfig(write("deep", "a=" + std::string(100000, '['))); }),
            "");
}

// The example names every key, commented out or not: it is read as it stands, and once more with
// all of the comments that hold keys.
TEST(ExampleConfigTest, IsReadAndHasEveryKey) {
  ::setenv("STATE_DIRECTORY", "/var/lib/hiss", 1);
  ::setenv("RUNTIME_DIRECTORY", "/run/hiss", 1);
  ::setenv("LOGS_DIRECTORY", "/var/log/hiss", 1);
  ::setenv("ALERT_WEBHOOK", "https://h/hook", 1);
  std::ifstream file(HISS_MONITOR_EXAMPLE);
  ASSERT_TRUE(file);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const MonitorConfig config = parse(text);
  EXPECT_EQ(config.state_folder, "/var/lib/hiss");
  EXPECT_EQ(config.sources.size(), 1U);
  EXPECT_EQ(config.rules.size(), 3U);

  std::string full;
  std::set<std::string> keys;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    at = end + 1;
    const std::string bare = line.rfind("# ", 0) == 0 ? line.substr(2) : line;
    const std::string key = bare.substr(0, bare.find(' '));
    const bool is_key = bare.find(" = ") == key.size() &&
                        key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
    if (is_key) keys.insert(key);
    if ((is_key && key != "alarm_p") || bare.rfind("[[", 0) == 0) line = bare;
    full += line + "\n";
  }
  const MonitorConfig all = parse(full);
  EXPECT_EQ(all.sources.size(), 3U);
  EXPECT_EQ(all.sinks.size(), 3U);
  EXPECT_EQ(all.detector, MonitorConfig().detector) << "what is commented out is the default";
  EXPECT_EQ(all.save_every_seconds, MonitorConfig().save_every_seconds);
  EXPECT_EQ(all.most_streams, MonitorConfig().most_streams);
  EXPECT_EQ(all.most_channels, MonitorConfig().most_channels);
  EXPECT_EQ(all.queue_rows, MonitorConfig().queue_rows);
  EXPECT_EQ(all.defaults.budget.false_alarms, StreamRules().budget.false_alarms);
  EXPECT_EQ(all.defaults.alert.hold_rows, AlertSettings().hold_rows);
  EXPECT_EQ(all.defaults.alert.cool_down_rows, AlertSettings().cool_down_rows);
  EXPECT_EQ(all.defaults.alert.flap_rows, AlertSettings().flap_rows);
  for (const char* const key : {"detector",    "state",        "save_every",
                                "max_streams", "max_channels", "queue_rows",
                                "control",     "log_level",    "false_alarms_per_week",
                                "alarm_p",     "hold_rows",    "cool_down_rows",
                                "flap_rows",   "no_data",      "limits",
                                "mute",        "ignore",       "uri",
                                "id",          "stream"}) {
    EXPECT_EQ(keys.count(key), 1U) << key;
  }
}

}  // namespace
}  // namespace hiss
