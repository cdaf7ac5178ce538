// SPDX-License-Identifier: Apache-2.0
#include "app/engine/batch_commit.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;
using Existing = AtomicOutput::Existing;

class BatchCommitTest : public TemporaryFolderTest {
 protected:
  FileOutcome make(const std::string& name, Existing existing = Existing::kRefuse) {
    FileOutcome outcome;
    write("in/" + name, "input");
    outcome.entry = {path("in/" + name), path("out/" + name), std::nullopt};
    outcome.input_stamp = fileStamp(outcome.entry.input);
    outcome.report.emplace();
    outcome.unnamed = std::make_unique<AtomicOutput>(outcome.entry.output, existing);
    const std::string text = "output of " + name;
    EXPECT_EQ(outcome.unnamed->file().write(std::as_bytes(std::span(text))), text.size());
    return outcome;
  }

  static void commit(std::vector<FileOutcome>& outcomes, Journal* journal) {
    std::vector<FileOutcome*> pointers;
    for (FileOutcome& outcome : outcomes) pointers.push_back(&outcome);
    commitTogether(pointers, journal);
  }

  std::vector<std::string> temporaries() const {
    std::vector<std::string> found = files();
    std::erase_if(found, [](const std::string& name) { return !name.ends_with(".tmp"); });
    return found;
  }
};

TEST_F(BatchCommitTest, AllGetTheirNamesAndLines) {
  std::vector<FileOutcome> outcomes;
  for (int i = 0; i < 40; ++i) {
    outcomes.push_back(make(std::to_string(i % 3) + "/" + std::to_string(i)));
  }
  Journal journal(path("out"), "s");
  journal.read();
  commit(outcomes, &journal);
  for (const FileOutcome& outcome : outcomes) {
    EXPECT_FALSE(outcome.failure);
    EXPECT_TRUE(outcome.report);
    EXPECT_FALSE(outcome.unnamed);
    const std::string name = outcome.entry.output.lexically_relative(path("out")).string();
    EXPECT_EQ(read("out/" + name), "output of " + name);
    EXPECT_EQ(journal.state(outcome.entry), Journal::State::kDone);
  }
  EXPECT_TRUE(temporaries().empty());
}

TEST_F(BatchCommitTest, WhatFailsLeavesTheOthers) {
  std::vector<FileOutcome> outcomes;
  for (const char* name : {"a", "b", "c"}) outcomes.push_back(make(name));
  write("out/b", "somebody else's");  // came meanwhile
  outcomes.emplace_back().skipped = "done before";
  commit(outcomes, nullptr);
  EXPECT_FALSE(outcomes[0].failure);
  ASSERT_TRUE(outcomes[1].failure);
  EXPECT_EQ(outcomes[1].failure->kind(), FailureKind::kOutput);
  EXPECT_FALSE(outcomes[1].report);
  EXPECT_FALSE(outcomes[2].failure);
  EXPECT_EQ(outcomes[3].skipped, "done before");
  EXPECT_EQ(read("out/a"), "output of a");
  EXPECT_EQ(read("out/b"), "somebody else's");
  EXPECT_EQ(read("out/c"), "output of c");
  EXPECT_TRUE(temporaries().empty());
}

TEST_F(BatchCommitTest, NothingIsNamedWithoutItsLine) {
  std::vector<FileOutcome> outcomes;
  for (const char* name : {"a", "b"}) outcomes.push_back(make(name, Existing::kReplace));
  write("out/a", "old");
  fs::create_directory(path("out/.hiss-journal"));  // cannot be written
  Journal journal(path("out"), "s");
  commit(outcomes, &journal);
  for (const FileOutcome& outcome : outcomes) {
    ASSERT_TRUE(outcome.failure);
    EXPECT_NE(std::string_view(outcome.failure->what()).find(".hiss-journal"),
              std::string_view::npos);
  }
  EXPECT_EQ(read("out/a"), "old");
  EXPECT_FALSE(fs::exists(path("out/b")));
  EXPECT_TRUE(temporaries().empty());
}

}  // namespace
}  // namespace hiss
