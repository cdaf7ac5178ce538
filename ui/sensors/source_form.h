// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QSettings>
#include <QWidget>

#include "ui/sensors/sensor_feed.h"

class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QStackedWidget;

namespace hiss {

struct ForecasterChoice {
  QString name;
  QString path;
};

// Where rows come from, who judges them, and how often it may be wrong. Common sources have fields
// of their own; any other is typed as an address. [main-thread]
class SourceForm : public QWidget {
  Q_OBJECT

 public:
  enum Kind { kDemo, kCsv, kMqtt, kSerial, kUdp, kTcp, kAddress, kConfig };

  explicit SourceForm(QWidget* parent = nullptr);

  void setForecasters(const std::vector<ForecasterChoice>& choices);
  void setKind(Kind kind);
  [[nodiscard]] Kind kind() const;
  // A table, or a configuration (*.toml).
  void setFile(const QString& path);
  [[nodiscard]] SensorStart start() const;
  [[nodiscard]] double falseAlarmsPerWeek() const;
  void setRunning(bool is_running);

  void saveSettings(QSettings& settings) const;  // no password
  void restoreSettings(QSettings& settings);

 signals:
  void startRequested();
  void stopRequested();
  void falseAlarmsChanged(double per_week);

 private:
  void addPages();
  QWidget* pageOf(std::initializer_list<QWidget*> parts, int stretched);
  QLineEdit* line(const QString& placeholder, const QString& tip);
  QWidget* filePage(QLineEdit*& path, const QString& filter, std::initializer_list<QWidget*> more);
  void chooseForecasterFile();
  void updateFields();
  [[nodiscard]] QString address() const;

  QComboBox* kind_;
  QStackedWidget* fields_;
  QComboBox* demo_speed_ = nullptr;
  QLineEdit* csv_ = nullptr;
  QComboBox* csv_speed_ = nullptr;
  QLineEdit* broker_ = nullptr;
  QLineEdit* topic_ = nullptr;
  QLineEdit* user_ = nullptr;
  QLineEdit* password_ = nullptr;
  QLineEdit* device_ = nullptr;
  QComboBox* baud_ = nullptr;
  QLineEdit* udp_host_ = nullptr;
  QSpinBox* udp_port_ = nullptr;
  QLineEdit* tcp_host_ = nullptr;
  QSpinBox* tcp_port_ = nullptr;
  QComboBox* tcp_mode_ = nullptr;
  QLineEdit* address_ = nullptr;
  QLineEdit* config_ = nullptr;
  QComboBox* detector_;
  QComboBox* forecaster_;
  QLabel* forecaster_label_;
  QDoubleSpinBox* false_alarms_;
  QPushButton* start_;
  QPushButton* stop_;
  bool is_running_ = false;
};

}  // namespace hiss
