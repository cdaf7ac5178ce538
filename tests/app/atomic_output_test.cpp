// SPDX-License-Identifier: Apache-2.0
#include "app/engine/atomic_output.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

using Existing = AtomicOutput::Existing;
using Files = std::vector<std::string>;

void put(AtomicOutput& output, std::string_view text) {
  ASSERT_EQ(output.file().write(std::as_bytes(std::span(text))), text.size());
}

class AtomicOutputTest : public TemporaryFolderTest {};

TEST_F(AtomicOutputTest, AppearsOnlyWhenCommitted) {
  AtomicOutput output(path("new/deep/a.txt"), Existing::kRefuse);
  put(output, "content");
  ASSERT_EQ(files().size(), 1U);
  EXPECT_TRUE(files()[0].starts_with("new/deep/.hiss-"));
  output.commit();
  EXPECT_EQ(files(), Files{"new/deep/a.txt"});
  EXPECT_EQ(read("new/deep/a.txt"), "content");
}

TEST_F(AtomicOutputTest, LeavesNothingUnlessCommitted) {
  write("a.txt", "old");
  {
    AtomicOutput output(path("a.txt"), Existing::kReplace);
    put(output, "half");
    EXPECT_EQ(files().size(), 2U);
  }
  EXPECT_EQ(files(), Files{"a.txt"});
  EXPECT_EQ(read("a.txt"), "old");
}

TEST_F(AtomicOutputTest, ReplacesWhenAsked) {
  write("a.txt", "old content, which is longer");
  AtomicOutput output(path("a.txt"), Existing::kReplace);
  put(output, "new");
  output.commit();
  EXPECT_EQ(read("a.txt"), "new");
  EXPECT_EQ(files(), Files{"a.txt"});
}

TEST_F(AtomicOutputTest, RefusesWhatExists) {
  write("a.txt", "old");
  EXPECT_THROW(AtomicOutput(path("a.txt"), Existing::kRefuse), Failure);
  // Also what came to exist meanwhile.
  AtomicOutput output(path("b.txt"), Existing::kRefuse);
  put(output, "new");
  write("b.txt", "someone else's");
  EXPECT_THROW(output.commit(), Failure);
  EXPECT_EQ(read("b.txt"), "someone else's");
}

TEST_F(AtomicOutputTest, RefusesFolders) {
  EXPECT_THROW(AtomicOutput(path(""), Existing::kReplace), Failure);
}

TEST_F(AtomicOutputTest, KeepsThePermissionsOfWhatItReplaces) {
  std::filesystem::permissions(write("a.txt", "old"), std::filesystem::perms(0604));
  AtomicOutput output(path("a.txt"), Existing::kReplace);
  output.commit();
  EXPECT_EQ(std::filesystem::status(path("a.txt")).permissions(), std::filesystem::perms(0604));
}

TEST_F(AtomicOutputTest, SignalHandlerRemovesUnfinishedOutputsOnly) {
  AtomicOutput done(path("done.txt"), Existing::kRefuse);
  done.commit();
  AtomicOutput first(path("first.txt"), Existing::kRefuse);
  AtomicOutput moved(std::move(first));
  AtomicOutput second(path("second.txt"), Existing::kRefuse);
  EXPECT_EQ(files().size(), 3U);
  removeUnfinishedOutputs();
  EXPECT_EQ(files(), Files{"done.txt"});
}

TEST_F(AtomicOutputTest, MoreOutputsThanTheHandlerHasRoomForStillWork) {
  std::vector<AtomicOutput> outputs;
  outputs.reserve(100);
  for (int i = 0; i < 100; ++i) {
    outputs.emplace_back(path(std::to_string(i)), Existing::kRefuse);
  }
  for (AtomicOutput& output : outputs) output.commit();
  EXPECT_EQ(files().size(), 100U);
}

TEST_F(AtomicOutputTest, CopiesToWhatCannotBeRenamedOnto) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const ByteFile keeps_pipe_open = ByteFile::adopt(::open(path("pipe").c_str(), O_RDWR));
  AtomicOutput output(path("pipe"), Existing::kRefuse);
  put(output, "content");
  output.commit();
  std::string received(7, ' ');
  ByteFile reader = ByteFile::adopt(::open(path("pipe").c_str(), O_RDONLY));
  EXPECT_EQ(reader.read(std::as_writable_bytes(std::span(received))), 7U);
  EXPECT_EQ(received, "content");
  EXPECT_EQ(files(), Files{"pipe"});
}

TEST_F(AtomicOutputTest, FullDeviceIsAFailureOfTheOutput) {
  AtomicOutput output("/dev/full", Existing::kRefuse);
  put(output, "content");
  try {
    output.commit();
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kOutput);
    EXPECT_NE(std::string(failure.what()).find("No space left"), std::string::npos);
  }
}

}  // namespace
}  // namespace hiss
