// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QCoreApplication>
#include <QString>

#include "ui/state/state_model.h"

namespace hiss {

// Values of the hidden state in words, for labels and screen readers. [main-thread]
class StateText {
  Q_DECLARE_TR_FUNCTIONS(hiss::StateText)

 public:
  // Three digits in the user's notation.
  static QString number(double value);
  // A time of so many steps: "120 ms", "2.5 s" or "12 rows".
  static QString steps(double steps, double step_seconds);
  // Of the step that is shown; empty if there is none.
  static QString cell(const StateModel& model, StateCell cell);
  static QString moment(const StateModel& model);
  // What the state view shows, for someone who has never seen one.
  static QString explanation();
};

}  // namespace hiss
