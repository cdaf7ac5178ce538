// SPDX-License-Identifier: Apache-2.0
#include "app/engine/batch_plan.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;
using Pairs = std::vector<std::pair<std::string, std::string>>;

class BatchPlanTest : public TemporaryFolderTest {
 protected:
  // Input and output of each entry relative to the test's folder; "!" is a fault.
  Pairs plan(std::vector<std::string> inputs, const std::string& output,
             const std::string& container = {}) const {
    for (std::string& input : inputs) input = absolute(input);
    Pairs pairs;
    for (const BatchEntry& entry :
         planBatch({inputs, output.empty() ? "" : absolute(output), container}).entries) {
      pairs.emplace_back(relative(entry.input), entry.failure ? "!" : relative(entry.output));
    }
    return pairs;
  }

 private:
  std::string absolute(const std::string& name) const {
    return name == "-" ? name : path(name).string();
  }
  std::string relative(const fs::path& name) const {
    return name == "-" ? "-" : name.lexically_relative(path("")).string();
  }
};

TEST_F(BatchPlanTest, OutputBesideTheInput) {
  write("a.wav", "");
  EXPECT_EQ(plan({"a.wav"}, ""), (Pairs{{"a.wav", "a.denoised.wav"}}));
  EXPECT_EQ(plan({"missing.b.flac"}, ""), (Pairs{{"missing.b.flac", "missing.b.denoised.flac"}}));
  EXPECT_EQ(plan({"a.wav"}, "", "flac"), (Pairs{{"a.wav", "a.denoised.flac"}}));
  EXPECT_EQ(plan({"noextension"}, ""), (Pairs{{"noextension", "noextension.denoised"}}));
}

TEST_F(BatchPlanTest, RemovedSoundHasItsOwnName) {
  write("in/a.wav", "");
  write("in/a.denoised.wav", "");
  write("in/a.removed.wav", "");
  const auto entries = planBatch({{path("in").string()}, "", "flac", true}).entries;
  ASSERT_EQ(entries.size(), 1U);  // neither kind of output is taken for an input
  EXPECT_EQ(entries[0].input, path("in/a.wav"));
  EXPECT_EQ(entries[0].output, path("in/a.removed.flac"));
}

TEST_F(BatchPlanTest, ScoresAreTables) {
  for (const char* name : {"in/a.csv", "in/b.TSV", "in/a.scores.csv", "in/c.wav", "in/d.txt"}) {
    write(name, "");
  }
  BatchRequest request;
  request.inputs = {path("in").string()};
  request.kind = BatchKind::kTableScores;
  auto entries = planBatch(request).entries;
  ASSERT_EQ(entries.size(), 2U);  // what it made itself is no input
  EXPECT_EQ(entries[0].output, path("in/a.scores.csv"));
  EXPECT_EQ(entries[1].output, path("in/b.scores.csv"));
  request.output = path("out").string();
  EXPECT_EQ(planBatch(request).entries[1].output, path("out/b.csv"));
  request.kind = BatchKind::kSoundScores;
  entries = planBatch(request).entries;
  ASSERT_EQ(entries.size(), 1U);
  EXPECT_EQ(entries[0].output, path("out/c.csv"));
  request.inputs = {path("in/d.txt").string(), path("in/a.scores.csv").string()};
  EXPECT_EQ(planBatch(request).entries.size(), 2U) << "whoever names a file means it";
}

TEST_F(BatchPlanTest, OutputFile) {
  EXPECT_EQ(plan({"a.wav"}, "out.flac"), (Pairs{{"a.wav", "out.flac"}}));
  EXPECT_EQ(plan({"a.wav"}, "-"), (Pairs{{"a.wav", "-"}}));
}

TEST_F(BatchPlanTest, StandardStreams) {
  EXPECT_EQ(plan({"-"}, ""), (Pairs{{"-", "-"}}));
  EXPECT_EQ(plan({"-"}, "a.wav"), (Pairs{{"-", "a.wav"}}));
  EXPECT_THROW(plan({"-"}, "folder/"), Failure);
  EXPECT_THROW(plan({"a.wav", "b.wav"}, "-"), Failure);
}

TEST_F(BatchPlanTest, OutputFolder) {
  fs::create_directory(path("out"));
  EXPECT_EQ(plan({"x/a.wav"}, "out"), (Pairs{{"x/a.wav", "out/a.wav"}}));
  EXPECT_EQ(plan({"x/a.wav", "b.wav"}, "new"),
            (Pairs{{"x/a.wav", "new/a.wav"}, {"b.wav", "new/b.wav"}}));
  EXPECT_EQ(plan({"x/a.wav"}, "out", "caf"), (Pairs{{"x/a.wav", "out/a.caf"}}));
  write("file", "");
  EXPECT_THROW(plan({"a.wav", "b.wav"}, "file"), Failure);
}

TEST_F(BatchPlanTest, FoldersAreSearchedInOrder) {
  for (const char* name : {"in/b.wav", "in/a.FLAC", "in/sub/c.ogg", "in/sub/d.txt", "in/.e.wav",
                           "in/.hidden/f.wav", "in/g.denoised.wav"}) {
    write(name, "");
  }
  EXPECT_EQ(plan({"in"}, ""), (Pairs{{"in/a.FLAC", "in/a.denoised.FLAC"},
                                     {"in/b.wav", "in/b.denoised.wav"},
                                     {"in/sub/c.ogg", "in/sub/c.denoised.ogg"}}));
  // In another folder such a name is nobody's output.
  EXPECT_EQ(plan({"in"}, "out"), (Pairs{{"in/a.FLAC", "out/a.FLAC"},
                                        {"in/b.wav", "out/b.wav"},
                                        {"in/g.denoised.wav", "out/g.denoised.wav"},
                                        {"in/sub/c.ogg", "out/sub/c.ogg"}}));
}

TEST_F(BatchPlanTest, FolderWithoutSoundIsAFault) {
  write("in/a.txt", "");
  EXPECT_EQ(plan({"in", "b.wav"}, "out"), (Pairs{{"in", "!"}, {"b.wav", "out/b.wav"}}));
}

TEST_F(BatchPlanTest, OutputFolderIsNotAnInput) {
  write("in/a.wav", "");
  write("in/out/a.wav", "");
  EXPECT_EQ(plan({"in"}, "in/out"), (Pairs{{"in/a.wav", "in/out/a.wav"}}));
}

TEST_F(BatchPlanTest, LinksToFoldersAreNotFollowed) {
  write("in/a.wav", "");
  fs::create_directory_symlink(path("in"), path("in/loop"));
  EXPECT_EQ(plan({"in"}, "out").size(), 1U);
}

TEST_F(BatchPlanTest, OutputMayNotBeAnyInput) {
  write("a.wav", "");
  write("x/b.wav", "");
  fs::create_hard_link(path("a.wav"), path("hard.wav"));
  fs::create_symlink("a.wav", path("soft.wav"));
  EXPECT_EQ(plan({"a.wav"}, "hard.wav"), (Pairs{{"a.wav", "!"}}));
  EXPECT_EQ(plan({"a.wav"}, "soft.wav"), (Pairs{{"a.wav", "!"}}));
  write("y/b.wav", "");
  EXPECT_EQ(plan({"x/b.wav", "y/b.wav"}, "y"), (Pairs{{"x/b.wav", "!"}, {"y/b.wav", "!"}}));
}

TEST_F(BatchPlanTest, OutputServesOneInput) {
  EXPECT_EQ(plan({"x/b.wav", "y/b.wav"}, "out"),
            (Pairs{{"x/b.wav", "out/b.wav"}, {"y/b.wav", "!"}}));
}

TEST_F(BatchPlanTest, ShardsAreEveryNthByPathAndTogetherAll) {
  for (const char* name : {"in/b/x.wav", "in/a.wav", "in/c.wav", "in/b/a.wav", "more/a.flac"}) {
    write(name, name);
  }
  const auto shard = [this](int index, int count) {
    BatchRequest request;
    request.inputs = {path("in").string(), path("more").string()};
    request.output = path("out").string();
    request.shard = {index, count};
    std::vector<std::string> outputs;
    for (const BatchEntry& entry : planBatch(request).entries) {
      outputs.push_back(entry.output.lexically_relative(path("out")).string());
    }
    return outputs;
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(shard(1, 2), (Names{"a.flac", "b/a.wav", "c.wav"}));
  EXPECT_EQ(shard(2, 2), (Names{"a.wav", "b/x.wav"}));
  Names together;
  for (int i = 1; i <= 7; ++i) {
    for (const std::string& name : shard(i, 7)) together.push_back(name);
  }
  EXPECT_EQ(together, (Names{"a.flac", "a.wav", "b/a.wav", "b/x.wav", "c.wav"}));
  EXPECT_EQ(shard(7, 7), Names{});
}

TEST_F(BatchPlanTest, TellsWhatKindOfBatchItIs) {
  write("in/a.wav", "");
  const BatchPlan folder = planBatch({{path("in").string()}, path("out").string(), ""});
  EXPECT_TRUE(folder.is_batch);
  EXPECT_EQ(folder.output_folder, path("out"));
  const BatchPlan file = planBatch({{path("in/a.wav").string()}, path("out.wav").string(), ""});
  EXPECT_FALSE(file.is_batch);
  EXPECT_EQ(file.output_folder, "");
}

}  // namespace
}  // namespace hiss
