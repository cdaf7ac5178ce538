// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/table_parser.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/sensors/table_cell.h"

namespace hiss {
namespace {

struct Table {
  TableFormat format;
  std::vector<std::string> channels;
  std::vector<SensorRow> rows;
  SourceEvents events;
};

// Fed in pieces of `piece` bytes; 0: at once.
Table parse(const std::string& text, const TableWish& wish = {}, std::size_t piece = 0) {
  TableParser parser("t.csv", wish);
  Table table;
  SensorRow row;
  const auto take = [&] {
    while (parser.next(row)) table.rows.push_back(row);
  };
  if (piece == 0) piece = text.size() + 1;
  for (std::size_t at = 0; at < text.size(); at += piece) {
    parser.feed(std::string_view(text).substr(at, piece));
    take();
  }
  parser.finish();
  take();
  table.format = *parser.format();
  table.channels = parser.channels();
  table.events = parser.events();
  return table;
}

std::string errorOf(const std::string& text, const TableWish& wish = {}) {
  try {
    parse(text, wish);
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kInput);
    return failure.what();
  }
  return "none";
}

std::vector<std::string> names(std::initializer_list<const char*> list) {
  return {list.begin(), list.end()};
}

std::vector<double> column(const Table& table, std::size_t channel) {
  std::vector<double> values;
  for (const SensorRow& row : table.rows) values.push_back(row.values.at(channel));
  return values;
}

TEST(TableCell, TellsNumbersMissingValuesAndTexts) {
  const auto kind = [](const char* text, char decimal = '.') {
    return parseCell(text, decimal).kind;
  };
  for (const char* text : {"1", "-1.5", "+2", ".5", "5.", "1e300", "1E-3", "007"}) {
    EXPECT_EQ(kind(text), Cell::Kind::kNumber) << text;
  }
  for (const char* text :
       {"", "nan", "NaN", "NA", "n/a", "null", "-", "inf", "-Infinity", "1e999"}) {
    EXPECT_EQ(kind(text), Cell::Kind::kMissing) << text;
    EXPECT_TRUE(std::isnan(parseCell(text, '.').value)) << text;
  }
  for (const char* text :
       {"x", "1 2", "1,5", "1.2.3", "0x10", "12 %", "true", "+-1", "1e", "--1"}) {
    EXPECT_EQ(kind(text), Cell::Kind::kText) << text;
  }
  EXPECT_EQ(parseCell("1e-999", '.').value, 0.0);
  EXPECT_EQ(parseCell("-0,25", ',').value, -0.25);
  EXPECT_EQ(kind("1.234,5", ','), Cell::Kind::kText);
  EXPECT_EQ(parseCell("12.5", ',').value, 12.5) << "a point is no other number";
}

TEST(TableParser, ReadsAPlainTable) {
  const Table table = parse("timestamp,value\n2014-02-14 14:30:00,0.132\n2014-02-14 14:35:00,2\n");
  EXPECT_EQ(table.channels, names({"value"}));
  EXPECT_EQ(table.format.time_column, 0);
  EXPECT_EQ(column(table, 0), (std::vector<double>{0.132, 2.0}));
  EXPECT_EQ(table.rows[0].time, "2014-02-14 14:30:00");
  EXPECT_EQ(*table.rows[1].stamp_ns - *table.rows[0].stamp_ns, 300'000'000'000);
}

TEST(TableParser, GivesTheSameRowsInPiecesOfAnyLength) {
  std::string text = "\xEF\xBB\xBFtime;\"a \"\"x\"\"\";b\r\n";
  for (int i = 0; i < 50; ++i) {
    text += std::to_string(i) + ";\"" + std::to_string(i) + ",5\";" + (i % 7 == 0 ? "" : "1,25") +
            "\r\n";
  }
  const Table whole = parse(text);
  EXPECT_EQ(whole.channels, names({"a \"x\"", "b"}));
  EXPECT_EQ(whole.format.decimal, ',');
  EXPECT_EQ(whole.rows.size(), 50U);
  EXPECT_EQ(whole.rows[3].values[0], 3.5);
  EXPECT_EQ(whole.events.missing_values, 8U);
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 64U, 1000U}) {
    const Table pieces = parse(text, {}, piece);
    ASSERT_EQ(pieces.rows.size(), whole.rows.size()) << piece;
    for (std::size_t i = 0; i < whole.rows.size(); ++i) {
      EXPECT_EQ(pieces.rows[i].time, whole.rows[i].time);
      EXPECT_EQ(pieces.rows[i].values[0], whole.rows[i].values[0]);
    }
  }
}

TEST(TableParser, FindsSeparatorAndDecimals) {
  EXPECT_EQ(parse("a;b\n1,5;2\n").rows[0].values[0], 1.5);
  EXPECT_EQ(parse("a\tb\n1.5\t2\n").format.separator, '\t');
  EXPECT_EQ(parse("a|b\n1.5|2\n").format.separator, '|');
  EXPECT_EQ(parse("a,b\n\"1,5\",2\n").rows[0].values[0], 1.5);
  const Table single = parse("value\n1.5\n2\n");
  EXPECT_EQ(single.format.separator, '\0');
  EXPECT_EQ(column(single, 0), (std::vector<double>{1.5, 2.0}));
  EXPECT_EQ(column(parse("value\n1,5\n2,25\n"), 0), (std::vector<double>{1.5, 2.25}));
}

TEST(TableParser, KnowsTablesWithoutHeader) {
  const Table table = parse("1.5,2\n3,4\n");
  EXPECT_EQ(table.channels, names({"1", "2"}));
  EXPECT_EQ(table.rows.size(), 2U);
  EXPECT_EQ(table.format.time_column, -1);
  TableWish wish;
  wish.names = {"time", "temp"};
  EXPECT_EQ(parse("5,2\n6,4\n", wish).channels, names({"temp"})) << "names of the run before";
  EXPECT_EQ(parse("3.25").rows.size(), 1U) << "one cell";
}

TEST(TableParser, FindsTheTimeColumn) {
  EXPECT_EQ(parse("value,Date\n1,2020-01-01\n").format.time_column, 1);
  EXPECT_EQ(parse("value,when\n1,2020-01-01\n").format.time_column, 1) << "by what it holds";
  const Table ms = parse("time_ms,value\n0,1\n20,2\n");
  EXPECT_EQ(*ms.rows[1].stamp_ns, 20'000'000);
  EXPECT_EQ(parse("1500000000,1\n1500000060,2\n").format.time_column, 0) << "seconds since 1970";
  const Table rows = parse("0,5\n1,6\n2,7\n");
  EXPECT_EQ(rows.format.time_column, 0);
  EXPECT_EQ(rows.format.time_unit, TimeUnit::kRows);
  EXPECT_EQ(parse("5,5\n6,6\n7,7\n").format.time_column, -1) << "may as well be values";
  TableWish wish;
  wish.time = "none";
  EXPECT_EQ(parse("0,5\n1,6\n2,7\n", wish).channels.size(), 2U);
  wish.time = "b";
  EXPECT_EQ(parse("a,b\n1,10\n2,20\n", wish).format.time_column, 1);
  wish.time = "2";
  EXPECT_EQ(parse("a,b\n1,10\n2,20\n", wish).format.time_column, 1) << "by number";
}

TEST(TableParser, PutsDateAndTimeOfDayTogether) {
  const Table table = parse("Date;Time;a\n22.11.2026;23:59:30;1\n23.11.2026;00:00:00;2\n");
  EXPECT_EQ(table.channels, names({"a"}));
  EXPECT_TRUE(table.events.notes.empty());
  EXPECT_EQ(table.rows[0].time, "22.11.2026 23:59:30");
  EXPECT_EQ(*table.rows[1].stamp_ns - *table.rows[0].stamp_ns, 30'000'000'000);
  EXPECT_EQ(parse("Time,Date,a\n10:30,2026-11-22,1\n10:31,2026-11-22,1\n").format.clock_column, 0);
  EXPECT_EQ(parse("Date,a\n2026-11-22,1\n").format.clock_column, -1);
}

TEST(TableParser, TakesTheColumnsAskedFor) {
  TableWish wish;
  wish.columns = {"c", "A"};
  const Table table = parse("a,b,c\n1,2,3\n4,5,6\n", wish);
  EXPECT_EQ(table.channels, names({"c", "a"}));
  EXPECT_EQ(column(table, 0), (std::vector<double>{3.0, 6.0}));
  wish.columns = {"d"};
  EXPECT_EQ(errorOf("a,b\n1,2\n", wish),
            "t.csv: expected a column for --columns (there are a, b), found \"d\"");
  wish.columns = {"a", "1"};
  EXPECT_EQ(errorOf("a,b\n1,2\n", wish),
            "t.csv: expected each column once in --columns, found \"1\" twice");
}

TEST(TableParser, CountsWhatIsNoNumber) {
  const Table table = parse("t,a,b\n0,1,2\n1,,n.a.\n2,NaN,oops\n3,4,5\n");
  EXPECT_EQ(table.rows.size(), 4U);
  EXPECT_TRUE(std::isnan(table.rows[1].values[0]));
  EXPECT_TRUE(std::isnan(table.rows[2].values[1]));
  EXPECT_EQ(table.events.missing_values, 4U);
  EXPECT_EQ(table.events.text_cells, 2U);
  EXPECT_EQ(table.events.first_text, "line 3, \"b\": \"n.a.\"");
}

TEST(TableParser, LeavesColumnsWithoutNumbersOutAndSaysSo) {
  const Table table = parse("name,a,empty\nx,1,\ny,2,\n");
  EXPECT_EQ(table.channels, names({"a"}));
  ASSERT_EQ(table.events.notes.size(), 1U);
  EXPECT_NE(table.events.notes[0].find("name, empty"), std::string::npos);
  EXPECT_EQ(errorOf("name,other\nx,y\nz,w\n"),
            "t.csv: expected at least one column with a number in its first rows, found none");
}

TEST(TableParser, TellsBadStampsFromBadRows) {
  const Table table = parse("time,a\n2020-01-01,1\nlater,2\n2020-01-03,3\n", {});
  EXPECT_EQ(table.format.time_column, -1) << "not all of the first rows have one";
  std::string text = "time,a\n";
  for (int i = 10; i < 50; ++i) text += "2020-01-01 00:" + std::to_string(i) + ":00,1\n";
  const Table good = parse(text + "later,2\n");
  EXPECT_EQ(good.events.bad_stamps, 1U);
  EXPECT_EQ(good.events.first_bad_stamp, "line 42, \"time\": \"later\"");
  EXPECT_FALSE(good.rows.back().stamp_ns);
}

TEST(TableParser, RefusesRaggedRowsWithTheirLine) {
  EXPECT_EQ(errorOf("a,b\n1,2\n\n3\n"), "t.csv: line 4: expected 2 cells between commas, found 1");
  EXPECT_EQ(errorOf("a,b\n1,2\n3,4,5\n"),
            "t.csv: line 3: expected 2 cells between commas, found 3");
  EXPECT_EQ(errorOf("a;b\n1;2\n3,4\n"),
            "t.csv: line 3: expected 2 cells between semicolons, found 1");
  EXPECT_EQ(parse("a,b\n1,2,\n3,4,,\n").rows.size(), 2U) << "empty cells too many are harmless";
}

TEST(TableParser, RefusesAnotherHeaderMidway) {
  EXPECT_EQ(errorOf("a,b\n1,2\na,c\n3,4\n"),
            "t.csv: line 3: expected a row, or the first header again with \"b\" in column 2, "
            "found \"c\"");
  EXPECT_EQ(errorOf("time,b\n1,2\nzeit,c\n3,4\n"),
            "t.csv: line 3: expected a row, or the first header again with \"time\" in column 1, "
            "found \"zeit\"");
  const Table again = parse("a,b\n1,2\na,b\n3,4\n");
  EXPECT_EQ(again.rows.size(), 2U);
  EXPECT_EQ(again.events.repeated_headers, 1U);
}

TEST(TableParser, RefusesWhatIsNoTable) {
  EXPECT_EQ(errorOf(""), "t.csv: expected a table, found an empty file");
  EXPECT_EQ(errorOf("\n \n"), "t.csv: expected a table, found no line with something in it");
  EXPECT_EQ(errorOf("a,b\n"), "t.csv: expected at least one row below the header, found none");
  EXPECT_EQ(errorOf("\xFF\xFE"
                    "a\0"),
            "t.csv: expected a table in UTF-8, found UTF-16");
  EXPECT_EQ(errorOf("a,b\n1,\"2\n"),
            "t.csv: expected quotes that are closed at the end of their cells, found others in its "
            "first lines");
  std::string text = "a,b\n";
  for (int i = 0; i < 40; ++i) text += "1,2\n";
  EXPECT_EQ(errorOf(text + "1,\"2\"x\n"),
            "t.csv: line 42, cell 2: expected a quote that is closed at the end of its cell, found "
            "another");
  EXPECT_EQ(errorOf(text + "1,\"" + std::string(TableParser::kMostLineBytes, '\n')),
            "t.csv: line 42: expected at most 1048576 bytes in a line, found more, or a quote that "
            "is never closed");
}

TEST(TableParser, CountsLinesWithinQuotes) {
  EXPECT_EQ(errorOf("a,\"b\nc\"\n1,2\n3\n"),
            "t.csv: line 4: expected 2 cells between commas, found 1");
}

TEST(TableParser, MakesDoubleNamesDifferent) {
  EXPECT_EQ(parse("a,a,\n1,2,3\n").channels, names({"a", "a_2", "3"}));
}

TEST(TableParser, KeepsExtremeValues) {
  const Table table = parse("a\n1e300\n-1e300\n5e-324\n1e999\n");
  EXPECT_EQ(table.rows[0].values[0], 1e300);
  EXPECT_EQ(table.rows[2].values[0], 5e-324);
  EXPECT_TRUE(std::isnan(table.rows[3].values[0]));
}

}  // namespace
}  // namespace hiss
