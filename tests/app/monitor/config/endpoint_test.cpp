// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/endpoint.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "tests/app/monitor/config/failures.h"

namespace hiss {
namespace {

using Options = std::map<std::string, std::string>;

TEST(UriTest, HasAllParts) {
  const Uri uri =
      parseUri("MQTTS://ann:p%40ss%2F1@broker.example:8883/plant/line%201?qos=1&json=/a#x");
  EXPECT_EQ(uri.scheme, "mqtts");
  EXPECT_EQ(uri.user, "ann");
  EXPECT_EQ(uri.password, "p@ss/1");
  EXPECT_EQ(uri.host, "broker.example");
  EXPECT_EQ(uri.port, 8883);
  EXPECT_EQ(uri.path, "/plant/line 1");
  EXPECT_EQ(uri.fragment, "x");
  EXPECT_TRUE(uri.has_authority);
  EXPECT_EQ(uri.query, (Options{{"qos", "1"}, {"json", "/a"}}));
}

TEST(UriTest, OfAFileIsAllPath) {
  const Uri uri = parseUri("csv:data/a b.csv?speed=max");
  EXPECT_FALSE(uri.has_authority);
  EXPECT_EQ(uri.path, "data/a b.csv");
  EXPECT_EQ(uri.query, (Options{{"speed", "max"}}));
  EXPECT_EQ(parseUri("jsonl:-").path, "-");
  EXPECT_EQ(parseUri("stdin:").path, "");
  EXPECT_EQ(parseUri("csv:///data/a.csv").path, "/data/a.csv");
  EXPECT_EQ(parseUri("csv:C%23.csv").path, "C#.csv");
}

TEST(UriTest, KeepsTheWildcardsOfTopics) {
  const Uri uri = parseUri("mqtt://localhost/plant/+/#?json=/a");
  EXPECT_EQ(uri.path, "/plant/+/#");
  EXPECT_EQ(uri.query, (Options{{"json", "/a"}}));
  EXPECT_EQ(parseUri("mqtt://h/#").path, "/#");
  const Uri with_fragment = parseUri("mqtt://h/a/b#c");
  EXPECT_EQ(with_fragment.path, "/a/b");
  EXPECT_EQ(with_fragment.fragment, "c");
}

TEST(UriTest, TakesAddressesAndListsOfHosts) {
  EXPECT_EQ(parseUri("udp://[::1]:9000").host, "::1");
  EXPECT_EQ(parseUri("udp://[::1]:9000").port, 9000);
  EXPECT_EQ(parseUri("udp://[fe80::1%25eth0]").host, "fe80::1%eth0");
  EXPECT_EQ(parseUri("udp://:9000").host, "");
  EXPECT_EQ(parseUri("udp://:9000").port, 9000);
  const Uri list = parseUri("kafka://a:1,b:2/topic?group=g");
  EXPECT_EQ(list.host, "a:1,b:2");
  EXPECT_FALSE(list.port);
  EXPECT_EQ(list.path, "/topic");
}

TEST(UriTest, OfHttpIsAnAddressWithOptionsBehind) {
  const Uri uri = parseUri("webhook:https://user:pw@host/hook/T0?a=1&a=2#what=alerts&queue_max=1M");
  EXPECT_EQ(uri.scheme, "https");
  EXPECT_EQ(uri.address, "https://user:pw@host/hook/T0?a=1&a=2");
  EXPECT_EQ(uri.path, "/hook/T0");
  EXPECT_EQ(uri.password, "pw");
  EXPECT_EQ(uri.query, (Options{{"what", "alerts"}, {"queue_max", "1M"}}));
  EXPECT_EQ(uri.fragment, "");
}

TEST(UriTest, RefusesWhatItDoesNotUnderstand) {
  EXPECT_EQ(
      usageFault([] { parseUri("data.csv"); }),
      "data.csv: expected a URI such as csv:FILE or mqtt://HOST/TOPIC, found no scheme before "
      "a colon");
  for (const char* const text : {"", ":x", "1a:x", "a b:x"}) {
    EXPECT_NE(usageFault([&] { parseUri(text); }), "") << text;
  }
  for (const char* const text : {"udp://h:0", "udp://h:65536", "udp://h:", "udp://h:9x",
                                 "udp://h:+9", "udp://::1", "udp://[::1", "udp://[::1]9", "csv:a%2",
                                 "csv:a%zz", "csv:%", "csv:a%00b", "csv:a?=1", "csv:a?b=1&b=2"}) {
    EXPECT_NE(usageFault([&] { parseUri(text); }), "") << text;
  }
  EXPECT_NE(usageFault([] { parseUri("csv:" + std::string(100000, 'a')); }).find("65536 bytes"),
            std::string::npos);
}

TEST(UriTest, NeverRepeatsAPassword) {
  for (const char* const text :
       {"mqtt://ann:hunter2@host:port/a", "mqtt://ann:hun/hunter2@host/a",
        "mqtt://ann:%hunter2@h/a", "mqtt://ann:hunter2/x@host/a", "mqtt://ann:a@hunter2%zz@host/a",
        "udp:ann:%hunter2@h", "mqtt://h:x/a?password=hunter2", "mqtt://h/a?password=%hunter2",
        "mqtt://h/a?password=hunter2&password=b", "https://h:x/#token=hunter2"}) {
    const std::string fault = usageFault([&] { parseUri(text); });
    EXPECT_EQ(fault.find("hunter2"), std::string::npos) << text << " -> " << fault;
  }
}

TEST(DisplayNameTest, LeavesOutWhatIsSecret) {
  EXPECT_EQ(displayName(parseUri("mqtts://ann:pw@h:8883/plant/+/#?password=x")),
            "mqtts://h:8883/plant/+/#");
  EXPECT_EQ(displayName(parseUri("udp://[::1]:9")), "udp://[::1]:9");
  EXPECT_EQ(displayName(parseUri("kafka://a:1,b:2/t?group=g")), "kafka://a:1,b:2/t");
  EXPECT_EQ(displayName(parseUri("csv:a%20b%0a.csv?speed=1")), "csv:a%20b%0A.csv");
  EXPECT_EQ(displayName(parseUri("csv:a%23b%3f.csv")), "csv:a%23b%3F.csv");
  EXPECT_EQ(displayName(parseUri("http://h:80/")), "http://h:80");
  const std::string slack = displayName(parseUri("https://hooks.example/services/T0/SECRET"));
  EXPECT_EQ(slack.substr(0, 23), "https://hooks.example/#");
  EXPECT_EQ(slack.find("SECRET"), std::string::npos);
  EXPECT_NE(slack, displayName(parseUri("https://hooks.example/services/T0/OTHER")));
}

TEST(EndpointTest, HasANameOfItsOwnIfItIsGivenOne) {
  const Endpoint endpoint = makeEndpoint("tcp://h:1?id=press&mode=listen", "the command line");
  EXPECT_EQ(endpoint.name, "press");
  EXPECT_EQ(endpoint.options, (Options{{"mode", "listen"}}));
  EXPECT_EQ(makeEndpoint("tcp://h:1", "x").name, "tcp://h:1");
  EXPECT_EQ(usageFault([] { makeEndpoint("tcp://h:x", "plant.toml:3"); }).substr(0, 23),
            "plant.toml:3: tcp://h:x");
}

TEST(OptionReaderTest, ReadsEachKind) {
  const Endpoint endpoint = makeEndpoint(
      "csv:a?text=x&mode=b&number=-2.5e1&whole=7&on=Yes&off=0&size=64k&large=2GiB&pause=500ms&day="
      "1d",
      "x");
  OptionReader options(endpoint);
  EXPECT_EQ(options.text("text"), "x");
  EXPECT_EQ(options.text("none"), std::nullopt);
  EXPECT_EQ(options.text("none", "y"), "y");
  EXPECT_EQ(options.oneOf("mode", {"a", "b"}, "a"), "b");
  EXPECT_EQ(options.number("number", -100, 100, 0), -25.0);
  EXPECT_EQ(options.integer("whole", 0, 10, 1), 7);
  EXPECT_TRUE(options.flag("on", false));
  EXPECT_FALSE(options.flag("off", true));
  EXPECT_EQ(options.bytes("size", 0, 1 << 20, 1), 65536U);
  EXPECT_EQ(options.bytes("large", 0, std::uint64_t{1} << 40, 1), std::uint64_t{2} << 30);
  EXPECT_EQ(options.seconds("pause", 0, 10, 1), 0.5);
  EXPECT_EQ(options.seconds("day", 0, 1e9, 1), 86400.0);
  EXPECT_EQ(options.seconds("none", 0, 10, 3.0), 3.0);
  options.done();
}

TEST(OptionReaderTest, SaysWhatItExpected) {
  const Endpoint endpoint =
      makeEndpoint("csv:a?mode=c&n=1e&i=2.5&f=maybe&b=12q&big=99999999999G&s=5y&password=hunter2",
                   "plant.toml:7");
  OptionReader options(endpoint);
  EXPECT_EQ(usageFault([&] {
              options.oneOf("mode", {"a", "b"}, "a");
            }),
            "plant.toml:7: csv:a: option \"mode\": expected one of \"a\", \"b\", found \"c\"");
  EXPECT_EQ(usageFault([&] { options.number("n", 0, 1, 0); }),
            "plant.toml:7: csv:a: option \"n\": expected a number from 0 to 1, found \"1e\"");
  EXPECT_NE(usageFault([&] { options.integer("i", 0, 9, 0); }), "");
  EXPECT_NE(usageFault([&] { options.flag("f", true); }), "");
  EXPECT_NE(usageFault([&] { options.bytes("b", 0, 9, 0); }), "");
  EXPECT_NE(usageFault([&] { options.bytes("big", 0, ~std::uint64_t{0}, 0); }), "");
  EXPECT_NE(usageFault([&] { options.seconds("s", 0, 9, 0); }), "");
  EXPECT_EQ(usageFault([&] { options.integer("password", 0, 9, 0); }).find("hunter2"),
            std::string::npos);
}

TEST(OptionReaderTest, RefusesWhatNobodyAskedFor) {
  const Endpoint endpoint = makeEndpoint("csv:a?sped=1", "x");
  OptionReader options(endpoint);
  EXPECT_EQ(usageFault([&] { options.done(); }), "x: csv:a: expected no options, found \"sped\"");
  options.text("speed");
  EXPECT_EQ(usageFault([&] { options.done(); }),
            "x: csv:a: expected the option \"speed\", found \"sped\"");
  const Endpoint other = makeEndpoint("csv:a?zzzzzz=1", "x");
  OptionReader others(other);
  others.text("speed");
  EXPECT_EQ(usageFault([&] { others.done(); }),
            "x: csv:a: expected one of the options \"speed\", found \"zzzzzz\"");
  const Endpoint hash = makeEndpoint("csv:run#3.csv", "x");
  OptionReader none(hash);
  EXPECT_NE(usageFault([&] { none.done(); }).find("%23"), std::string::npos);
}

}  // namespace
}  // namespace hiss
