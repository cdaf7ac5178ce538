// SPDX-License-Identifier: Apache-2.0
#include "ui/state/state_chooser.h"

#include <QBoxLayout>
#include <QComboBox>
#include <QLabel>
#include <QSignalBlocker>
#include <QSpinBox>
#include <algorithm>

namespace hiss {

StateChooser::StateChooser(const StateModel& model, QWidget* parent)
    : QWidget(parent),
      model_(model),
      lines_(new QBoxLayout(QBoxLayout::TopToBottom, this)),
      layer_(new QComboBox),
      row_(new QComboBox),
      channel_(new QSpinBox),
      state_(new QSpinBox) {
  auto* const focus = new QHBoxLayout;
  focus->addWidget(labelled(tr("&Layer"), layer_, tr("The layer of the network to look into")), 1);
  focus->addWidget(
      labelled(tr("&Row"), row_,
               tr("A layer has its own memory for each sub-band of the sound or sensor channel")),
      1);
  auto* const cell = new QHBoxLayout;
  cell->addWidget(labelled(tr("C&hannel"), channel_, tr("The channel that is followed over time")),
                  1);
  cell->addWidget(labelled(tr("&State"), state_, tr("Which state of the channel is followed")), 1);
  lines_->setContentsMargins(0, 0, 0, 0);
  lines_->addLayout(focus, 1);
  lines_->addLayout(cell, 1);
  for (QComboBox* box : {layer_, row_}) {
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(6);
    connect(box, &QComboBox::currentIndexChanged, this, [this, box] {
      emit focusChosen({layer_->currentIndex(), box == layer_ ? 0 : row_->currentIndex()});
    });
  }
  for (QSpinBox* box : {channel_, state_}) {
    box->setKeyboardTracking(false);
    box->setWrapping(true);
    connect(box, &QSpinBox::valueChanged, this, [this] {
      emit cellChosen({channel_->value(), state_->value()});
    });
  }
}

QWidget* StateChooser::labelled(const QString& text, QWidget* field, const QString& tip) {
  auto* const pair = new QWidget;
  auto* const line = new QHBoxLayout(pair);
  line->setContentsMargins(0, 0, 0, 0);
  auto* const label = new QLabel(text);
  label->setBuddy(field);
  line->addWidget(label);
  line->addWidget(field, 1);
  field->setToolTip(tip);
  field->setAccessibleName(QString(text).remove(QLatin1Char('&')));
  field->setAccessibleDescription(tip);
  return pair;
}

void StateChooser::showFocus(const QStringList& row_names) {
  const QSignalBlocker quiet_layer(layer_);
  const QSignalBlocker quiet_row(row_);
  layer_->clear();
  row_->clear();
  if (!model_.hasLayers()) return;
  for (const StateLayer& layer : model_.layout().layers) {
    layer_->addItem(QString::fromStdString(layer.name));
  }
  layer_->setCurrentIndex(model_.focus().layer);
  const int rows = model_.layer().rows;
  QStringList names = row_names;
  if (names.size() != rows) {
    names.clear();
    for (int row = 1; row <= rows; ++row) names += tr("%1 of %2").arg(row).arg(rows);
  }
  row_->addItems(names);
  row_->setCurrentIndex(model_.focus().row);
  setFocusEnabled(focus_enabled_);
  showCell();
}

void StateChooser::showCell() {
  if (!model_.hasLayers()) return;
  const QSignalBlocker quiet_channel(channel_);
  const QSignalBlocker quiet_state(state_);
  channel_->setRange(0, model_.layer().d_inner - 1);
  state_->setRange(0, model_.layer().d_state - 1);
  channel_->setValue(model_.followed().channel);
  state_->setValue(model_.followed().state);
}

void StateChooser::setFocusEnabled(bool enabled) {
  focus_enabled_ = enabled;
  layer_->setEnabled(enabled && layer_->count() > 1);
  row_->setEnabled(enabled && row_->count() > 1);
}

void StateChooser::setWide(bool wide) {
  lines_->setDirection(wide ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

}  // namespace hiss
