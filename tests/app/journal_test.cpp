// SPDX-License-Identifier: Apache-2.0
#include "app/engine/journal.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "app/engine/atomic_output.h"
#include "app/engine/batch_decision.h"
#include "app/engine/failure.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

class JournalTest : public TemporaryFolderTest {
 protected:
  JournalTest() {
    write("in/a.wav", "input");
    write("out/x/a.wav", "output");
    entry_ = {path("in/a.wav"), path("out/x/a.wav"), std::nullopt};
  }

  void add(const std::string& settings, const Shard& shard = {}) const {
    Journal journal(path("out"), settings, shard);
    addTo(journal, *fileStamp(entry_.input), *fileStamp(entry_.output));
  }

  void addTo(Journal& journal, const FileStamp& input, const FileStamp& output) const {
    const JournalLine line{&entry_, input, output};
    journal.add({&line, 1});
  }

  Journal::State state(const std::string& settings) const {
    Journal journal(path("out"), settings);
    journal.read();
    return journal.state(entry_);
  }

  void touch(const fs::path& name) const {
    fs::last_write_time(name, fs::last_write_time(name) + std::chrono::nanoseconds(1));
  }

  BatchEntry entry_;
};

TEST_F(JournalTest, KnowsWhatItWrote) {
  EXPECT_EQ(state("s"), Journal::State::kUnknown);
  add("s");
  EXPECT_EQ(state("s"), Journal::State::kDone);
  EXPECT_EQ(state("t"), Journal::State::kChanged);
  add("t");
  EXPECT_EQ(state("s"), Journal::State::kDone);  // either line may be the output's
  touch(entry_.input);
  EXPECT_EQ(state("s"), Journal::State::kChanged);
  add("s");
  EXPECT_EQ(state("s"), Journal::State::kDone);
  touch(entry_.output);
  EXPECT_EQ(state("s"), Journal::State::kChanged);
}

TEST_F(JournalTest, KnowsWhatItWroteItself) {
  Journal journal(path("out"), "s");
  journal.read();
  addTo(journal, *fileStamp(entry_.input), *fileStamp(entry_.output));
  EXPECT_EQ(journal.state(entry_), Journal::State::kDone);
  touch(entry_.input);  // of a folder that is watched, say
  EXPECT_EQ(journal.state(entry_), Journal::State::kChanged);
  addTo(journal, *fileStamp(entry_.input), *fileStamp(entry_.output));
  EXPECT_EQ(journal.state(entry_), Journal::State::kDone);
}

TEST_F(JournalTest, SeveralLinesAtOnce) {
  write("out/x/b.wav", "other");
  BatchEntry other = entry_;
  other.output = path("out/x/b.wav");
  const FileStamp input = *fileStamp(entry_.input);
  const std::vector<JournalLine> lines = {{&entry_, input, *fileStamp(entry_.output)},
                                          {&other, input, *fileStamp(other.output)}};
  Journal(path("out"), "s").add(lines);
  Journal(path("out"), "s").add({});
  Journal journal(path("out"), "s");
  journal.read();
  EXPECT_EQ(journal.state(entry_), Journal::State::kDone);
  EXPECT_EQ(journal.state(other), Journal::State::kDone);
}

TEST_F(JournalTest, DecisionsFollowIt) {
  add("s");
  Journal same(path("out"), "s");
  same.read();
  EXPECT_EQ(decide(entry_, ExistingOutput::kResume, &same).skip, "done before");
  Journal other(path("out"), "t");
  other.read();
  const Decision again = decide(entry_, ExistingOutput::kResume, &other);
  EXPECT_EQ(again.skip, "");
  EXPECT_TRUE(again.replace);
  EXPECT_EQ(decide(entry_, ExistingOutput::kResume).skip, "done before");
  EXPECT_THROW(decide(entry_, ExistingOutput::kRefuse, &same), Failure);
  // What is not there yet may be by the time that the output gets its name.
  BatchEntry other_name = entry_;
  other_name.output += ".not-there";
  EXPECT_TRUE(decide(other_name, ExistingOutput::kReplace).replace);
  EXPECT_FALSE(decide(other_name, ExistingOutput::kReplace).found);
  EXPECT_FALSE(decide(other_name, ExistingOutput::kRefuse).replace);
}

TEST_F(JournalTest, RunsSideBySideWriteFilesOfTheirOwn) {
  Journal first(path("out"), "s");
  addTo(first, {1, 2}, {3, 4});
  add("s");
  EXPECT_TRUE(fs::exists(path("out/.hiss-journal.2")));
  EXPECT_EQ(state("s"), Journal::State::kDone);
  add("s", {2, 3});
  EXPECT_TRUE(fs::exists(path("out/.hiss-journal-2-of-3")));
}

TEST_F(JournalTest, NothingIsMadeBeforeTheFirstLine) {
  Journal journal(path("new"), "s");
  journal.read();
  EXPECT_FALSE(fs::exists(path("new")));
}

TEST_F(JournalTest, FingerprintsTellOfChange) {
  EXPECT_EQ(fingerprintOfText(""), "cbf29ce484222325");  // FNV-1a's published values
  EXPECT_EQ(fingerprintOfText("foobar"), "85944171f73967e8");
  write("f", "foobar");
  EXPECT_EQ(fingerprintOfFile(path("f")), "85944171f73967e8");
  EXPECT_THROW(fingerprintOfFile(path("none")), Failure);
}

TEST_F(JournalTest, OnlyTemporariesThatNobodyHoldsAreRemoved) {
  write("out/x/.hiss-1-1.tmp", "dead");
  write("out/x/.hiss-notes", "other");
  AtomicOutput live(path("out/x/b.wav"), AtomicOutput::Existing::kRefuse);
  const std::vector<BatchEntry> entries = {entry_};
  removeStrayTemporaries(entries);
  EXPECT_FALSE(fs::exists(path("out/x/.hiss-1-1.tmp")));
  EXPECT_TRUE(fs::exists(path("out/x/.hiss-notes")));
  live.commit();
  EXPECT_TRUE(fs::exists(path("out/x/b.wav")));
}

}  // namespace
}  // namespace hiss
