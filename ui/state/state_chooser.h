// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QStringList>
#include <QWidget>

#include "ui/state/state_model.h"

class QBoxLayout;
class QComboBox;
class QSpinBox;

namespace hiss {

// Which layer and row are looked at, and which cell is followed. [main-thread]
class StateChooser : public QWidget {
  Q_OBJECT

 public:
  explicit StateChooser(const StateModel& model, QWidget* parent = nullptr);

  // Another layout or focus of the model; says nothing by signals. `row_names` are used for layers
  // of as many rows.
  void showFocus(const QStringList& row_names);
  void showCell();
  // What is recorded must stay as it is.
  void setFocusEnabled(bool enabled);
  // One line, or two.
  void setWide(bool wide);

 signals:
  void focusChosen(hiss::StateFocus focus);
  void cellChosen(hiss::StateCell cell);

 private:
  [[nodiscard]] QWidget* labelled(const QString& text, QWidget* field, const QString& tip);

  const StateModel& model_;
  QBoxLayout* lines_;
  QComboBox* layer_;
  QComboBox* row_;
  QSpinBox* channel_;
  QSpinBox* state_;
  bool focus_enabled_ = true;
};

}  // namespace hiss
