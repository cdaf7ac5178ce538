// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/json_rows.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/app/monitor/sources/decoding.h"

namespace hiss {
namespace {

DecodeSettings at(const std::string& path) {
  DecodeSettings settings;
  settings.json_paths = {path};
  return settings;
}

TEST(JsonRows, FlattensObjectsAndArrays) {
  EXPECT_EQ(decoded(R"({"a":1,"b":{"c":-2.5,"d":[3,{"e":4}]},"f":true,"g":false})"),
            "here a=1 b.c=-2.5 b.d.0=3 b.d.1.e=4 f=1 g=0");
}

TEST(JsonRows, TakesObjectsOfAnArrayAsRows) {
  EXPECT_EQ(decoded(R"([{"a":1},{"b":2,"ts":1700000000},{"a":3}])"),
            "here a=1\nhere@1700000000000000000 b=2\nhere a=3");
  EXPECT_EQ(decoded("[1.5, 2.5]"), "here 0=1.5 1=2.5");
}

TEST(JsonRows, TakesTextsThatAreValuesAndLeavesOutOthers) {
  EXPECT_EQ(decoded(R"({"a":"12.5","b":"ON","c":"off","d":"idle","e":"","f":"none","g":null})"),
            "here a=12.5 b=1 c=0 g=nan");
  EXPECT_EQ(decoded(R"({"state":"idle"})"), "");
}

TEST(JsonRows, FindsTheTimeByUsualNames) {
  EXPECT_EQ(decoded(R"({"time":"2026-11-22T14:30:05.25Z","a":1})"), "here@1795357805250000000 a=1");
  EXPECT_EQ(decoded(R"({"a":1,"timestamp":1700000000.5})"), "here@1700000000500000000 a=1");
  EXPECT_EQ(decoded(R"({"a":1,"ts":1700000000123})"), "here@1700000000123000000 a=1");
  EXPECT_EQ(decoded(R"({"a":1,"ts":1700000000123456})"), "here@1700000000123456000 a=1");
  EXPECT_EQ(decoded(R"({"a":1,"ts":1700000000123456789})"), "here@1700000000123456789 a=1");
  EXPECT_EQ(decoded(R"({"a":1,"time_ms":"1700000000123"})"), "here@1700000000123000000 a=1");
  EXPECT_EQ(decoded(R"({"data":{"time":1700000001},"time":1700000000,"a":1})"),
            "here@1700000000000000000 a=1");
  EXPECT_EQ(decoded(R"({"last_seen":1700000001,"a":1})"), "here@1700000001000000000 a=1");
  EXPECT_EQ(decoded(R"({"last_seen":1700000001,"ts":1700000000,"a":1})"),
            "here@1700000000000000000 a=1");
}

TEST(JsonRows, TakesShortNamesAsTimeOnlyIfTheyCanBe) {
  EXPECT_EQ(decoded(R"({"t":21.5,"h":40})"), "here t=21.5 h=40");
  EXPECT_EQ(decoded(R"({"t":1700000000,"h":40})"), "here@1700000000000000000 h=40");
}

TEST(JsonRows, TakesTimeAndStreamWhereItIsTold) {
  DecodeSettings settings;
  settings.time = std::string("/meta/when");
  settings.stream = std::string("/device/id");
  EXPECT_EQ(
      decoded(R"({"meta":{"when":1700000000},"device":{"id":"p7"},"time":5,"a":1})", settings),
      "p7@1700000000000000000 time=5 a=1");
  EXPECT_EQ(decoded(R"({"device":{"id":17},"a":1})", settings), "17 a=1");
  EXPECT_EQ(decoded(R"({"a":1})", settings), "here a=1");
  settings.time = std::string("none");
  settings.stream = std::string("device");
  EXPECT_EQ(decoded(R"({"time":1700000000,"device":"x","a":1})", settings),
            "x time=1700000000 a=1");
}

TEST(JsonRows, TakesOnlyTheValuesItIsTold) {
  EXPECT_EQ(decoded(R"({"a":1,"b":{"c":2,"d":3}})", at("/b/c")), "here b.c=2");
  EXPECT_EQ(decoded(R"({"a":1,"b":{"c":2,"d":3},"bc":4})", at("/b")), "here b.c=2 b.d=3");
  EXPECT_EQ(decoded(R"({"a":1,"time":1700000000})", at("a")), "here@1700000000000000000 a=1");
  EXPECT_EQ(decoded(R"({"a/b":1,"c":2})", at("/a~1b")), "here a/b=1");
  EXPECT_EQ(decoded(R"({"b":1})", at("/a")), "! expected a value at \"a\", found none");
}

TEST(JsonRows, UnderstandsTelegraf) {
  const std::string one =
      R"({"fields":{"usage":1.5,"n":2},"name":"cpu","tags":{"host":"a","core":"1"},)"
      R"("timestamp":1700000000})";
  EXPECT_EQ(decoded(one), "cpu,core=1,host=a@1700000000000000000 usage=1.5 n=2");
  EXPECT_EQ(decoded("{\"metrics\":[" + one + "," + one + "]}"),
            "cpu,core=1,host=a@1700000000000000000 usage=1.5 n=2\n"
            "cpu,core=1,host=a@1700000000000000000 usage=1.5 n=2");
  EXPECT_EQ(decoded("[" + one + "]"), "cpu,core=1,host=a@1700000000000000000 usage=1.5 n=2");
}

TEST(JsonRows, UnderstandsHomeAssistant) {
  EXPECT_EQ(decoded(R"({"entity_id":"sensor.attic","state":"21.5","attributes":{"battery":80},)"
                    R"("last_changed":"2026-11-22T14:00:00+00:00",)"
                    R"("last_updated":"2026-11-22T14:30:05+00:00"})"),
            "sensor.attic@1795357805000000000 state=21.5");
  EXPECT_EQ(decoded(R"({"entity_id":"sensor.attic","state":"unavailable"})"),
            "sensor.attic state=nan");
}

TEST(JsonRows, UnderstandsZigbee2mqttAndTasmota) {
  EXPECT_EQ(decoded(R"({"battery":100,"contact":true,"last_seen":"2026-11-22T14:30:05Z",)"
                    R"("linkquality":134,"temperature":22.5,"state":"ON",)"
                    R"("update":{"state":"idle","installed_version":3}})"),
            "here@1795357805000000000 battery=100 contact=1 linkquality=134 temperature=22.5 "
            "state=1 update.installed_version=3");
  EXPECT_EQ(decoded(R"({"Time":"2026-11-22T14:30:05","AM2301":{"Temperature":21.5},)"
                    R"("TempUnit":"C"})"),
            "here@1795357805000000000 AM2301.Temperature=21.5");
}

TEST(JsonRows, TakesNumbersThatDoNotFitAsMissing) {
  EXPECT_EQ(decoded(R"({"a":NaN,"b":-Infinity,"c":1e999,"d":1,"e":"NaN 1e999"})"),
            "here a=nan b=nan c=nan d=1");
  EXPECT_EQ(decoded(R"({"a":123456789012345678901234567890})"), "here a=1.2345678901234568e+29");
}

TEST(JsonRows, EscapesNamesThatAreNoText) {
  EXPECT_EQ(decoded("{\"\xff\x41\":1,\"b\\n\":2,\"\xc3\xa4\":3}"),
            "here \\xffA=1 b\\x0a=2 \xc3\xa4=3");
  EXPECT_EQ(decoded(R"({"":5})"), "here value=5");
}

TEST(JsonRows, RefusesWhatIsNoJson) {
  for (const char* const text : {"{", "[", R"({"a":1)", R"({"a":1}x)", R"({"a" 1})", "{'a':1}",
                                 "[1,]", R"({"a":1,})", R"({"a":nothing})"}) {
    EXPECT_EQ(decoded(text).substr(0, 2), "! ") << text;
  }
}

TEST(JsonRows, RefusesWhatIsTooLargeOrTwiceThere) {
  EXPECT_EQ(decoded(R"({"a":1,"a":2})"), "! expected each field once, found \"a\" twice");
  EXPECT_EQ(decoded(std::string(17, '[') + "1" + std::string(17, ']')),
            "! expected at most 16 levels of nesting, found more");
  EXPECT_EQ(decoded(std::string(100000, '[')),
            "! expected at most 16 levels of nesting, found more");
  EXPECT_EQ(decoded(std::string(15, '[') + "1" + std::string(15, ']')).substr(0, 6), "here 0");
  EXPECT_NE(decoded("{\"" + std::string(513, 'n') + "\":1}").find("at most 512 bytes"),
            std::string::npos);
  std::string many = "{\"a\":[0";
  for (int i = 0; i < 1024; ++i) many += ",1";
  EXPECT_EQ(decoded(many + "]}"), "! expected at most 1024 fields, found more");
}

TEST(JsonRows, AppendsNothingOfAMalformedArray) {
  EXPECT_EQ(decoded(R"([{"a":1},{"a":1,"a":2}])"), "! expected each field once, found \"a\" twice");
  EXPECT_EQ(decoded(R"([{"a":1},)").substr(0, 2), "! ");
}

}  // namespace
}  // namespace hiss
