// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDBusVariant>
#include <QObject>

namespace hiss {

// Asks the desktop portal (org.freedesktop.portal.Settings) whether the system is dark, and hears
// of changes. Waits for nothing; silent where there is no portal. [main-thread]
class SystemColours : public QObject {
  Q_OBJECT

 public:
  explicit SystemColours(QObject* parent = nullptr);

 signals:
  void darkChanged(bool is_dark);

 private:
  Q_SLOT void onSettingChanged(const QString& group, const QString& key, const QDBusVariant& value);
  void take(const QVariant& value);
};

}  // namespace hiss
