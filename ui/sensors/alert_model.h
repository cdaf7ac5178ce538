// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "ui/sensors/sensor_feed.h"

namespace hiss {

// The list of alerts, newest first. [main-thread]
class AlertModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kTime, kStream, kKind, kScore, kTop, kText, kColumns };

  using QAbstractTableModel::QAbstractTableModel;

  void setAlerts(const std::vector<SensorAlert>& alerts);
  // Null: there is no such row.
  [[nodiscard]] const SensorAlert* alert(int row) const;
  [[nodiscard]] int rowOf(const QString& id) const;  // -1: none

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                    int role) const override;

 private:
  std::vector<SensorAlert> alerts_;
};

}  // namespace hiss
