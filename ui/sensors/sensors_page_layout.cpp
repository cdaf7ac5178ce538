// SPDX-License-Identifier: Apache-2.0
// How the parts of the page are made and put together.
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QScrollArea>
#include <QSplitter>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include "ui/base/notice_bar.h"
#include "ui/sensors/alert_panel.h"
#include "ui/sensors/lanes_view.h"
#include "ui/sensors/sensors_page.h"
#include "ui/sensors/stream_model.h"

namespace hiss {
namespace {

constexpr double kZoomStep = 1.5;
constexpr double kMinuteSeconds = 60.0;
constexpr double kHourSeconds = 3600.0;

}  // namespace

void SensorsPage::addActions() {
  const auto add = [this](Act act, const QString& text, const QString& tip,
                          const QKeySequence& key) {
    auto* const action = new QAction(text, this);
    action->setToolTip(
        key.isEmpty() ? tip
                      : tip + QStringLiteral(" (%1)").arg(key.toString(QKeySequence::NativeText)));
    action->setShortcut(key);
    addAction(action);
    acts_[act] = action;
  };
  add(kStart, tr("Start watching"), tr("Watch the source that is chosen"),
      QKeySequence(Qt::CTRL | Qt::Key_Return));
  add(kStop, tr("Stop watching"), tr("Stop; what was seen stays to be looked at"),
      QKeySequence(Qt::CTRL | Qt::Key_Period));
  add(kDemo, tr("Start with the demo"), tr("Needs no sensor: taxi trips in New York"),
      QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_D));
  acts_[kDemo]->setObjectName(QStringLiteral("demo"));
  add(kLive, tr("Live"), tr("Follow the newest rows; off: stay at this moment"),
      QKeySequence(Qt::CTRL | Qt::Key_L));
  add(kZoomIn, tr("Zoom in"), tr("Show less time in more detail"), QKeySequence::ZoomIn);
  add(kZoomOut, tr("Zoom out"), tr("Show more time at once"), QKeySequence::ZoomOut);
  add(kAll, tr("Show all"), tr("Show all rows that are kept"), QKeySequence(Qt::CTRL | Qt::Key_0));
  add(kNormal, tr("Mark as normal"), tr("The chosen alert was usual: the detector learns it"),
      QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_N));
  add(kFault, tr("Mark as fault"), tr("The chosen alert was a fault"),
      QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_F));
  add(kSeen, tr("Mark as seen"), tr("Tell that somebody looks after the chosen alert"),
      QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E));
  add(kRows, tr("Save rows…"), tr("Save the rows that are shown as a table"),
      QKeySequence(Qt::CTRL | Qt::Key_S));
  add(kPicture, tr("Save picture…"), tr("Save the lanes as they are shown"),
      QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_S));
  acts_[kZoomIn]->setIconText(QStringLiteral("+"));
  acts_[kZoomOut]->setIconText(QStringLiteral("−"));
  acts_[kLive]->setCheckable(true);
  acts_[kLive]->setChecked(true);
}

QToolButton* SensorsPage::buttonOf(Act act) {
  auto* const button = new QToolButton;
  button->setDefaultAction(acts_[act]);
  button->setToolButtonStyle(Qt::ToolButtonTextOnly);
  button->setFocusPolicy(Qt::StrongFocus);
  button->setAccessibleName(acts_[act]->text());
  return button;
}

QToolButton* SensorsPage::muteButton() {
  auto* const button = new QToolButton;
  button->setText(tr("&Mute"));
  button->setToolTip(tr("Tell no alerts of the chosen streams for a while"));
  button->setPopupMode(QToolButton::InstantPopup);
  button->setFocusPolicy(Qt::StrongFocus);
  auto* const menu = new QMenu(button);
  menu->addAction(tr("For 10 minutes"), this, [this] { mute(10.0 * kMinuteSeconds); });
  menu->addAction(tr("For an hour"), this, [this] { mute(kHourSeconds); });
  menu->addAction(tr("For 8 hours"), this, [this] { mute(8.0 * kHourSeconds); });
  menu->addAction(tr("Tell alerts again"), this, [this] { mute(0.0); });
  button->setMenu(menu);
  return button;
}

void SensorsPage::layOut() {
  stream_list_->setModel(streams_);
  stream_list_->setRootIsDecorated(false);
  stream_list_->setUniformRowHeights(true);
  stream_list_->setSelectionMode(QAbstractItemView::ExtendedSelection);
  stream_list_->setAccessibleName(tr("Streams"));
  stream_list_->setToolTip(tr("Choose up to eight streams to see their lanes"));
  stream_list_->header()->setStretchLastSection(false);
  stream_list_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  stream_list_->header()->setSectionResizeMode(StreamModel::kName, QHeaderView::Stretch);
  stream_list_->header()->setMinimumSectionSize(fontMetrics().averageCharWidth() * 6);
  for (QLabel* const label : {status_, readout_}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
  }
  status_->setAccessibleName(tr("How the monitor does"));
  readout_->setAccessibleName(tr("Values at the cursor"));
  readout_->setMinimumHeight(2 * fontMetrics().lineSpacing());
  readout_->setAlignment(Qt::AlignTop | Qt::AlignLeft);

  auto* const tools = new QHBoxLayout;
  for (const Act act : {kLive, kZoomIn, kZoomOut, kAll}) tools->addWidget(buttonOf(act));
  tools->addStretch(1);
  tools->addWidget(muteButton());
  for (const Act act : {kRows, kPicture}) tools->addWidget(buttonOf(act));

  auto* const scroll = new QScrollArea;
  scroll->setWidget(lanes_);
  scroll->setWidgetResizable(true);
  scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  scroll->setFocusPolicy(Qt::NoFocus);
  auto* const middle = new QWidget;
  auto* const column = new QVBoxLayout(middle);
  column->setContentsMargins(0, 0, 0, 0);
  column->addLayout(tools);
  column->addWidget(scroll, 1);
  column->addWidget(readout_);

  columns_->addWidget(stream_list_);
  columns_->addWidget(middle);
  columns_->setStretchFactor(1, 1);
  columns_->setSizes({220, 580});
  columns_->setChildrenCollapsible(false);
  rows_->addWidget(columns_);
  rows_->addWidget(alerts_);
  rows_->setStretchFactor(0, 3);
  rows_->setStretchFactor(1, 1);
  rows_->setSizes({400, 160});
  rows_->setChildrenCollapsible(false);

  auto* const page = new QVBoxLayout(this);
  page->addWidget(form_);
  page->addWidget(notice_);
  page->addWidget(status_);
  page->addWidget(rows_, 1);
}

void SensorsPage::connectParts() {
  connect(form_, &SourceForm::startRequested, this, &SensorsPage::start);
  connect(form_, &SourceForm::stopRequested, this, [this] {
    if (feed_ != nullptr) feed_->stop();
  });
  connect(form_, &SourceForm::falseAlarmsChanged, this, [this](double per_week) {
    if (feed_ != nullptr) feed_->setFalseAlarms(per_week);
  });
  connect(acts_[kStart], &QAction::triggered, this, &SensorsPage::start);
  connect(acts_[kDemo], &QAction::triggered, this, &SensorsPage::startDemo);
  connect(acts_[kStop], &QAction::triggered, form_, &SourceForm::stopRequested);
  connect(acts_[kLive], &QAction::triggered, lanes_, &LanesView::setFollows);
  connect(lanes_, &LanesView::followsChanged, acts_[kLive], &QAction::setChecked);
  connect(acts_[kZoomIn], &QAction::triggered, lanes_, [this] { lanes_->zoom(kZoomStep); });
  connect(acts_[kZoomOut], &QAction::triggered, lanes_, [this] { lanes_->zoom(1.0 / kZoomStep); });
  connect(acts_[kAll], &QAction::triggered, lanes_, &LanesView::showAll);
  connect(lanes_, &LanesView::asked, this, [this] { wants_answer_ = true; });
  connect(stream_list_->selectionModel(), &QItemSelectionModel::selectionChanged, this,
          &SensorsPage::chooseStreams);
  connect(alerts_, &AlertPanel::alertChosen, this, &SensorsPage::jumpTo);
  connect(acts_[kNormal], &QAction::triggered, alerts_, &AlertPanel::markNormal);
  connect(acts_[kFault], &QAction::triggered, alerts_, &AlertPanel::markFault);
  connect(acts_[kSeen], &QAction::triggered, alerts_, &AlertPanel::acknowledge);
  connect(alerts_, &AlertPanel::labelled, this,
          [this](const QString& id, const QString& label, const QString& note) {
            if (feed_ != nullptr) feed_->label(id, label, note);
          });
  connect(alerts_, &AlertPanel::acknowledged, this, [this](const QString& id, const QString& note) {
    if (feed_ != nullptr) feed_->acknowledge(id, note);
  });
  connect(acts_[kRows], &QAction::triggered, this, &SensorsPage::saveRows);
  connect(acts_[kPicture], &QAction::triggered, this, &SensorsPage::savePicture);
}

}  // namespace hiss
