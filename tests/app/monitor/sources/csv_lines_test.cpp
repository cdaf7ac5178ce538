// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/csv_lines.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/app/monitor/sources/decoding.h"

namespace hiss {
namespace {

DecodeSettings ofLines() {
  DecodeSettings settings;
  settings.lines = true;
  return settings;
}

TEST(CsvLines, NamesValuesByTheirColumns) {
  EXPECT_EQ(decoded("21.5"), "here value=21.5");
  EXPECT_EQ(decoded("1,-2.5,3e2"), "here 1=1 2=-2.5 3=300");
  EXPECT_EQ(decoded("1,,nan"), "here 1=1 2=nan 3=nan");
  EXPECT_EQ(decoded(",,"), "here 1=nan 2=nan 3=nan");
  EXPECT_EQ(decoded("21.5 40 -3"), "here 1=21.5 2=40 3=-3");
  EXPECT_EQ(decoded("1\t2\t3"), "here 1=1 2=2 3=3");
}

TEST(CsvLines, TakesDecimalCommasWhereCommasDoNotSeparate) {
  EXPECT_EQ(decoded("1,5;2.5;3"), "here 1=1.5 2=2.5 3=3");
  EXPECT_EQ(decoded("1,5\t2"), "here 1=1.5 2=2");
}

TEST(CsvLines, FindsTheTimeInTheFirstCell) {
  EXPECT_EQ(decoded("2026-11-22 14:30:05,1,2"), "here@1795357805000000000 2=1 3=2");
  EXPECT_EQ(decoded("2026-11-22,14:30:05,7"), "here@1795357805000000000 value=7");
  EXPECT_EQ(decoded("1700000000,7"), "here@1700000000000000000 value=7");
  EXPECT_EQ(decoded("1700000000.25;7"), "here@1700000000250000000 value=7");
  EXPECT_EQ(decoded("1000,7"), "here 1=1000 2=7");
  EXPECT_EQ(decoded("20261122,7"), "here 1=20261122 2=7");
  EXPECT_EQ(decoded("id,v\n1700000000,7"), "here id=1700000000 v=7");
  EXPECT_EQ(decoded("when,v\n2026-11-22T14:30:05Z,7"), "here@1795357805000000000 v=7");
  DecodeSettings settings;
  settings.time = std::string("2");
  EXPECT_EQ(decoded("1000,7", settings), "here@7000000000 value=1000");
  settings.time = std::string("none");
  EXPECT_EQ(decoded("1700000000,7", settings), "here 1=1700000000 2=7");
}

TEST(CsvLines, TakesLabelsUnitsAndWords) {
  EXPECT_EQ(decoded("temp:21.5,hum:40"), "here temp=21.5 hum=40");
  EXPECT_EQ(decoded("T=21.5 H=40"), "here T=21.5 H=40");
  EXPECT_EQ(decoded("temp: 21.5; hum: 40"), "here temp=21.5 hum=40");
  EXPECT_EQ(decoded("21.5 \xC2\xB0"
                    "C"),
            "here value=21.5");
  EXPECT_EQ(decoded("45%"), "here value=45");
  EXPECT_EQ(decoded("on"), "here value=1");
  EXPECT_EQ(decoded("FALSE"), "here value=0");
}

TEST(CsvLines, NamesColumnsByTheHeaderOfALineBefore) {
  RowDecoder decoder(ofLines());
  EXPECT_EQ(decoded(decoder, "time,temp,\"the, hum\",status"), "");
  EXPECT_EQ(decoded(decoder, "1700000000,21.5,40,OK"),
            "here@1700000000000000000 temp=21.5 the, hum=40");
  EXPECT_EQ(decoded(decoder, "1700000001,,41,OK,,"),
            "here@1700000001000000000 temp=nan the, hum=41");
  EXPECT_EQ(decoded(decoder, "1700000001,1"), "! expected 4 cells as in the header, found 2");
  EXPECT_EQ(decoded(decoder, "1700000002,ERR,42,OK"), "here@1700000002000000000 the, hum=42");
}

TEST(CsvLines, TakesANewHeaderOnceARowAgrees) {
  RowDecoder decoder(ofLines());
  EXPECT_EQ(decoded(decoder, "a,b\n1,2"), "here a=1 b=2");
  EXPECT_EQ(decoded(decoder, "watchdog, reset of, the sensor"), "");
  EXPECT_EQ(decoded(decoder, "3,4"), "here a=3 b=4");
  EXPECT_EQ(decoded(decoder, "x,y,z"), "");
  EXPECT_EQ(decoded(decoder, "5,6,7"), "here x=5 y=6 z=7");
  EXPECT_EQ(decoded(decoder, "boot").substr(0, 2), "! ");
  EXPECT_EQ(decoded(decoder, "x:1, 2, 3, 4"), "here x=1 2=2 3=3 4=4");
  decoder.reset();
  EXPECT_EQ(decoded(decoder, "8,9"), "here 1=8 2=9");
}

TEST(CsvLines, IsNotMisledByAMessageWithACommaWhereThereIsNoHeader) {
  RowDecoder decoder(ofLines());
  EXPECT_EQ(decoded(decoder, "1"), "here value=1");
  EXPECT_EQ(decoded(decoder, "ready, steady"), "");
  EXPECT_EQ(decoded(decoder, "2"), "here value=2");
  EXPECT_EQ(decoded(decoder, "3"), "here value=3");
}

TEST(CsvLines, GivesUpAHeaderThatNoRowAgreesWith) {
  RowDecoder decoder(ofLines());
  EXPECT_EQ(decoded(decoder, "booting, please wait"), "");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(decoded(decoder, "7"), "! expected 2 cells as in the header, found 1");
  }
  EXPECT_EQ(decoded(decoder, "7"), "here value=7");
  EXPECT_EQ(decoded(decoder, "8"), "here value=8");
}

TEST(CsvLines, TakesAHeaderOfOneColumnOnlyAtTheBegin) {
  RowDecoder decoder(ofLines());
  EXPECT_EQ(decoded(decoder, "temp"), "");
  EXPECT_EQ(decoded(decoder, "1"), "here temp=1");
  EXPECT_EQ(decoded(decoder, "error").substr(0, 2), "! ");
  EXPECT_EQ(decoded(decoder, "2"), "here temp=2");
}

TEST(CsvLines, KeepsAHeaderOnlyWithinAMessage) {
  RowDecoder decoder(DecodeSettings{});
  EXPECT_EQ(decoded(decoder, "a,b\n1,2\n3,4"), "here a=1 b=2\nhere a=3 b=4");
  EXPECT_EQ(decoded(decoder, "1,2"), "here 1=1 2=2");
  EXPECT_EQ(decoded(decoder, "a,b"), "! expected numbers, found \"a,b\"");
  EXPECT_EQ(decoded(decoder, "online"), "! expected numbers, found \"online\"");
}

TEST(CsvLines, NamesTheStreamByColumns) {
  DecodeSettings settings = ofLines();
  settings.stream = std::string("site,id");
  RowDecoder decoder(settings);
  EXPECT_EQ(decoded(decoder, "time,id,site,v"), "");
  EXPECT_EQ(decoded(decoder, "1700000000,7,north,1.5"), "north/7@1700000000000000000 v=1.5");
  settings.stream = std::string("3");
  EXPECT_EQ(decoded("1,2,x", settings), "x 1=1 2=2");
  settings.stream = std::string("nowhere");
  EXPECT_EQ(decoded("1,2,x", settings),
            "! expected a column \"nowhere\" for the stream's name, found none");
}

TEST(CsvLines, RefusesWhatHasNoNumber) {
  RowDecoder decoder(ofLines());
  EXPECT_EQ(decoded(decoder, "1,2"), "here 1=1 2=2");
  EXPECT_EQ(decoded(decoder, "!!garbage!!").substr(0, 2), "! ");
  EXPECT_EQ(decoded(decoder, "1,\"open").substr(0, 2), "! ");
  std::string wide(1024, ',');
  EXPECT_EQ(decoded(decoder, wide), "! expected at most 1024 cells, found 1025");
}

}  // namespace
}  // namespace hiss
