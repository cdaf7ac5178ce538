// SPDX-License-Identifier: Apache-2.0
#include "app/engine/history/history_csv.h"

#include <gtest/gtest.h>

#include "app/engine/failure.h"
#include "tests/app/history/made_rows.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class HistoryCsvTest : public TemporaryFolderTest {
 protected:
  void add(const std::string& stream, int channels, std::uint64_t rows, bool has_time) {
    MadeRows made(stream, channels, has_time);
    for (std::uint64_t r = 0; r < rows; ++r) history_.add(made.row(r));
  }
  SensorHistory history_;
  std::atomic<bool> cancelled_{false};
};

TEST_F(HistoryCsvTest, HasTheRowsOfTheRangeAndNothingElse) {
  add("pump", 2, 1500, true);
  EXPECT_EQ(writeHistoryCsv(history_, "pump", MadeRows::stamp(777), MadeRows::stamp(780),
                            path("out.csv"), cancelled_),
            3U);
  const std::string text = read("out.csv");
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "time,c0,c0 low,c0 high,c0 share,c1,c1 low,c1 high,c1 share,p,score,alert");
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 4);
  EXPECT_NE(text.find("\n2023-11-14T22:27:57Z,"), std::string::npos) << text;
  EXPECT_NE(text.find(",2.5,alert 0\n"), std::string::npos) << text;
}

TEST_F(HistoryCsvTest, RowsWithoutTimeHaveNumbersAndMissingCellsAreEmpty) {
  add("pump", 1, 20, false);
  EXPECT_EQ(writeHistoryCsv(history_, "pump", 13, 14, path("out.csv"), cancelled_), 1U);
  EXPECT_EQ(read("out.csv"),
            "row,c0,c0 low,c0 high,c0 share,p,score,alert\n13,,-1,12,1,0.07142857142857142,0.3,\n");
}

TEST_F(HistoryCsvTest, WhatCannotBeWrittenOrIsEndedLeavesNothing) {
  add("pump", 1, 20, true);
  EXPECT_THROW(writeHistoryCsv(history_, "none", 0, 1, path("a.csv"), cancelled_), Failure);
  EXPECT_THROW(writeHistoryCsv(history_, "pump", 0, 1, "/proc/nowhere/a.csv", cancelled_), Failure);
  cancelled_ = true;
  EXPECT_THROW(writeHistoryCsv(history_, "pump", MadeRows::stamp(0), MadeRows::stamp(20),
                               path("a.csv"), cancelled_),
               Failure);
  EXPECT_FALSE(std::filesystem::exists(path("a.csv")));
}

}  // namespace
}  // namespace hiss
