// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/alert_panel.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QTableView>
#include <QVBoxLayout>

#include "ui/sensors/alert_model.h"
#include "ui/sensors/share_bars.h"

namespace hiss {

AlertPanel::AlertPanel(QWidget* parent)
    : QWidget(parent),
      model_(new AlertModel(this)),
      table_(new QTableView),
      note_(new QLineEdit),
      normal_(new QPushButton(tr("&Normal"))),
      fault_(new QPushButton(tr("Fau&lt"))),
      acknowledge_(new QPushButton(tr("S&een"))),
      shares_(new ShareBars) {
  table_->setModel(model_);
  table_->setSelectionBehavior(QAbstractItemView::SelectRows);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setTabKeyNavigation(false);
  table_->setWordWrap(false);
  table_->setAccessibleName(tr("Alerts"));
  table_->setToolTip(tr("Choose an alert to see its moment"));
  table_->verticalHeader()->hide();
  table_->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 6);
  table_->horizontalHeader()->setStretchLastSection(true);
  table_->horizontalHeader()->setSectionResizeMode(QHeaderView::Interactive);
  const int letter = fontMetrics().averageCharWidth();
  table_->setColumnWidth(
      AlertModel::kTime,
      fontMetrics().horizontalAdvance(QStringLiteral("0000-00-00 00:00")) + 2 * letter);
  table_->setColumnWidth(AlertModel::kStream, 12 * letter);
  table_->setColumnWidth(AlertModel::kKind, 10 * letter);
  table_->setColumnWidth(AlertModel::kScore, 7 * letter);
  table_->setColumnWidth(AlertModel::kTop, 11 * letter);
  note_->setPlaceholderText(tr("A note, if you like"));
  note_->setToolTip(tr("What you know of this alert; it is kept with the mark"));
  normal_->setToolTip(tr("This was usual: the detector learns it"));
  fault_->setToolTip(tr("Something was wrong: the detector does not learn it"));
  acknowledge_->setToolTip(tr("Tell that somebody looks after it"));

  auto* const words = new QHBoxLayout;
  auto* const note_label = new QLabel(tr("Not&e:"));
  note_label->setBuddy(note_);
  words->addWidget(note_label);
  words->addWidget(note_, 1);
  words->addWidget(normal_);
  words->addWidget(fault_);
  words->addWidget(acknowledge_);
  auto* const left = new QVBoxLayout;
  left->addWidget(table_, 1);
  left->addLayout(words);
  auto* const row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->addLayout(left, 3);
  row->addWidget(shares_, 1);

  connect(normal_, &QPushButton::clicked, this, &AlertPanel::markNormal);
  connect(fault_, &QPushButton::clicked, this, &AlertPanel::markFault);
  connect(acknowledge_, &QPushButton::clicked, this, &AlertPanel::acknowledge);
  connect(table_->selectionModel(), &QItemSelectionModel::currentRowChanged, this, [this] {
    updateButtons();
    if (!is_updating_ && chosen() != nullptr) emit alertChosen(*chosen());
  });
  connect(table_, &QTableView::clicked, this, [this] {
    if (chosen() != nullptr) emit alertChosen(*chosen());
  });
  updateButtons();
}

const SensorAlert* AlertPanel::chosen() const {
  return model_->alert(table_->currentIndex().row());
}

void AlertPanel::setAlerts(const std::vector<SensorAlert>& alerts) {
  const QString id = chosen() != nullptr ? chosen()->id : QString();
  is_updating_ = true;
  model_->setAlerts(alerts);
  if (const int row = model_->rowOf(id); row >= 0 && row != table_->currentIndex().row()) {
    table_->setCurrentIndex(model_->index(row, 0));
  }
  is_updating_ = false;
  updateButtons();
}

void AlertPanel::updateButtons() {
  const bool can = chosen() != nullptr;
  for (QWidget* const each :
       std::initializer_list<QWidget*>{normal_, fault_, acknowledge_, note_}) {
    each->setEnabled(can);
  }
}

void AlertPanel::label(const QString& label) {
  if (chosen() == nullptr) return;
  emit labelled(chosen()->id, label, note_->text());
  note_->clear();
}

void AlertPanel::markNormal() { label(QStringLiteral("normal")); }
void AlertPanel::markFault() { label(QStringLiteral("fault")); }

void AlertPanel::acknowledge() {
  if (chosen() == nullptr) return;
  emit acknowledged(chosen()->id, note_->text());
  note_->clear();
}

}  // namespace hiss
