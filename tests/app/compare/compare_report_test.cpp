// SPDX-License-Identifier: Apache-2.0
#include "app/engine/compare/compare_report.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <string>

#include "app/engine/failure.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

constexpr float kNothing = std::numeric_limits<float>::quiet_NaN();

CompareReport report() {
  CompareReport result;
  result.task = "sequence";
  result.input = "in.csv";
  result.simd = "scalar";
  CompareModel model;
  model.name = "a,b";
  model.kind = "s4d";
  model.parameters = 12;
  model.step.count = 2;
  model.step.mean_us = 3.0;
  model.quality = {{"mse", "squared error", 3, 0.5}};
  model.trace = {{1.5F, 2.0F}, {0.25F, 4.0F}, {0.0F, 1.0F}, {0.0F, 0.5F}, {kNothing, 8.0F}};
  result.models.push_back(model);
  result.baseline = "the row before";
  result.baseline_quality = {{"mse", "squared error", 3, kNothing}};
  return result;
}

TEST(CompareReport, TellsAllInOneDocument) {
  CompareReport own = report();
  const nlohmann::json document = compareJson(own);
  EXPECT_EQ(document["task"], "sequence");
  EXPECT_EQ(document["baseline"]["name"], "the row before");
  EXPECT_TRUE(document["baseline"]["quality"]["mse"].is_null());
  EXPECT_FALSE(document.contains("reference"));
  const nlohmann::json& model = document["models"][0];
  EXPECT_EQ(model["name"], "a,b");
  EXPECT_EQ(model["steps"], 2);
  EXPECT_EQ(model["quality"]["mse"], 0.5);
  EXPECT_TRUE(model["dt"]["variation"].is_null());
  EXPECT_FALSE(model.contains("rtf"));

  own.models[0].step_seconds = 0.01;
  own.reference = "clean.wav";
  own.baseline.clear();
  const nlohmann::json of_sound = compareJson(own);
  EXPECT_DOUBLE_EQ(of_sound["models"][0]["rtf"], 3e-4);
  EXPECT_DOUBLE_EQ(of_sound["models"][0]["step_ms"], 10.0);
  EXPECT_EQ(of_sound["reference"], "clean.wav");
  EXPECT_FALSE(of_sound.contains("baseline"));
}

class CompareReportTest : public TemporaryFolderTest {};

TEST_F(CompareReportTest, WritesARowForEachStep) {
  CompareReport own = report();
  own.models.push_back(own.models[0]);
  own.models[1].name = "c";
  own.models[1].trace.loss.clear();
  {
    ByteFile file = ByteFile::createNew(path("t.csv"));
    writeTraces(own, file, "t.csv");
  }
  EXPECT_EQ(read("t.csv"),
            "model,step,step_us,state_rms,dt_mean,dt_deviation,loss\n"
            "\"a,b\",1,1.5,0.25,0,0,\n"
            "\"a,b\",2,2,4,1,0.5,8\n"
            "c,1,1.5,0.25,0,0,\n"
            "c,2,2,4,1,0.5,\n");
}

TEST_F(CompareReportTest, SaysWhereThereIsNoRoom) {
  ByteFile full = ByteFile::adopt(::open("/dev/full", O_WRONLY | O_CLOEXEC));
  try {
    writeTraces(report(), full, "t.csv");
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kOutput);
    EXPECT_NE(std::string(failure.what()).find("t.csv: expected "), std::string::npos);
  }
}

}  // namespace
}  // namespace hiss
