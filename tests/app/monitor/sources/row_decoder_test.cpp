// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/row_decoder.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/monitor/sources/decoding.h"

namespace hiss {
namespace {

TEST(RowDecoder, TellsTheFormatByItself) {
  EXPECT_EQ(decoded(" {\"a\":1}\r\n"), "here a=1");
  EXPECT_EQ(decoded("\xEF\xBB\xBF[{\"a\":1}]"), "here a=1");
  EXPECT_EQ(decoded("m a=1"), "m a=1");
  EXPECT_EQ(decoded("1,2"), "here 1=1 2=2");
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded(" \r\n\n"), "");
  EXPECT_EQ(decoded("# a comment"), "");
}

TEST(RowDecoder, ReadsMessagesOfSeveralLines) {
  EXPECT_EQ(decoded("{\"a\":1}\n{\"a\":2}\n\nm b=3\n4,5\n"),
            "here a=1\nhere a=2\nm b=3\nhere 1=4 2=5");
  EXPECT_EQ(decoded("{\n  \"a\": 1,\n  \"b\": [2,\n 3]\n}\n"), "here a=1 b.0=2 b.1=3");
  EXPECT_EQ(decoded("m a=1\nm a=\nm a=3"),
            "m a=1\nm a=3\n! line 2: expected a number as field \"a\", found \"\"");
  EXPECT_EQ(decoded("{bad}\n{\"a\":2}").substr(0, 8), "here a=2");
}

TEST(RowDecoder, ReadsSingleValues) {
  DecodeSettings settings;
  settings.format = RowFormat::kValue;
  EXPECT_EQ(decoded("21.5", settings), "here value=21.5");
  EXPECT_EQ(decoded("21,5 kW", settings), "here value=21.5");
  EXPECT_EQ(decoded("\"-3\"", settings), "here value=-3");
  EXPECT_EQ(decoded("ON", settings), "here value=1");
  EXPECT_EQ(decoded("unavailable", settings), "here value=nan");
  EXPECT_EQ(decoded("{\"a\":1}", settings), "! expected one number, found \"{\"a\":1}\"");
}

TEST(RowDecoder, TakesOnlyTheFormatItIsTold) {
  DecodeSettings settings;
  settings.format = RowFormat::kJson;
  EXPECT_EQ(decoded("1,2", settings).substr(0, 2), "! ");
  EXPECT_EQ(decoded("5", settings), "! expected an object, found a number");
  settings.format = RowFormat::kInflux;
  EXPECT_EQ(decoded("{\"a\":1}", settings).substr(0, 2), "! ");
  settings.format = RowFormat::kCsv;
  EXPECT_EQ(decoded("m,x a=1\n1,2", settings).substr(0, 2), "he");
}

TEST(RowDecoder, BoundsMessagesAndRows) {
  EXPECT_EQ(decoded(std::string(RowDecoder::kMostMessageBytes + 1, '1')).substr(0, 21),
            "! expected at most 10");
  std::string many;
  for (std::size_t i = 0; i <= RowDecoder::kMostRows; ++i) many += "1\n";
  EXPECT_NE(decoded(many).find("! expected at most 65536 rows, found more"), std::string::npos);
  many = "[{\"a\":1}";
  for (std::size_t i = 0; i < RowDecoder::kMostRows; ++i) many += ",{\"a\":1}";
  EXPECT_EQ(decoded(many + "]"), "! expected at most 65536 rows, found more");
}

TEST(RowDecoder, KeepsNothingOfAMillionNames) {
  RowDecoder decoder(DecodeSettings{});
  std::vector<Observation> rows;
  std::string why;
  for (int i = 0; i < 1'000'000; ++i) {
    rows.clear();
    ASSERT_TRUE(decoder.decode("m,id=" + std::to_string(i) + " v=1", "here", rows, why));
    ASSERT_EQ(rows.size(), 1U);
  }
  EXPECT_EQ(rows.front().stream, "m,id=999999");
  EXPECT_EQ(rows.capacity(), 1U);
}

TEST(DecodeSettings, AreTakenFromOptions) {
  const Endpoint endpoint =
      makeEndpoint("udp://:9000?format=json&json=/a,%20/b/c&time=when&stream=/id", "here");
  OptionReader options(endpoint);
  const DecodeSettings settings = decodeSettings(options);
  options.done();
  EXPECT_EQ(settings.format, RowFormat::kJson);
  EXPECT_EQ(settings.json_paths, (std::vector<std::string>{"/a", "/b/c"}));
  EXPECT_EQ(settings.time, "when");
  EXPECT_EQ(settings.stream, "/id");
  const Endpoint bad = makeEndpoint("udp://:9000?format=csv&json=/a", "here");
  OptionReader bad_options(bad);
  EXPECT_THROW(decodeSettings(bad_options), Failure);
}

std::vector<std::string> linesOf(LineSplitter& splitter) {
  std::vector<std::string> lines;
  std::string_view line;
  while (splitter.next(line)) lines.emplace_back(line);
  return lines;
}

TEST(LineSplitter, CutsLinesHoweverTheyCome) {
  const std::string text = "one\r\n\ntwo\nthree";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    LineSplitter splitter;
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      splitter.feed(std::string_view(text).substr(at, piece));
      for (std::string& line : linesOf(splitter)) lines.push_back(std::move(line));
    }
    EXPECT_EQ(lines, (std::vector<std::string>{"one", "", "two"})) << piece;
    std::string_view last;
    ASSERT_TRUE(splitter.last(last));
    EXPECT_EQ(last, "three");
    EXPECT_FALSE(splitter.last(last));
  }
}

TEST(LineSplitter, PassesOverLinesThatAreTooLong) {
  LineSplitter splitter;
  const std::string piece(300'000, 'x');
  splitter.feed("first\n");
  EXPECT_EQ(linesOf(splitter), (std::vector<std::string>{"first"}));
  for (int i = 0; i < 100; ++i) {
    splitter.feed(piece);
    EXPECT_TRUE(linesOf(splitter).empty());
  }
  splitter.feed("end\nnext\n");
  EXPECT_EQ(linesOf(splitter), (std::vector<std::string>{"next"}));
  EXPECT_EQ(splitter.tooLong(), 1U);
  splitter.feed(std::string(2 * RowDecoder::kMostMessageBytes, 'y') + "\nafter\n");
  EXPECT_EQ(linesOf(splitter), (std::vector<std::string>{"after"}));
  EXPECT_EQ(splitter.tooLong(), 2U);
}

}  // namespace
}  // namespace hiss
