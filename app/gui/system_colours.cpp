// SPDX-License-Identifier: Apache-2.0
#include "app/gui/system_colours.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>

namespace hiss {
namespace {

constexpr auto kService = "org.freedesktop.portal.Desktop";
constexpr auto kPath = "/org/freedesktop/portal/desktop";
constexpr auto kInterface = "org.freedesktop.portal.Settings";
constexpr auto kGroup = "org.freedesktop.appearance";
constexpr auto kKey = "color-scheme";

}  // namespace

SystemColours::SystemColours(QObject* parent) : QObject(parent) {
  if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS") &&
      qEnvironmentVariableIsEmpty("XDG_RUNTIME_DIR")) {
    return;  // no bus; looking for one would start one
  }
  QDBusConnection bus = QDBusConnection::sessionBus();
  if (!bus.isConnected()) return;
  bus.connect(kService, kPath, kInterface, QStringLiteral("SettingChanged"), this,
              SLOT(onSettingChanged(QString, QString, QDBusVariant)));
  QDBusMessage question =
      QDBusMessage::createMethodCall(kService, kPath, kInterface, QStringLiteral("Read"));
  question << QString::fromLatin1(kGroup) << QString::fromLatin1(kKey);
  auto* const answer = new QDBusPendingCallWatcher(bus.asyncCall(question), this);
  connect(answer, &QDBusPendingCallWatcher::finished, this, [this, answer] {
    const QDBusPendingReply<QDBusVariant> reply = *answer;
    if (!reply.isError()) take(reply.value().variant());
    answer->deleteLater();
  });
}

void SystemColours::onSettingChanged(const QString& group, const QString& key,
                                     const QDBusVariant& value) {
  if (group == QLatin1String(kGroup) && key == QLatin1String(kKey)) take(value.variant());
}

void SystemColours::take(const QVariant& value) {
  // Read() wraps the value once more than SettingChanged does.
  const QVariant inner =
      value.canConvert<QDBusVariant>() ? value.value<QDBusVariant>().variant() : value;
  constexpr uint kPrefersDark = 1;
  constexpr uint kPrefersLight = 2;
  const uint scheme = inner.toUInt();
  if (scheme == kPrefersDark || scheme == kPrefersLight) emit darkChanged(scheme == kPrefersDark);
}

}  // namespace hiss
