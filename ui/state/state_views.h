// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <QWidget>

#include "ui/state/state_model.h"

class QCheckBox;
class QGridLayout;
class QLabel;

namespace hiss {

class CurvesView;
class HeatMapView;
class HorizonView;
class TimeView;

// All views of the hidden state with their captions, in one column or, where there is room, in two.
// [main-thread]
class StateViews : public QWidget {
  Q_OBJECT

 public:
  explicit StateViews(StateModel& model, QWidget* parent = nullptr);

  // Another layer or layout.
  void showLayer();
  // Paints what changed since the last call.
  void refresh();
  // Says the numbers of each view to screen readers; not for every frame.
  void describe();
  [[nodiscard]] StateCell pointedCell() const;
  void setWide(bool wide);
  // "Selective vs fixed".
  [[nodiscard]] QCheckBox* fixedTwin() const noexcept { return fixed_twin_; }

 signals:
  void cellChosen(hiss::StateCell cell);
  void pointedCellChanged();

 protected:
  void changeEvent(QEvent* event) override;

 private:
  struct Card {
    QWidget* widget;
    bool is_whole_width;
    int stretch;
  };
  QLabel* addCard(const QList<QWidget*>& views, int stretch, bool is_whole_width = false);
  CurvesView* addCurves(bool is_log, bool has_times, const QString& name);
  void showCaptions();
  [[nodiscard]] bool showsTwin() const;
  void showTraceLines();

  StateModel& model_;
  QGridLayout* grid_;
  HeatMapView* heat_map_;
  QList<TimeView*> time_views_;
  CurvesView* trace_h_;
  CurvesView* trace_dt_;
  CurvesView* trace_gate_;
  CurvesView* energy_;
  CurvesView* norm_;
  TimeView* dt_;
  TimeView* gate_;
  HorizonView* horizon_;
  QCheckBox* fixed_twin_;
  QList<Card> cards_;
  QLabel* heat_caption_;
  QLabel* trace_caption_;
  QLabel* energy_caption_;
  QLabel* norm_caption_;
};

}  // namespace hiss
