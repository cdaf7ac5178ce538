// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/stream_model.h"

#include <QApplication>
#include <QLocale>
#include <QPalette>

#include "ui/base/plot_colours.h"

namespace hiss {

void StreamModel::setStreams(const std::vector<SensorStream>& streams) {
  if (streams.size() < streams_.size()) {
    beginResetModel();
    streams_ = streams;
    endResetModel();
    return;
  }
  const auto known = static_cast<int>(streams_.size());
  const auto count = static_cast<int>(streams.size());
  if (count > known) beginInsertRows({}, known, count - 1);
  streams_ = streams;
  if (count > known) endInsertRows();
  if (known > 0) emit dataChanged(index(0, 0), index(known - 1, kColumns - 1));
}

int StreamModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(streams_.size());
}

int StreamModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumns;
}

QString StreamModel::textOf(SensorState state) {
  switch (state) {
    case SensorState::kOk:
      return tr("ok");
    case SensorState::kWarmingUp:
      return tr("learning");
    case SensorState::kAlert:
      return tr("alert");
    case SensorState::kNoData:
      return tr("no data");
    case SensorState::kMuted:
      return tr("muted");
  }
  return {};
}

QVariant StreamModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const SensorStream& stream = streams_[static_cast<std::size_t>(index.row())];
  if (role == Qt::ToolTipRole) {
    return tr("%1: %n rows", nullptr, static_cast<int>(std::min<quint64>(stream.rows, 2000000000)))
        .arg(stream.name);
  }
  if (role == Qt::TextAlignmentRole && index.column() >= kScore) {
    return static_cast<int>(Qt::AlignRight | Qt::AlignVCenter);
  }
  if (role == Qt::ForegroundRole && index.column() == kState) {
    const bool is_bad = stream.state == SensorState::kAlert || stream.state == SensorState::kNoData;
    if (is_bad) return plotColours(QApplication::palette()).alert;
  }
  if (role != Qt::DisplayRole) return {};
  const QLocale locale;
  switch (index.column()) {
    case kName:
      return stream.name;
    case kState:
      return textOf(stream.state);
    case kScore:
      return locale.toString(stream.score, 'f', 2);
    case kRate:
      return locale.toString(stream.rows_per_s, 'g', 3);
    default:
      return {};
  }
}

QVariant StreamModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal) return {};
  const bool is_tip = role == Qt::ToolTipRole;
  if (role != Qt::DisplayRole && !is_tip) return {};
  switch (section) {
    case kName:
      return is_tip ? tr("Who measures") : tr("Stream");
    case kState:
      return is_tip ? tr("What the detector thinks of it now") : tr("State");
    case kScore:
      return is_tip ? tr("How unusual the newest row is; above 1 raises an alert") : tr("Score");
    case kRate:
      return is_tip ? tr("Rows in a second, lately") : tr("Rows/s");
    default:
      return {};
  }
}

}  // namespace hiss
