// SPDX-License-Identifier: Apache-2.0
#include "ui/state/state_panel.h"

#include "models/state_tap.h"

namespace hiss {

struct StatePanel::Parts {
  std::shared_ptr<StateTap> tap;
  QStringList row_names;
};

StatePanel::StatePanel(QWidget* parent) : QWidget(parent), parts_(std::make_unique<Parts>()) {}

StatePanel::~StatePanel() = default;

void StatePanel::setTap(std::shared_ptr<StateTap> tap) { parts_->tap = std::move(tap); }

void StatePanel::setRowNames(const QStringList& names) { parts_->row_names = names; }

void StatePanel::frame(double /*now_s*/, bool /*is_shown*/) {}

QList<QAction*> StatePanel::panelActions() const { return {}; }

void StatePanel::saveSettings(QSettings& /*settings*/) const {}

void StatePanel::restoreSettings(QSettings& /*settings*/) {}

}  // namespace hiss
