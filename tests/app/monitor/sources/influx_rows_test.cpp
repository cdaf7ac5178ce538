// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/influx_rows.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/app/monitor/sources/decoding.h"

namespace hiss {
namespace {

TEST(InfluxRows, ReadsMeasurementTagsFieldsAndTime) {
  EXPECT_EQ(decoded("weather,site=b,area=a temp=82.5,n=7i,u=8u,on=t,off=FALSE "
                    "1700000000123456789"),
            "weather,area=a,site=b@1700000000123456789 temp=82.5 n=7 u=8 on=1 off=0");
  EXPECT_EQ(decoded("cpu value=1e-3"), "cpu value=0.001");
}

TEST(InfluxRows, TellsTheUnitOfTheTimeByItsSize) {
  EXPECT_EQ(decoded("m v=1 1700000000"), "m@1700000000000000000 v=1");
  EXPECT_EQ(decoded("m v=1 1700000000123"), "m@1700000000123000000 v=1");
  EXPECT_EQ(decoded("m v=1 1700000000123456"), "m@1700000000123456000 v=1");
}

TEST(InfluxRows, LeavesOutTexts) {
  EXPECT_EQ(decoded(R"(m s="a, b=c \" d",v=1,s2="" 1700000000)"), "m@1700000000000000000 v=1");
  EXPECT_EQ(decoded(R"(m s="only")"), "");
}

TEST(InfluxRows, UndoesEscapes) {
  EXPECT_EQ(decoded(R"(my\ room,tag\,a=x\ y,b\=c=d the\ temp=1)"),
            R"(my room,b=c=d,tag,a=x y the temp=1)");
}

TEST(InfluxRows, NamesTheStreamByTheTagsItIsTold) {
  DecodeSettings settings;
  settings.stream = std::string("host, missing");
  EXPECT_EQ(decoded("cpu,core=1,host=a v=1", settings), "cpu,host=a v=1");
}

TEST(InfluxRows, TakesWhatIsNoNumberAsMissing) {
  EXPECT_EQ(decoded("m a=NaN,b=1e999,c=1"), "m a=nan b=nan c=1");
}

TEST(InfluxRows, RefusesWhatIsMalformed) {
  DecodeSettings settings;
  settings.format = RowFormat::kInflux;
  for (const char* const line :
       {"m", "m ", "m v", "m v=", "m v=1,", "m v=1,=2", "m v=abc", "m v=1i2", "m v=\"open",
        "m v=\"a\"b", "m,t v=1", "m,=x v=1", "m v=1 abc", "m v=1 1.5", "m v=1 2 3", ",t=1 v=1",
        "m v=1,v=2", "m v=1 99999999999999999999"}) {
    EXPECT_EQ(decoded(line, settings).substr(0, 2), "! ") << line;
  }
}

TEST(InfluxRows, LooksLikeItOnlyIfItDoes) {
  EXPECT_TRUE(looksLikeInflux("m v=1"));
  EXPECT_TRUE(looksLikeInflux("m,a=b  v=1 5"));
  EXPECT_FALSE(looksLikeInflux("2026-11-22 14:30:00,1.5"));
  EXPECT_FALSE(looksLikeInflux("a=1 b=2"));
  EXPECT_FALSE(looksLikeInflux("time, temp"));
  EXPECT_FALSE(looksLikeInflux("m"));
  EXPECT_FALSE(looksLikeInflux("m =1"));
}

}  // namespace
}  // namespace hiss
