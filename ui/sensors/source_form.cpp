// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/source_form.h"

#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QStackedWidget>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

#include "models/anomaly_detector.h"

namespace hiss {
namespace {

constexpr int kMostPort = 65535;
constexpr int kLetters = 20;  // of the longer choices
constexpr int kShortLetters = 10;

QLabel* labelOf(const QString& text, QWidget* field) {
  auto* const label = new QLabel(text);
  label->setBuddy(field);
  return label;
}

// Reserved characters but those of `kept` are escaped.
QString escaped(const QString& text, const QByteArray& kept) {
  return QString::fromLatin1(QUrl::toPercentEncoding(text, kept));
}

QString plainName(const QString& detector) {
  if (detector == QLatin1String("mamba")) return SourceForm::tr("Mamba forecaster (best)");
  if (detector == QLatin1String("novelty")) return SourceForm::tr("Novelty of shape");
  if (detector == QLatin1String("rls-ar-likelihood")) {
    return SourceForm::tr("Linear forecaster, likelihood");
  }
  if (detector == QLatin1String("rls-ar")) return SourceForm::tr("Linear forecaster");
  if (detector == QLatin1String("ewma")) return SourceForm::tr("Moving average (fastest)");
  return detector;
}

QComboBox* speedBox(const QString& usual) {
  auto* const box = new QComboBox;
  box->addItem(SourceForm::tr("as fast as it goes"), QStringLiteral("max"));
  for (const int speed : {1, 10, 100, 1000, 10000, 100000}) {
    box->addItem(SourceForm::tr("%1×").arg(QLocale().toString(speed)), QString::number(speed));
  }
  box->setCurrentIndex(box->findData(usual));
  box->setToolTip(SourceForm::tr("How many times as fast as it was measured"));
  box->setAccessibleName(SourceForm::tr("Speed"));
  return box;
}

QSpinBox* portBox(int usual) {
  auto* const box = new QSpinBox;
  box->setRange(1, kMostPort);
  box->setGroupSeparatorShown(false);
  box->setValue(usual);
  box->setToolTip(SourceForm::tr("Port at which rows arrive"));
  box->setAccessibleName(SourceForm::tr("Port"));
  return box;
}

void select(QComboBox* box, const QVariant& data) {
  const int found = box->findData(data);
  if (found >= 0) box->setCurrentIndex(found);
}

}  // namespace

SourceForm::SourceForm(QWidget* parent)
    : QWidget(parent),
      kind_(new QComboBox),
      fields_(new QStackedWidget),
      detector_(new QComboBox),
      forecaster_(new QComboBox),
      false_alarms_(new QDoubleSpinBox),
      start_(new QPushButton(tr("S&tart"))),
      stop_(new QPushButton(tr("Sto&p"))) {
  addPages();
  kind_->setToolTip(tr("Where rows come from"));
  fields_->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  for (const std::string& name : detectorNames()) {
    const QString text = QString::fromStdString(name);
    detector_->addItem(plainName(text), text);
  }
  detector_->setToolTip(tr("Who says how unusual a row is"));
  forecaster_->setToolTip(tr("The model that the Mamba forecaster runs"));
  for (QComboBox* const box : {kind_, detector_, forecaster_}) {
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(box == forecaster_ ? kShortLetters : kLetters);
  }
  false_alarms_->setRange(0.01, 1000.0);
  false_alarms_->setValue(1.0);
  false_alarms_->setToolTip(
      tr("False alarms that you put up with in a week of an undisturbed stream"));
  start_->setToolTip(tr("Watch this source"));
  stop_->setToolTip(tr("Stop watching; what was seen stays to be looked at"));

  auto* const where = new QHBoxLayout;
  where->addWidget(labelOf(tr("S&ource:"), kind_));
  where->addWidget(kind_);
  where->addWidget(fields_, 1);
  where->addWidget(start_);
  where->addWidget(stop_);
  auto* const how = new QHBoxLayout;
  how->addWidget(labelOf(tr("&Detector:"), detector_));
  how->addWidget(detector_);
  forecaster_label_ = labelOf(tr("&Model:"), forecaster_);
  how->addWidget(forecaster_label_);
  how->addWidget(forecaster_);
  how->addWidget(labelOf(tr("False &alarms a week:"), false_alarms_));
  how->addWidget(false_alarms_);
  how->addStretch(1);
  auto* const rows = new QVBoxLayout(this);
  rows->setContentsMargins(0, 0, 0, 0);
  rows->addLayout(where);
  rows->addLayout(how);

  connect(kind_, &QComboBox::currentIndexChanged, this, [this] { updateFields(); });
  connect(detector_, &QComboBox::currentIndexChanged, this, [this] { updateFields(); });
  connect(forecaster_, &QComboBox::activated, this, [this](int index) {
    if (!forecaster_->itemData(index).isValid()) chooseForecasterFile();
  });
  connect(start_, &QPushButton::clicked, this, &SourceForm::startRequested);
  connect(stop_, &QPushButton::clicked, this, &SourceForm::stopRequested);
  connect(false_alarms_, &QDoubleSpinBox::editingFinished, this,
          [this] { emit falseAlarmsChanged(false_alarms_->value()); });
  setForecasters({});
  setRunning(false);
}

QLineEdit* SourceForm::line(const QString& placeholder, const QString& tip) {
  auto* const field = new QLineEdit;
  field->setPlaceholderText(placeholder);
  field->setToolTip(tip);
  field->setAccessibleName(tip);
  connect(field, &QLineEdit::returnPressed, this, [this] {
    if (start_->isEnabled()) emit startRequested();
  });
  return field;
}

QWidget* SourceForm::pageOf(std::initializer_list<QWidget*> parts, int stretched) {
  auto* const page = new QWidget;
  auto* const row = new QHBoxLayout(page);
  row->setContentsMargins(0, 0, 0, 0);
  int i = 0;
  for (QWidget* const part : parts) row->addWidget(part, i++ == stretched ? 1 : 0);
  if (stretched < 0) row->addStretch(1);
  return page;
}

QWidget* SourceForm::filePage(QLineEdit*& path, const QString& filter,
                              std::initializer_list<QWidget*> more) {
  path = line(tr("file"), tr("Path of the file"));
  auto* const browse = new QToolButton;
  browse->setText(tr("&Browse…"));
  browse->setToolTip(tr("Choose the file"));
  connect(browse, &QToolButton::clicked, this, [this, field = path, filter] {
    const QString chosen = QFileDialog::getOpenFileName(this, {}, field->text(), filter);
    if (!chosen.isEmpty()) field->setText(chosen);
  });
  QWidget* const page = pageOf({path, browse}, 0);
  for (QWidget* const part : more) page->layout()->addWidget(part);
  return page;
}

void SourceForm::addPages() {
  const auto add = [this](const QString& name, QWidget* page) {
    kind_->addItem(name);
    fields_->addWidget(page);
  };
  demo_speed_ = speedBox(QStringLiteral("100000"));
  add(tr("Demo: taxi trips in New York"), pageOf({demo_speed_}, -1));
  csv_speed_ = speedBox(QStringLiteral("max"));
  add(tr("Table (CSV file)"),
      filePage(csv_, tr("Tables (*.csv *.tsv *.txt);;All files (*)"), {csv_speed_}));
  broker_ = line(tr("broker, perhaps with :port"), tr("Name or address of the MQTT broker"));
  topic_ = line(tr("topic, such as plant/#"), tr("Topic; # stands for all below, + for one level"));
  user_ = line(tr("user"), tr("User at the broker; may be empty"));
  password_ = line(tr("password"), tr("Password at the broker; may be empty"));
  password_->setEchoMode(QLineEdit::Password);
  add(tr("MQTT broker"), pageOf({broker_, topic_, user_, password_}, 1));
  device_ = line(QStringLiteral("/dev/ttyUSB0"), tr("Serial port"));
  baud_ = new QComboBox;
  for (const int baud : {9600, 19200, 38400, 57600, 115200}) {
    baud_->addItem(tr("%1 baud").arg(baud), baud);
  }
  baud_->setToolTip(tr("Speed of the serial port"));
  baud_->setAccessibleName(baud_->toolTip());
  add(tr("Serial port"), pageOf({device_, baud_}, 0));
  udp_host_ = line(tr("this machine only; 0.0.0.0: everybody"), tr("Address to listen on"));
  udp_port_ = portBox(9000);
  add(tr("Datagrams (UDP)"), pageOf({udp_host_, udp_port_}, 0));
  tcp_host_ = line(tr("this machine only; 0.0.0.0: everybody"), tr("Address"));
  tcp_port_ = portBox(9000);
  tcp_mode_ = new QComboBox;
  tcp_mode_->addItem(tr("wait for senders"), QStringLiteral("listen"));
  tcp_mode_->addItem(tr("connect to a sender"), QStringLiteral("connect"));
  tcp_mode_->setToolTip(tr("Who opens the connection"));
  tcp_mode_->setAccessibleName(tcp_mode_->toolTip());
  add(tr("Lines (TCP)"), pageOf({tcp_host_, tcp_port_, tcp_mode_}, 0));
  address_ =
      line(QStringLiteral("mqtts://broker:8883/plant/#"),
           tr("Any source of hiss monitor: csv:, wav:, mic:, mqtt:, serial:, tcp:, udp:, …"));
  add(tr("Any address"), pageOf({address_}, 0));
  add(tr("Configuration file"),
      filePage(config_, tr("Configurations (*.toml);;All files (*)"), {}));
}

void SourceForm::setForecasters(const std::vector<ForecasterChoice>& choices) {
  forecaster_->clear();
  forecaster_->addItem(tr("the usual one"), QString());
  for (const ForecasterChoice& choice : choices) forecaster_->addItem(choice.name, choice.path);
  forecaster_->addItem(tr("Choose a file…"));
  updateFields();
}

void SourceForm::chooseForecasterFile() {
  const QString chosen =
      QFileDialog::getOpenFileName(this, {}, {}, tr("Models (*.safetensors);;All files (*)"));
  if (!chosen.isEmpty()) {
    forecaster_->insertItem(1, QFileInfo(chosen).completeBaseName(), chosen);
  }
  forecaster_->setCurrentIndex(chosen.isEmpty() ? 0 : 1);
}

void SourceForm::setKind(Kind kind) { kind_->setCurrentIndex(kind); }

SourceForm::Kind SourceForm::kind() const { return static_cast<Kind>(kind_->currentIndex()); }

void SourceForm::setFile(const QString& path) {
  const bool is_config = QFileInfo(path).suffix() == QLatin1String("toml");
  (is_config ? config_ : csv_)->setText(path);
  setKind(is_config ? kConfig : kCsv);
}

void SourceForm::updateFields() {
  fields_->setCurrentIndex(kind_->currentIndex());
  const bool is_config = kind() == kConfig;
  detector_->setEnabled(!is_running_ && !is_config);
  const bool has_model =
      !is_config && detector_->currentData().toString() == QLatin1String("mamba");
  forecaster_->setVisible(has_model);
  forecaster_label_->setVisible(has_model);
}

void SourceForm::setRunning(bool is_running) {
  is_running_ = is_running;
  start_->setEnabled(!is_running);
  stop_->setEnabled(is_running);
  kind_->setEnabled(!is_running);
  fields_->setEnabled(!is_running);
  forecaster_->setEnabled(!is_running);
  updateFields();
}

double SourceForm::falseAlarmsPerWeek() const { return false_alarms_->value(); }

QString SourceForm::address() const {
  const QString colon = QStringLiteral(":");
  switch (kind()) {
    case kCsv:
      return QStringLiteral("csv:") + escaped(csv_->text(), "/") + QStringLiteral("?speed=") +
             csv_speed_->currentData().toString();
    case kMqtt: {
      QString who = escaped(user_->text(), {});
      if (!password_->text().isEmpty()) who += colon + escaped(password_->text(), {});
      if (!who.isEmpty()) who += QLatin1Char('@');
      return QStringLiteral("mqtt://") + who + broker_->text().trimmed() + QLatin1Char('/') +
             escaped(topic_->text().trimmed(), "/+#$");
    }
    case kSerial:
      return QStringLiteral("serial:") + escaped(device_->text().trimmed(), "/") +
             QStringLiteral("?baud=") + baud_->currentData().toString();
    case kUdp:
      return QStringLiteral("udp://") + udp_host_->text().trimmed() + colon +
             QString::number(udp_port_->value());
    case kTcp:
      return QStringLiteral("tcp://") + tcp_host_->text().trimmed() + colon +
             QString::number(tcp_port_->value()) + QStringLiteral("?mode=") +
             tcp_mode_->currentData().toString();
    default:
      return address_->text().trimmed();
  }
}

SensorStart SourceForm::start() const {
  SensorStart start;
  start.is_demo = kind() == kDemo;
  start.speed = demo_speed_->currentData().toString();
  if (kind() == kConfig) {
    start.config_file = config_->text();
  } else {
    if (!start.is_demo) start.sources << address();
    start.detector = detector_->currentData().toString();
    start.forecaster = forecaster_->currentData().toString();
  }
  start.false_alarms_per_week = false_alarms_->value();
  return start;
}

void SourceForm::saveSettings(QSettings& settings) const {
  settings.setValue("kind", kind_->currentIndex());
  settings.setValue("demo_speed", demo_speed_->currentData());
  settings.setValue("csv", csv_->text());
  settings.setValue("csv_speed", csv_speed_->currentData());
  settings.setValue("broker", broker_->text());
  settings.setValue("topic", topic_->text());
  settings.setValue("user", user_->text());
  settings.setValue("device", device_->text());
  settings.setValue("baud", baud_->currentData());
  settings.setValue("udp_host", udp_host_->text());
  settings.setValue("udp_port", udp_port_->value());
  settings.setValue("tcp_host", tcp_host_->text());
  settings.setValue("tcp_port", tcp_port_->value());
  settings.setValue("tcp_mode", tcp_mode_->currentData());
  settings.setValue("config", config_->text());
  settings.setValue("detector", detector_->currentData());
  settings.setValue("false_alarms", false_alarms_->value());
  // What was typed may hold a password.
  if (!address_->text().contains(QLatin1Char('@'))) settings.setValue("address", address_->text());
}

void SourceForm::restoreSettings(QSettings& settings) {
  select(demo_speed_, settings.value("demo_speed"));
  csv_->setText(settings.value("csv").toString());
  select(csv_speed_, settings.value("csv_speed"));
  broker_->setText(settings.value("broker").toString());
  topic_->setText(settings.value("topic").toString());
  user_->setText(settings.value("user").toString());
  device_->setText(settings.value("device").toString());
  select(baud_, settings.value("baud"));
  udp_host_->setText(settings.value("udp_host").toString());
  udp_port_->setValue(settings.value("udp_port", udp_port_->value()).toInt());
  tcp_host_->setText(settings.value("tcp_host").toString());
  tcp_port_->setValue(settings.value("tcp_port", tcp_port_->value()).toInt());
  select(tcp_mode_, settings.value("tcp_mode"));
  config_->setText(settings.value("config").toString());
  address_->setText(settings.value("address").toString());
  select(detector_, settings.value("detector"));
  false_alarms_->setValue(settings.value("false_alarms", 1.0).toDouble());
  kind_->setCurrentIndex(settings.value("kind", 0).toInt());
  updateFields();
}

}  // namespace hiss
