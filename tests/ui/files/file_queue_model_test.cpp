// SPDX-License-Identifier: Apache-2.0
#include "ui/files/file_queue_model.h"

#include <gtest/gtest.h>

#include <QAbstractItemModelTester>
#include <QSignalSpy>

#include "ui/files/time_left.h"

namespace hiss {
namespace {

QStringList paths(int count) {
  QStringList list;
  for (int i = 0; i < count; ++i) list << QStringLiteral("/sounds/%1.wav").arg(i);
  return list;
}

TEST(FileQueueModelTest, AFileIsTakenOnce) {
  FileQueueModel model;
  const QAbstractItemModelTester tester(&model);
  EXPECT_EQ(model.add({"/a.wav", "/b.wav"}).size(), 2);
  EXPECT_EQ(model.add({"/b.wav", "/c.wav"}).size(), 1);
  EXPECT_EQ(model.rowCount(), 3);
  model.remove({model.rows()[1].id});
  EXPECT_EQ(model.rowCount(), 2);
  EXPECT_EQ(model.add({"/b.wav"}).size(), 1);
  EXPECT_EQ(model.data(model.index(2, FileQueueModel::kName), Qt::DisplayRole), "b.wav");
}

TEST(FileQueueModelTest, RowsAreFoundByTheirIdsAfterOthersWent) {
  FileQueueModel model;
  const QAbstractItemModelTester tester(&model);
  const QList<quint64> ids = model.add(paths(10));
  model.remove({ids[0], ids[1], ids[5], ids[9]});
  EXPECT_EQ(model.rowCount(), 6);
  EXPECT_EQ(model.rowOf(ids[2]), 0);
  EXPECT_EQ(model.rowOf(ids[8]), 5);
  EXPECT_EQ(model.find(ids[5]), nullptr);
  FileRow row = *model.find(ids[8]);
  row.state = FileState::kFailed;
  row.notice.text = "The disk is full.";
  model.update({row});
  EXPECT_EQ(model.data(model.index(5, FileQueueModel::kMessage), Qt::DisplayRole),
            "The disk is full.");
}

TEST(FileQueueModelTest, TheShareOfTheWholeGoesByLength) {
  FileQueueModel model;
  const QList<quint64> ids = model.add(paths(2));
  FileRow longer = *model.find(ids[0]);
  longer.seconds = 90.0;
  longer.state = FileState::kRunning;
  longer.share = 0.5;
  FileRow shorter = *model.find(ids[1]);
  shorter.state = FileState::kDone;
  model.update({longer, shorter});
  EXPECT_DOUBLE_EQ(model.totals().share, 0.75);  // one length is not known: by files
  shorter.seconds = 10.0;
  model.update({shorter});
  EXPECT_DOUBLE_EQ(model.totals().share, 0.55);
  EXPECT_EQ(model.totals().running, 1);
  EXPECT_EQ(model.totals().done, 1);
}

TEST(FileQueueModelTest, ThousandsOfFilesAreAChangeOrTwoForTheViews) {
  constexpr int kFiles = 5000;
  FileQueueModel model;
  QSignalSpy inserted(&model, &QAbstractItemModel::rowsInserted);
  QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
  QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved);
  const QList<quint64> ids = model.add(paths(kFiles));
  QList<FileRow> rows;
  for (const quint64 id : ids) {
    rows << *model.find(id);
    rows.back().state = id % 2 == 0 ? FileState::kDone : FileState::kFailed;
  }
  model.update(rows);
  EXPECT_EQ(model.totals().done, kFiles / 2);
  QSet<quint64> upper(ids.begin() + kFiles / 2, ids.end());
  model.remove(upper);
  EXPECT_EQ(model.rowCount(), kFiles / 2);
  EXPECT_EQ(inserted.size(), 1);
  EXPECT_EQ(changed.size(), 1);
  EXPECT_EQ(removed.size(), 1);
}

TEST(LengthTextTest, HoursMinutesSeconds) {
  EXPECT_EQ(lengthText(-1.0), "");
  EXPECT_EQ(lengthText(7.4), "0:07");
  EXPECT_EQ(lengthText(754.0), "12:34");
  EXPECT_EQ(lengthText(36001.0), "10:00:01");
}

TEST(TimeLeftTest, GoesByTheWorkSinceTheStart) {
  TimeLeft left;
  left.restart(0.5);
  EXPECT_FALSE(left.seconds());
  left.advance(0.5, 0.55);
  EXPECT_FALSE(left.seconds());  // too little is known
  left.advance(1.5, 0.6);
  ASSERT_TRUE(left.seconds());
  EXPECT_NEAR(*left.seconds(), 8.0, 1e-9);
}

}  // namespace
}  // namespace hiss
