// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sensors/detect_job.h"

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "app/engine/failure.h"
#include "tests/app/sensors/fake_detector.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class DetectJobTest : public TemporaryFolderTest {
 protected:
  DetectJob job(const std::string& input, const std::string& output) const {
    DetectJob job;
    job.input = path(input);
    job.output = path(output);
    job.detector = "fake";
    job.watch.budget.alarm_p = 0.01;  // evidence above 2
    return job;
  }
  static DetectReport run(const DetectJob& job) {
    DetectHooks hooks;
    hooks.make_detector = [] { return std::make_unique<FakeDetector>(); };
    return detectFile(job, hooks);
  }
  static std::string errorOf(const DetectJob& job) {
    try {
      run(job);
    } catch (const Failure& failure) {
      return failure.what();
    }
    return "none";
  }
  // A minute a row; jumps by 10 at each row that is a multiple of 150.
  static std::string table(int begin, int end, bool header = true) {
    std::ostringstream text;
    if (header) text << "time,a,b\n";
    for (int i = begin; i < end; ++i) {
      text << i * 60 << ',' << (i / 150) * 10 << ',' << 0.25 * (i % 3) << '\n';
    }
    return text.str();
  }
  static std::string withoutHeader(const std::string& text) {
    return text.substr(text.find('\n') + 1);
  }
};

TEST_F(DetectJobTest, WritesARowForEachRow) {
  write("in.csv", "time,value\n0,1\n60,1\n120,1\n180,1.5\n240,9\n300,\n");
  const DetectReport report = run(job("in.csv", "out.csv"));
  EXPECT_EQ(read("out.csv"),
            "time,value,low,high,p,score,alert,top\n"
            "0,1,-1,1,1,0,,\n"
            "60,1,0,2,1,0,,\n"
            "120,1,0,2,1,0,,\n"
            "180,1.5,0,2,0.316227766,0.25,,value\n"
            "240,9,0.5,2.5,3.16227766e-08,3.75,1,value\n"
            "300,,,,1,0,,\n");
  EXPECT_EQ(report.rows, 6U);
  EXPECT_EQ(report.interval_s, 60.0);
  EXPECT_EQ(report.events.missing_values, 1U);
  ASSERT_EQ(report.records.size(), 1U);
  EXPECT_EQ(report.records[0].begin_row, 4U);
  EXPECT_EQ(report.records[0].begin_time, "240");
  EXPECT_EQ(report.records[0].peak_score, 3.75);
  EXPECT_EQ(report.records[0].shares, std::vector<double>{1.0});
  EXPECT_TRUE(report.records[0].open) << "within the cool-down";
  EXPECT_EQ(report.peak_row, 4U);
}

TEST_F(DetectJobTest, NamesColumnsOfSeveralChannels) {
  write("in.csv", "1,2\n3,4\n");
  run(job("in.csv", "out.csv"));
  const std::string text = read("out.csv");
  EXPECT_EQ(text.substr(0, text.find('\n')),
            "time,1,1 low,1 high,2,2 low,2 high,p,score,alert,top");
  EXPECT_EQ(withoutHeader(text).substr(0, 2), "0,");
}

TEST_F(DetectJobTest, ATruncatedInputGivesTheSameRows) {
  const std::string whole = table(0, 1000);
  write("whole.csv", whole);
  run(job("whole.csv", "whole.out"));
  for (const int rows : {40, 151, 300, 777}) {
    write("cut.csv", table(0, rows));
    DetectJob cut = job("cut.csv", "cut.out");
    cut.replace = true;
    run(cut);
    const std::string out = read("cut.out");
    EXPECT_EQ(out, read("whole.out").substr(0, out.size())) << rows;
  }
}

TEST_F(DetectJobTest, AStateContinuesToTheByte) {
  write("whole.csv", table(0, 1000));
  const DetectReport all = run(job("whole.csv", "whole.out"));
  ASSERT_EQ(all.records.size(), 5U) << "the sixth jump goes on with the fifth: it flaps";
  for (const int split : {1, 2, 150, 151, 460, 998}) {
    write("a.csv", table(0, split));
    write("b.csv", table(split, 1000, split % 2 == 0));  // a header or none
    for (const char* part : {"a", "b"}) {
      DetectJob one = job(std::string(part) + ".csv", std::string(part) + ".out");
      one.state = path("state" + std::to_string(split));
      one.replace = true;
      const DetectReport report = run(one);
      if (*part == 'b') {
        EXPECT_EQ(report.first_row, std::uint64_t(split));
        EXPECT_EQ(report.interval_s, all.interval_s);
        EXPECT_EQ(report.records.back().begin_row, all.records.back().begin_row);
        EXPECT_EQ(report.records.back().shares, all.records.back().shares);
      }
    }
    EXPECT_EQ(read("a.out") + withoutHeader(read("b.out")), read("whole.out")) << split;
  }
}

TEST_F(DetectJobTest, RefusesStatesThatDoNotFit) {
  write("in.csv", table(0, 50));
  DetectJob one = job("in.csv", "out.csv");
  one.replace = true;
  one.state = path("state");
  run(one);
  const std::string state = read("state");
  const std::string name = path("state").string();

  DetectJob other = one;
  other.detector = "ewma";
  EXPECT_EQ(errorOf(other), name + ": expected a state of the detector ewma, found one of fake");
  other = one;
  other.table.columns = {"a"};
  EXPECT_EQ(errorOf(other), name + ": expected a state of the channels a, found one of a, b");
  other = one;
  other.table.time = "none";
  other.table.columns = {"a", "b"};
  EXPECT_EQ(errorOf(other), name + ": expected a state of rows without times, found another");

  for (std::size_t at = 0; at < state.size(); at += 7) {
    std::string damaged = state;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    write("state", damaged);
    EXPECT_NE(errorOf(one).find("expected a state of hiss detect"), std::string::npos) << at;
  }
  write("state", state.substr(0, state.size() - 1));
  EXPECT_NE(errorOf(one).find("a damaged one"), std::string::npos);
  write("state", "");
  EXPECT_NE(errorOf(one).find("something else"), std::string::npos);
  write("state", "hiss-detect-state 9 0\n{}\n");
  EXPECT_NE(errorOf(one).find("another version"), std::string::npos);
}

TEST_F(DetectJobTest, KeepsTheOldStateIfTheRunFails) {
  write("in.csv", table(0, 50));
  DetectJob one = job("in.csv", "out.csv");
  one.state = path("state");
  run(one);
  const std::string state = read("state");
  write("in.csv", table(50, 80) + "1\n");
  one.output = path("second.csv");
  EXPECT_NE(errorOf(one).find("line 32"), std::string::npos);
  EXPECT_EQ(read("state"), state);
  EXPECT_EQ(files(), (std::vector<std::string>{"in.csv", "out.csv", "state"}));
}

TEST_F(DetectJobTest, DrawsAPictureOfAnyLength) {
  std::ostringstream text;
  text << "a,b,c,d,e,f,g,h\n";
  for (int i = 0; i < 12000; ++i) {
    text << std::sin(0.01 * i) << ",1e300,-1e300,,0,5,nan," << (i == 9000 ? 50 : 0) << '\n';
  }
  write("in.csv", text.str());
  DetectJob one = job("in.csv", "out.csv");
  one.plot = path("out.png");
  run(one);
  EXPECT_EQ(read("out.png").substr(1, 3), "PNG");
  EXPECT_GT(read("out.png").size(), 5000U);
}

TEST_F(DetectJobTest, RefusesToOverwrite) {
  write("in.csv", table(0, 50));
  write("out.csv", "mine");
  EXPECT_NE(errorOf(job("in.csv", "out.csv")), "none");
  EXPECT_EQ(read("out.csv"), "mine");
  EXPECT_NE(errorOf(job("in.csv", "in.csv")), "none");
  DetectJob one = job("in.csv", "new.csv");
  one.plot = path("new.csv");
  EXPECT_NE(errorOf(one).find("different files"), std::string::npos);
}

TEST_F(DetectJobTest, QuotesNamesAndTimesThatNeedIt) {
  write("in.csv",
        "time;\"a,\"\"b\"\"\"\n\"2020-01-01 00:00:00,5\";1\n\"2020-01-01 00:00:01,5\";2\n");
  run(job("in.csv", "out.csv"));
  const std::string text = read("out.csv");
  EXPECT_EQ(text.substr(0, text.find(",low")), "time,\"a,\"\"b\"\"\"");
  EXPECT_EQ(withoutHeader(text).substr(0, 26), "\"2020-01-01 00:00:00,5\",1,");
}

}  // namespace
}  // namespace hiss
