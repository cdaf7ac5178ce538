// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/source_form.h"

#include <gtest/gtest.h>

#include <QComboBox>
#include <QLineEdit>
#include <QSettings>
#include <QTemporaryDir>

#include "app/engine/monitor/endpoint.h"

namespace hiss {
namespace {

QLineEdit* lineCalled(SourceForm& form, const QString& part) {
  for (QLineEdit* const line : form.findChildren<QLineEdit*>()) {
    if (line->toolTip().contains(part)) return line;
  }
  ADD_FAILURE() << qPrintable(part);
  return nullptr;
}

Endpoint endpointOf(const SourceForm& form) {
  EXPECT_EQ(form.start().sources.size(), 1);
  return makeEndpoint(form.start().sources.value(0).toStdString(), "the test");
}

TEST(SourceForm, AddressesMeanWhatWasTyped) {
  SourceForm form;
  form.setFile("/data/100% sure? #1/plant ä.csv");
  EXPECT_EQ(form.kind(), SourceForm::kCsv);
  Endpoint endpoint = endpointOf(form);
  EXPECT_EQ(endpoint.uri.scheme, "csv");
  EXPECT_EQ(endpoint.uri.path, "/data/100% sure? #1/plant ä.csv");
  EXPECT_EQ(endpoint.options.at("speed"), "max");

  form.setKind(SourceForm::kMqtt);
  lineCalled(form, "MQTT broker")->setText("broker.example:1884");
  lineCalled(form, "Topic")->setText("plant/+/flow rate/#");
  lineCalled(form, "User")->setText("me@home");
  lineCalled(form, "Password")->setText("a:b/c#d");
  endpoint = endpointOf(form);
  EXPECT_EQ(endpoint.uri.host, "broker.example");
  EXPECT_EQ(endpoint.uri.port, 1884);
  EXPECT_EQ(endpoint.uri.path, "/plant/+/flow rate/#");
  EXPECT_EQ(endpoint.uri.user, "me@home");
  EXPECT_EQ(endpoint.uri.password, "a:b/c#d");

  form.setKind(SourceForm::kSerial);
  lineCalled(form, "Serial port")->setText("/dev/ttyACM0");
  endpoint = endpointOf(form);
  EXPECT_EQ(endpoint.uri.path, "/dev/ttyACM0");
  EXPECT_EQ(endpoint.options.at("baud"), "9600");

  form.setKind(SourceForm::kUdp);
  endpoint = endpointOf(form);
  EXPECT_EQ(endpoint.uri.scheme, "udp");
  EXPECT_EQ(endpoint.uri.port, 9000);

  form.setKind(SourceForm::kTcp);
  EXPECT_EQ(endpointOf(form).options.at("mode"), "listen");
}

TEST(SourceForm, AConfigurationBringsItsOwnDetector) {
  SourceForm form;
  form.setFile("/etc/hiss/monitor.toml");
  const SensorStart start = form.start();
  EXPECT_EQ(start.config_file, "/etc/hiss/monitor.toml");
  EXPECT_TRUE(start.sources.isEmpty());
  EXPECT_TRUE(start.detector.isEmpty());
}

TEST(SourceForm, RemembersAllButPasswords) {
  const QTemporaryDir folder;
  QSettings settings(folder.filePath("settings.ini"), QSettings::IniFormat);
  {
    SourceForm form;
    form.setKind(SourceForm::kMqtt);
    lineCalled(form, "MQTT broker")->setText("broker");
    lineCalled(form, "Password")->setText("secret one");
    lineCalled(form, "Any source")->setText("mqtt://me:secret@broker/#");
    form.saveSettings(settings);
  }
  for (const QString& key : settings.allKeys()) {
    EXPECT_FALSE(settings.value(key).toString().contains("secret")) << qPrintable(key);
  }
  SourceForm form;
  form.restoreSettings(settings);
  EXPECT_EQ(form.kind(), SourceForm::kMqtt);
  EXPECT_EQ(lineCalled(form, "MQTT broker")->text(), "broker");
}

}  // namespace
}  // namespace hiss
