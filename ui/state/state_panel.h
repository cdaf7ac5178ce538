// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QAction>
#include <QKeySequence>
#include <QList>
#include <QSettings>
#include <QStringList>
#include <QWidget>
#include <memory>

#include "models/state_trace.h"
#include "ui/state/state_model.h"

class QLabel;
class QScrollArea;
class QVBoxLayout;

namespace hiss {

class NoticeBar;
class StateChooser;
class StateRecorder;
class StateTap;
class StateViews;

// The hidden state of a running model: what it holds, what it decides to remember and for how long.
// Looks at the tap only while it is shown (or recorded), so that a hidden panel costs the model
// nothing. [main-thread]
class StatePanel : public QWidget {
  Q_OBJECT

 public:
  explicit StatePanel(QWidget* parent = nullptr);
  ~StatePanel() override;

  // Another model; null: none runs. Views begin anew.
  void setTap(std::shared_ptr<StateTap> tap);
  // What the rows of a layer of as many rows are called ("temperature"); others are numbered.
  void setRowNames(const QStringList& names);

  // How a recording is made; without one nothing can be recorded.
  void setTraceMaker(StateTraceMaker maker);

  // Once a frame: takes what the tap holds and paints what changed if `is_shown`.
  void frame(double now_s, bool is_shown);

  // With shortcuts and tooltips; owned by the panel, there from construction on.
  [[nodiscard]] QList<QAction*> panelActions() const;

  void saveSettings(QSettings& settings) const;
  void restoreSettings(QSettings& settings);

  // Of one column, whatever the layout is now, so that it can become narrow again.
  [[nodiscard]] QSize minimumSizeHint() const override;

 protected:
  void resizeEvent(QResizeEvent* event) override;

 private:
  QAction* addPanelAction(const QString& text, const QKeySequence& shortcut, const QString& tip);
  void makeActions();
  void makeHeader(QVBoxLayout* column);
  void look(bool wanted);
  void drain();
  void chooseFocus(StateFocus focus);
  void chooseCell(StateCell cell);
  void moveFocus(int layers, int rows);
  void showFocus();
  void showMissed();
  void showReadout();

  std::shared_ptr<StateTap> tap_;
  QStringList row_names_;
  bool is_looking_ = false;
  std::uint64_t missed_before_ = 0;  // steps, while another layer or row was looked at
  StateModel model_;
  StateSnapshot snapshot_;
  StateRecorder* recorder_;
  QList<QAction*> actions_;
  QAction* freeze_ = nullptr;
  QAction* explain_ = nullptr;
  QWidget* header_;
  StateChooser* chooser_;
  QLabel* readout_;
  QLabel* recording_;
  QLabel* missed_;
  NoticeBar* notices_;
  QLabel* place_;
  QLabel* explanation_;
  QScrollArea* scroll_;
  StateViews* views_;
  std::uint64_t read_revision_ = 0;
  double read_s_ = 0.0;
  double described_s_ = 0.0;
};

}  // namespace hiss
