// SPDX-License-Identifier: Apache-2.0
#include "ui/live/live_page.h"

namespace hiss {

LivePage::LivePage(QWidget* parent) : Page(parent) {}

void LivePage::setEngine(LiveEngine* engine) { engine_ = engine; }

}  // namespace hiss
