// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "ui/sensors/sensor_feed.h"

namespace hiss {

// The list of streams: name, state, score, rate. Streams stay where they are; new ones come at the
// end. [main-thread]
class StreamModel : public QAbstractTableModel {
  Q_OBJECT

 public:
  enum Column { kName, kState, kScore, kRate, kColumns };

  using QAbstractTableModel::QAbstractTableModel;

  void setStreams(const std::vector<SensorStream>& streams);
  [[nodiscard]] const std::vector<SensorStream>& streams() const noexcept { return streams_; }

  [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
  [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
  [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation,
                                    int role) const override;

  [[nodiscard]] static QString textOf(SensorState state);

 private:
  std::vector<SensorStream> streams_;
};

}  // namespace hiss
