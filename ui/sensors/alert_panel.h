// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>
#include <vector>

#include "ui/sensors/sensor_feed.h"

class QLineEdit;
class QPushButton;
class QTableView;

namespace hiss {

class AlertModel;
class ShareBars;

// The list of alerts, what people say of them, and who had to do with the one that is looked at.
// [main-thread]
class AlertPanel : public QWidget {
  Q_OBJECT

 public:
  explicit AlertPanel(QWidget* parent = nullptr);

  void setAlerts(const std::vector<SensorAlert>& alerts);
  [[nodiscard]] ShareBars& shares() noexcept { return *shares_; }
  // Null: none is chosen.
  [[nodiscard]] const SensorAlert* chosen() const;

  void markNormal();
  void markFault();
  void acknowledge();

 signals:
  // Somebody clicked it, or chose it with the keys.
  void alertChosen(const hiss::SensorAlert& alert);
  void labelled(const QString& alert_id, const QString& label, const QString& note);
  void acknowledged(const QString& alert_id, const QString& note);

 private:
  void label(const QString& label);
  void updateButtons();

  AlertModel* model_;
  QTableView* table_;
  QLineEdit* note_;
  QPushButton* normal_;
  QPushButton* fault_;
  QPushButton* acknowledge_;
  ShareBars* shares_;
  bool is_updating_ = false;
};

}  // namespace hiss
