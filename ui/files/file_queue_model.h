// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QAbstractTableModel>
#include <QHash>
#include <QList>
#include <QSet>
#include <vector>

#include "ui/files/file_row.h"

namespace hiss {

// What the queue holds, in files and in seconds of sound.
struct QueueTotals {
  int files = 0;
  int waiting = 0;
  int running = 0;
  int done = 0;
  int skipped = 0;
  int failed = 0;
  double share = 0.0;  // 0 … 1 of all files, by length where all lengths are known
};

// The queue as a table. A change of many rows is told to the views once. [main-thread]
class FileQueueModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kName, kLength, kState, kRemoved, kSnr, kMessage, kColumns };
  // Share of the work of a running file, as double; invalid for others.
  static constexpr int kShareRole = Qt::UserRole;

  using QAbstractTableModel::QAbstractTableModel;

  // Appends those that are not there; returns their rows' ids.
  QList<quint64> add(const QStringList& paths);
  // Replaces rows by their ids; those that are gone are passed over.
  void update(const QList<FileRow>& rows);
  void remove(const QSet<quint64>& ids);

  [[nodiscard]] const std::vector<FileRow>& rows() const noexcept { return rows_; }
  // Null: it is gone.
  [[nodiscard]] const FileRow* find(quint64 id) const;
  [[nodiscard]] int rowOf(quint64 id) const { return row_by_id_.value(id, -1); }
  [[nodiscard]] QueueTotals totals() const;

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                    int role) const override;

 private:
  [[nodiscard]] QString text(const FileRow& row, int column) const;
  [[nodiscard]] QString toolTip(const FileRow& row, int column) const;
  void indexRows();

  std::vector<FileRow> rows_;
  QHash<quint64, int> row_by_id_;
  QSet<QString> paths_;
  quint64 last_id_ = 0;
};

// "waiting", "done", ... as the user reads it.
QString stateText(FileState state);
// "0:07", "1:02:33"; empty if not known.
QString lengthText(double seconds);

}  // namespace hiss
