// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/alert_model.h"

#include <QFont>
#include <QLocale>
#include <algorithm>
#include <limits>

#include "ui/sensors/moment_axis.h"

namespace hiss {
namespace {

constexpr double kDayAndTime = 1e15;  // a span whose moments have a date and minutes

QString textOf(SensorAlert::Kind kind) {
  switch (kind) {
    case SensorAlert::Kind::kAnomaly:
      return AlertModel::tr("unusual");
    case SensorAlert::Kind::kNoData:
      return AlertModel::tr("no data");
    case SensorAlert::Kind::kLimit:
      return AlertModel::tr("limit");
  }
  return {};
}

QString remarks(const SensorAlert& alert) {
  QStringList words;
  if (alert.is_on) words << AlertModel::tr("still on");
  if (alert.label == QLatin1String("normal")) words << AlertModel::tr("marked normal");
  if (alert.label == QLatin1String("fault")) words << AlertModel::tr("marked as a fault");
  if (alert.is_acknowledged) words << AlertModel::tr("seen");
  if (!alert.note.isEmpty()) words << QStringLiteral("“%1”").arg(alert.note);
  words << alert.text;
  return words.join(QStringLiteral(" · "));
}

}  // namespace

void AlertModel::setAlerts(const std::vector<SensorAlert>& alerts) {
  // New ones come at the top: rows that are there keep their selection.
  const QString first = alerts_.empty() ? QString() : alerts_.front().id;
  const auto old = std::find_if(alerts.begin(), alerts.end(),
                                [&](const SensorAlert& alert) { return alert.id == first; });
  const auto fresh = static_cast<std::size_t>(old - alerts.begin());
  if (!alerts_.empty() && old != alerts.end() && alerts.size() == alerts_.size() + fresh) {
    if (fresh > 0) beginInsertRows({}, 0, static_cast<int>(fresh) - 1);
    alerts_ = alerts;
    if (fresh > 0) endInsertRows();
    emit dataChanged(index(0, 0), index(rowCount() - 1, kColumns - 1));
    return;
  }
  beginResetModel();
  alerts_ = alerts;
  endResetModel();
}

const SensorAlert* AlertModel::alert(int row) const {
  return row >= 0 && row < rowCount() ? &alerts_[static_cast<std::size_t>(row)] : nullptr;
}

int AlertModel::rowOf(const QString& id) const {
  const auto found = std::find_if(alerts_.begin(), alerts_.end(),
                                  [&](const SensorAlert& alert) { return alert.id == id; });
  return found == alerts_.end() ? -1 : static_cast<int>(found - alerts_.begin());
}

int AlertModel::rowCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : static_cast<int>(alerts_.size());
}

int AlertModel::columnCount(const QModelIndex& parent) const {
  return parent.isValid() ? 0 : kColumns;
}

QVariant AlertModel::data(const QModelIndex& index, int role) const {
  const SensorAlert* const found = index.isValid() ? alert(index.row()) : nullptr;
  if (found == nullptr) return {};
  if (role == Qt::FontRole && found->is_on) {
    QFont bold;
    bold.setBold(true);
    return bold;
  }
  if (role == Qt::ToolTipRole) return remarks(*found);
  if (role != Qt::DisplayRole) return {};
  switch (index.column()) {
    case kTime:
      return found->has_time
                 ? momentText(found->begin, true, std::numeric_limits<double>::max()) +
                       QLatin1Char(' ') + momentText(found->begin, true, kDayAndTime / 20.0)
                 : momentText(found->begin, false, 0.0);
    case kStream:
      return found->stream;
    case kKind:
      return textOf(found->kind);
    case kScore:
      return QLocale().toString(found->peak_score, 'f', 2);
    case kTop:
      return found->top_channel;
    case kText:
      return remarks(*found);
    default:
      return {};
  }
}

QVariant AlertModel::headerData(int section, Qt::Orientation orientation, int role) const {
  if (orientation != Qt::Horizontal || role != Qt::DisplayRole) return {};
  switch (section) {
    case kTime:
      return tr("Began");
    case kStream:
      return tr("Stream");
    case kKind:
      return tr("Kind");
    case kScore:
      return tr("Score");
    case kTop:
      return tr("Channel");
    case kText:
      return tr("What happened");
    default:
      return {};
  }
}

}  // namespace hiss
