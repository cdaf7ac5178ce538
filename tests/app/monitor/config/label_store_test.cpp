// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/control/label_store.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/monitor/config/fake_controls.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

using Label = LabelStore::Label;

class LabelStoreTest : public TemporaryFolderTest {
 protected:
  static Label label(const std::string& id) {
    return labelOf(pumpAlert(id), "fault", "bearing \"B\"\nleft", 1'795'358'500'000'000'000);
  }
};

TEST_F(LabelStoreTest, KeepsLabelsOverRestarts) {
  {
    LabelStore store(path("state/labels.jsonl"));
    EXPECT_TRUE(store.read(10).empty());
    store.add(label("a"));
    store.add(label("b"));
  }
  LabelStore store(path("state/labels.jsonl"));
  store.add(label("c"));
  const std::vector<Label> labels = store.read(10);
  ASSERT_EQ(labels.size(), 3U);
  EXPECT_EQ(labels[0].id, "a");
  EXPECT_EQ(labels[2].id, "c");
  EXPECT_EQ(labels[0].time_ns, 1'795'358'500'000'000'000);
  EXPECT_EQ(labels[0].stream, "plant/pump");
  EXPECT_EQ(labels[0].kind, "anomaly");
  EXPECT_EQ(labels[0].label, "fault");
  EXPECT_EQ(labels[0].note, "bearing \"B\"\nleft");
  EXPECT_EQ(labels[0].begin_row, 40U);
  EXPECT_EQ(labels[0].end_row, 44U);
  EXPECT_EQ(labels[0].begin_stamp_ns, 1'795'358'405'250'000'000);
  EXPECT_EQ(labels[0].end_stamp_ns, std::nullopt);
  EXPECT_EQ(labels[0].peak_score, 1.5);
  EXPECT_EQ(labels[0].peak_p, 1e-8);
  EXPECT_EQ(labels[0].top_channel, "flow");
  ASSERT_EQ(store.read(2).size(), 2U);
  EXPECT_EQ(store.read(2)[0].id, "b") << "the newest ones";
}

TEST_F(LabelStoreTest, EveryPrefixOfTheFileCanBeGoneOnWith) {
  std::string whole;
  {
    LabelStore store(path("labels.jsonl"));
    store.add(label("a"));
    store.add(label("b"));
    whole = read("labels.jsonl");
  }
  for (std::size_t bytes = 0; bytes <= whole.size(); ++bytes) {
    write("labels.jsonl", whole.substr(0, bytes));
    LabelStore store(path("labels.jsonl"));
    const auto lines = static_cast<std::size_t>(
        std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(bytes), '\n'));
    store.add(label("c"));
    std::size_t damaged = 1;
    const std::vector<Label> labels = store.read(10, &damaged);
    ASSERT_EQ(labels.size(), lines + 1) << bytes;
    EXPECT_EQ(labels.back().id, "c");
    EXPECT_EQ(damaged, 0U);
  }
}

TEST_F(LabelStoreTest, PassesOverDamagedLines) {
  LabelStore store(path("labels.jsonl"));
  store.add(label("a"));
  const std::string good = read("labels.jsonl");
  write("labels.jsonl", "{}\n" + good + "\x01\xff\n[]\n{\"id\":3}\n" + good);
  std::size_t damaged = 0;
  EXPECT_EQ(LabelStore(path("labels.jsonl")).read(10, &damaged).size(), 2U);
  EXPECT_EQ(damaged, 4U);
}

TEST_F(LabelStoreTest, WritesWhatIsNoTextOrNumber) {
  LabelStore store(path("labels.jsonl"));
  Label strange = label("\xff\xfe");
  strange.peak_score = std::numeric_limits<double>::infinity();
  store.add(strange);
  ASSERT_EQ(store.read(1).size(), 1U);
  EXPECT_EQ(store.read(1)[0].id, "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_F(LabelStoreTest, SaysWhereItCannotWrite) {
  write("file", "");
  try {
    LabelStore store(path("file/labels.jsonl"));
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kOutput);
    EXPECT_NE(std::string(failure.what()).find("labels.jsonl"), std::string::npos);
  }
  LabelStore full("/dev/full");
  EXPECT_THROW(full.add(label("a")), Failure);
}

}  // namespace
}  // namespace hiss
