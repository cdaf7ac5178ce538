// SPDX-License-Identifier: Apache-2.0
#include "ui/files/file_queue_model.h"

#include <QApplication>
#include <QFileInfo>
#include <QLocale>
#include <QPalette>
#include <algorithm>
#include <cmath>

#include "ui/base/plot_colours.h"

namespace hiss {
namespace {

QString decibels(double db) {
  return std::isfinite(db) ? FileQueueModel::tr("%1 dB").arg(QLocale().toString(db, 'f', 1))
                           : QString();
}

bool isNumber(int column) {
  return column == FileQueueModel::kLength || column == FileQueueModel::kRemoved ||
         column == FileQueueModel::kSnr;
}

QVariant alignmentOf(int column) {
  return QVariant((isNumber(column) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter);
}

}  // namespace

QString stateText(FileState state) {
  switch (state) {
    case FileState::kWaiting:
      return FileQueueModel::tr("Waiting");
    case FileState::kRunning:
      return FileQueueModel::tr("Running");
    case FileState::kDone:
      return FileQueueModel::tr("Done");
    case FileState::kSkipped:
      return FileQueueModel::tr("Passed over");
    case FileState::kFailed:
      return FileQueueModel::tr("Failed");
  }
  return {};
}

QString lengthText(double seconds) {
  if (!(seconds >= 0.0)) return {};
  const auto whole = static_cast<qint64>(std::llround(seconds));
  const QChar zero('0');
  const QString minutes = QStringLiteral("%1:%2")
                              .arg(whole / 60 % 60, whole < 3600 ? 1 : 2, 10, zero)
                              .arg(whole % 60, 2, 10, zero);
  return whole < 3600 ? minutes : QStringLiteral("%1:%2").arg(whole / 3600).arg(minutes);
}

QList<quint64> FileQueueModel::add(const QStringList& paths) {
  std::vector<FileRow> fresh;
  QList<quint64> ids;
  for (const QString& path : paths) {
    if (paths_.contains(path)) continue;
    paths_.insert(path);
    FileRow row;
    row.id = ++last_id_;
    row.path = path;
    ids.append(row.id);
    fresh.push_back(std::move(row));
  }
  if (fresh.empty()) return ids;
  const int first = rowCount();
  beginInsertRows({}, first, first + static_cast<int>(fresh.size()) - 1);
  for (FileRow& row : fresh) {
    row_by_id_.insert(row.id, static_cast<int>(rows_.size()));
    rows_.push_back(std::move(row));
  }
  endInsertRows();
  return ids;
}

void FileQueueModel::update(const QList<FileRow>& rows) {
  int first = rowCount();
  int last = -1;
  for (const FileRow& row : rows) {
    const int at = rowOf(row.id);
    if (at < 0) continue;
    rows_[static_cast<std::size_t>(at)] = row;
    first = std::min(first, at);
    last = std::max(last, at);
  }
  if (last >= 0) emit dataChanged(index(first, 0), index(last, kColumns - 1));
}

void FileQueueModel::remove(const QSet<quint64>& ids) {
  const auto is_gone = [&](const FileRow& row) { return ids.contains(row.id); };
  if (std::none_of(rows_.begin(), rows_.end(), is_gone)) return;
  for (const FileRow& row : rows_) {
    if (is_gone(row)) paths_.remove(row.path);
  }
  // From the end, in runs of neighbours, so that views keep what is selected and scrolled to.
  for (int end = rowCount(); end > 0;) {
    if (!is_gone(rows_[static_cast<std::size_t>(end) - 1])) {
      --end;
      continue;
    }
    int begin = end - 1;
    while (begin > 0 && is_gone(rows_[static_cast<std::size_t>(begin) - 1])) --begin;
    beginRemoveRows({}, begin, end - 1);
    rows_.erase(rows_.begin() + begin, rows_.begin() + end);
    endRemoveRows();
    end = begin;
  }
  indexRows();
}

void FileQueueModel::indexRows() {
  row_by_id_.clear();
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    row_by_id_.insert(rows_[i].id, static_cast<int>(i));
  }
}

const FileRow* FileQueueModel::find(quint64 id) const {
  const int at = rowOf(id);
  return at < 0 ? nullptr : &rows_[static_cast<std::size_t>(at)];
}

QueueTotals FileQueueModel::totals() const {
  QueueTotals totals;
  totals.files = rowCount();
  double seconds = 0.0;
  double seconds_done = 0.0;
  double files_done = 0.0;
  bool all_known = true;
  for (const FileRow& row : rows_) {
    double done = 1.0;
    switch (row.state) {
      case FileState::kWaiting:
        ++totals.waiting;
        done = 0.0;
        break;
      case FileState::kRunning:
        ++totals.running;
        done = row.share;
        break;
      case FileState::kDone:
        ++totals.done;
        break;
      case FileState::kSkipped:
        ++totals.skipped;
        break;
      case FileState::kFailed:
        ++totals.failed;
        break;
    }
    files_done += done;
    // What cannot be read has no length and is done at once.
    if (row.seconds < 0.0) {
      all_known = all_known && row.state == FileState::kFailed;
      continue;
    }
    seconds += row.seconds;
    seconds_done += done * row.seconds;
  }
  if (all_known && seconds > 0.0) {
    totals.share = seconds_done / seconds;
  } else if (totals.files > 0) {
    totals.share = files_done / totals.files;
  }
  return totals;
}

int FileQueueModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(rows_.size());
}

int FileQueueModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumns;
}

QString FileQueueModel::text(const FileRow& row, int column) const {
  switch (column) {
    case kName:
      return row.path.mid(row.path.lastIndexOf(QLatin1Char('/')) + 1);
    case kLength:
      return lengthText(row.seconds);
    case kState:
      return stateText(row.state);
    case kRemoved:
      return decibels(row.figures.removed_db);
    case kSnr:
      if (!std::isfinite(row.figures.snr_before_db) || !std::isfinite(row.figures.snr_after_db)) {
        return {};
      }
      return tr("%1 → %2 dB", "signal-to-noise ratio before and after")
          .arg(QLocale().toString(row.figures.snr_before_db, 'f', 0),
               QLocale().toString(row.figures.snr_after_db, 'f', 0));
    case kMessage:
      return row.notice.text;
    default:
      return {};
  }
}

QString FileQueueModel::toolTip(const FileRow& row, int column) const {
  if (!row.notice.text.isEmpty() && column != kName) {
    QStringList lines = {row.notice.text, row.notice.advice, row.notice.details};
    lines.removeAll(QString());
    return lines.join(QLatin1Char('\n')).toHtmlEscaped().replace('\n', "<br>");
  }
  if (column == kName) return row.path.toHtmlEscaped();
  if (column == kRemoved) return tr("By how much the whole recording became quieter");
  if (column == kSnr) return tr("About how far speech lies above the noise, before and after");
  return {};
}

QVariant FileQueueModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid() || index.row() >= rowCount()) return {};
  const FileRow& row = rows_[static_cast<std::size_t>(index.row())];
  const int column = index.column();
  switch (role) {
    case Qt::DisplayRole:
      return text(row, column);
    case Qt::ToolTipRole:
      return toolTip(row, column);
    case Qt::AccessibleTextRole:
      if (column == kState && row.state == FileState::kRunning) {
        return tr("running, %1 %").arg(std::lround(100.0 * row.share));
      }
      return text(row, column);
    case Qt::TextAlignmentRole:
      return alignmentOf(column);
    case Qt::ForegroundRole:
      if (row.state == FileState::kFailed && (column == kState || column == kMessage)) {
        return plotColours(QApplication::palette()).alert;
      }
      return {};
    case kShareRole:
      return column == kState && row.state == FileState::kRunning ? QVariant(row.share)
                                                                  : QVariant();
    default:
      return {};
  }
}

QVariant FileQueueModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  if (role == Qt::TextAlignmentRole) return alignmentOf(section);
  if (role != Qt::DisplayRole) return {};
  switch (section) {
    case kName:
      return tr("Recording");
    case kLength:
      return tr("Length");
    case kState:
      return tr("State");
    case kRemoved:
      return tr("Removed");
    case kSnr:
      return tr("SNR");
    case kMessage:
      return tr("Message");
    default:
      return {};
  }
}

}  // namespace hiss
