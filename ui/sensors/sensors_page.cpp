// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/sensors_page.h"

namespace hiss {

SensorsPage::SensorsPage(QWidget* parent) : Page(parent) {}

QString SensorsPage::title() const { return tr("Sensors"); }

}  // namespace hiss
