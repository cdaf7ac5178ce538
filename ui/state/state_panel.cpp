// SPDX-License-Identifier: Apache-2.0
#include "ui/state/state_panel.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QResizeEvent>
#include <QScrollArea>
#include <QScrollBar>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "models/state_tap.h"
#include "ui/base/notice_bar.h"
#include "ui/state/state_chooser.h"
#include "ui/state/state_recorder.h"
#include "ui/state/state_text.h"
#include "ui/state/state_views.h"

namespace hiss {
namespace {

constexpr int kStepsPerFrame = 256;
constexpr int kWideColumns = 90;  // of average letters: room for two columns of views
constexpr int kLeastColumns = 48;
constexpr int kLeastLines = 20;
constexpr double kReadSeconds = 0.1;  // between two changes of numbers that are read
constexpr double kDescribeSeconds = 1.0;

const QString kExplanationKey = QStringLiteral("explanation");
const QString kFixedKey = QStringLiteral("fixedTwin");

}  // namespace

StatePanel::StatePanel(QWidget* parent)
    : QWidget(parent),
      recorder_(new StateRecorder(model_, this)),
      header_(new QWidget),
      chooser_(new StateChooser(model_)),
      readout_(new QLabel),
      recording_(new QLabel),
      missed_(new QLabel),
      notices_(new NoticeBar),
      place_(new QLabel),
      explanation_(new QLabel),
      scroll_(new QScrollArea),
      views_(new StateViews(model_)) {
  setObjectName(QStringLiteral("statePanel"));
  makeActions();
  recorder_->setParent(this);
  auto* const column = new QVBoxLayout(this);
  makeHeader(column);

  place_->setWordWrap(true);
  place_->setAlignment(Qt::AlignCenter);
  place_->setText(
      tr("Nothing runs here yet.\n\nStart the demo on the Live page, or a source on the Sensors "
         "page, and watch here what the model holds in its memory while it works."));
  column->addWidget(place_, 1);

  explanation_->setWordWrap(true);
  explanation_->setTextFormat(Qt::PlainText);
  explanation_->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
  explanation_->setText(StateText::explanation());
  explanation_->setContentsMargins(0, 0, 0, 8);
  explanation_->hide();
  auto* const content = new QWidget;
  auto* const stack = new QVBoxLayout(content);
  stack->setContentsMargins(0, 0, 0, 0);
  stack->addWidget(explanation_);
  stack->addWidget(views_, 1);
  scroll_->setWidget(content);
  scroll_->setWidgetResizable(true);
  scroll_->setFrameShape(QFrame::NoFrame);
  scroll_->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  // The views take the keys; between them Tab goes on.
  scroll_->setFocusPolicy(Qt::NoFocus);
  column->addWidget(scroll_, 1);

  connect(chooser_, &StateChooser::focusChosen, this, &StatePanel::chooseFocus);
  connect(chooser_, &StateChooser::cellChosen, this, &StatePanel::chooseCell);
  connect(views_, &StateViews::cellChosen, this, &StatePanel::chooseCell);
  connect(views_, &StateViews::pointedCellChanged, this, &StatePanel::showReadout);
  connect(recorder_, &StateRecorder::noticeChanged, notices_, &NoticeBar::showNotice);
  connect(recorder_, &StateRecorder::recordingChanged, this,
          [this] { chooser_->setFocusEnabled(!recorder_->isRecording()); });
  showFocus();
}

StatePanel::~StatePanel() { look(false); }

QAction* StatePanel::addPanelAction(const QString& text, const QKeySequence& shortcut,
                                    const QString& tip) {
  auto* const action = new QAction(text, this);
  action->setShortcut(shortcut);
  action->setToolTip(tip);
  actions_ += action;
  return action;
}

void StatePanel::makeActions() {
  freeze_ = addPanelAction(tr("&Freeze the views"), Qt::Key_F7,
                           tr("Hold all views still to read the numbers of one moment (F7)"));
  freeze_->setCheckable(true);
  freeze_->setIconText(tr("Freeze"));
  connect(freeze_, &QAction::toggled, this, [this](bool frozen) {
    if (frozen != model_.isFrozen()) model_.setFrozen(frozen);
  });
  actions_ += recorder_->action();
  const auto add_move = [this](const QString& text, const QKeySequence& key, auto move) {
    connect(addPanelAction(text, key, text), &QAction::triggered, this, move);
  };
  add_move(tr("Follow the &next channel"), Qt::CTRL | Qt::Key_BracketRight, [this] {
    chooseCell({model_.followed().channel + 1, model_.followed().state});
  });
  add_move(tr("Follow the &previous channel"), Qt::CTRL | Qt::Key_BracketLeft, [this] {
    chooseCell({model_.followed().channel - 1, model_.followed().state});
  });
  add_move(tr("Next ro&w"), Qt::CTRL | Qt::SHIFT | Qt::Key_Down, [this] { moveFocus(0, 1); });
  add_move(tr("Previous r&ow"), Qt::CTRL | Qt::SHIFT | Qt::Key_Up, [this] { moveFocus(0, -1); });
  add_move(tr("Next &layer"), Qt::CTRL | Qt::SHIFT | Qt::Key_Right, [this] { moveFocus(1, 0); });
  add_move(tr("Previous l&ayer"), Qt::CTRL | Qt::SHIFT | Qt::Key_Left,
           [this] { moveFocus(-1, 0); });
  explain_ = addPanelAction(tr("What am I looking &at?"), Qt::SHIFT | Qt::Key_F9,
                            tr("Explain the hidden state and its views (Shift+F9)"));
  explain_->setCheckable(true);
  connect(explain_, &QAction::toggled, this, [this](bool shown) {
    explanation_->setVisible(shown);
    if (shown) scroll_->verticalScrollBar()->setValue(0);
  });
}

void StatePanel::makeHeader(QVBoxLayout* column) {
  auto* const lines = new QVBoxLayout(header_);
  lines->setContentsMargins(0, 0, 0, 0);
  lines->addWidget(chooser_);
  auto* const buttons = new QHBoxLayout;
  for (QAction* action : {freeze_, recorder_->action(), explain_}) {
    auto* const button = new QToolButton;
    button->setDefaultAction(action);
    button->setToolButtonStyle(Qt::ToolButtonTextOnly);
    button->setFocusPolicy(Qt::StrongFocus);
    button->setAccessibleName(action->iconText());
    buttons->addWidget(button);
  }
  buttons->addStretch(1);
  lines->addLayout(buttons);
  for (QLabel* label : {readout_, recording_, missed_}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setAlignment(Qt::AlignLeft | Qt::AlignTop);
    lines->addWidget(label);
  }
  recording_->hide();
  missed_->hide();
  column->addWidget(header_);
  column->addWidget(notices_);
}

void StatePanel::setTap(std::shared_ptr<StateTap> tap) {
  if (tap == tap_) return;
  recorder_->finish();
  look(false);
  const StateFocus before = model_.focus();
  tap_ = std::move(tap);
  model_.setLayout(tap_ ? tap_->layout() : StateLayout{});
  // A model of the same kind goes on to be seen at the same place.
  if (before.layer < static_cast<int>(model_.layout().layers.size()) &&
      before.row < model_.layout().layers[static_cast<std::size_t>(before.layer)].rows) {
    model_.setFocus(before);
  }
  showFocus();
}

void StatePanel::setRowNames(const QStringList& names) {
  row_names_ = names;
  chooser_->showFocus(row_names_);
}

void StatePanel::setTraceMaker(StateTraceMaker maker) { recorder_->setMaker(std::move(maker)); }

QList<QAction*> StatePanel::panelActions() const { return actions_; }

void StatePanel::look(bool wanted) {
  if (tap_ == nullptr || wanted == is_looking_) return;
  is_looking_ = wanted;
  if (wanted) {
    tap_->look(model_.focus());
  } else {
    tap_->lookAway();
  }
}

void StatePanel::drain() {
  for (int k = 0; k < kStepsPerFrame && tap_->next(snapshot_); ++k) {
    recorder_->take(snapshot_);
    model_.take(snapshot_);
  }
}

void StatePanel::frame(double now_s, bool is_shown) {
  look(model_.hasLayers() && (is_shown || recorder_->isRecording()));
  if (is_looking_) drain();
  const bool is_due = now_s - read_s_ >= kReadSeconds || now_s < read_s_;
  if (is_due) {
    recorder_->poll(model_.newest() > 0);
    recording_->setText(recorder_->statusText());
    recording_->setHidden(recorder_->statusText().isEmpty());
    showMissed();
    read_s_ = now_s;
  }
  if (!is_shown) return;
  views_->refresh();
  if (is_due && read_revision_ != model_.revision()) showReadout();
  if (now_s - described_s_ >= kDescribeSeconds || now_s < described_s_) {
    described_s_ = now_s;
    views_->describe();
  }
}

void StatePanel::chooseFocus(StateFocus focus) {
  if (focus == model_.focus() || recorder_->isRecording()) return;
  look(false);
  model_.setFocus(focus);
  showFocus();
}

void StatePanel::chooseCell(StateCell cell) {
  if (!model_.hasLayers()) return;
  const int channels = model_.layer().d_inner;
  model_.follow({(cell.channel + channels) % channels, cell.state});
  chooser_->showCell();
  showReadout();
}

void StatePanel::moveFocus(int layers, int rows) {
  if (!model_.hasLayers()) return;
  const auto round = [](int k, int n) { return (k + n) % n; };
  const StateFocus focus = model_.focus();
  if (layers != 0) {
    chooseFocus({round(focus.layer + layers, static_cast<int>(model_.layout().layers.size())), 0});
  } else {
    chooseFocus({focus.layer, round(focus.row + rows, model_.layer().rows)});
  }
}

void StatePanel::showFocus() {
  const bool is_running = model_.hasLayers();
  freeze_->setChecked(model_.isFrozen());
  for (QAction* action : std::as_const(actions_)) {
    if (action != explain_) action->setEnabled(is_running);
  }
  recorder_->poll(false);
  missed_before_ = tap_ ? tap_->lost() : 0;
  showMissed();
  header_->setVisible(is_running);
  scroll_->setVisible(is_running);
  place_->setVisible(!is_running);
  chooser_->showFocus(row_names_);
  views_->showLayer();
  showReadout();
}

// Else a reader would take the gaps in the pictures for something that the model does.
void StatePanel::showMissed() {
  const std::uint64_t missed = tap_ ? tap_->lost() - missed_before_ : 0;
  if (missed > 0) {
    missed_->setText(tr("Gaps in the pictures are steps that came too fast to be shown: %1")
                         .arg(QLocale().toString(static_cast<qulonglong>(missed))));
  }
  missed_->setVisible(missed > 0);
}

void StatePanel::showReadout() {
  read_revision_ = model_.revision();
  const QString text = model_.newest() == 0 ? tr("Waiting for the first step of the model…")
                                            : StateText::cell(model_, views_->pointedCell()) +
                                                  QLatin1Char('\n') + StateText::moment(model_);
  readout_->setText(text);
}

void StatePanel::resizeEvent(QResizeEvent* event) {
  const bool wide = event->size().width() >= kWideColumns * fontMetrics().averageCharWidth();
  chooser_->setWide(wide);
  views_->setWide(wide);
  // As high as its longest text, so that the views below stand still.
  readout_->setFixedHeight((wide ? 2 : 4) * fontMetrics().lineSpacing());
  QWidget::resizeEvent(event);
}

QSize StatePanel::minimumSizeHint() const {
  return {kLeastColumns * fontMetrics().averageCharWidth(),
          kLeastLines * fontMetrics().lineSpacing()};
}

void StatePanel::saveSettings(QSettings& settings) const {
  settings.setValue(kExplanationKey, explain_->isChecked());
  settings.setValue(kFixedKey, views_->fixedTwin()->isChecked());
}

void StatePanel::restoreSettings(QSettings& settings) {
  explain_->setChecked(settings.value(kExplanationKey, false).toBool());
  views_->fixedTwin()->setChecked(settings.value(kFixedKey, false).toBool());
}

}  // namespace hiss
