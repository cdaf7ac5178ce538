// SPDX-License-Identifier: Apache-2.0
#include "ui/live/live_page.h"

#include <QApplication>
#include <QComboBox>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>
#include <array>
#include <cmath>

#include "ui/base/notice_bar.h"
#include "ui/live/latency_panel.h"
#include "ui/live/level_bar.h"
#include "ui/live/live_view.h"
#include "ui/live/setup_box.h"
#include "ui/live/sound_box.h"

namespace hiss {
namespace {

using State = LiveStatus::State;

constexpr std::size_t kPairsAtOnce = 4096;
constexpr int kFetchesPerFrame = 8;  // a third of a second at 96 kHz
constexpr std::array kSpans{5, 10, 30};
constexpr int kUsualSpan = 1;
constexpr QKeyCombination kRecordKey = Qt::CTRL | Qt::Key_R;

QString clockText(double seconds) {
  const auto whole = static_cast<int>(seconds);
  return QStringLiteral("%1:%2").arg(whole / 60).arg(whole % 60, 2, 10, QLatin1Char('0'));
}

bool takesLetters(const QObject* watched) {
  const auto* const widget = qobject_cast<const QWidget*>(watched);
  return widget != nullptr && widget->testAttribute(Qt::WA_InputMethodEnabled);
}

}  // namespace

LivePage::LivePage(QWidget* parent)
    : Page(parent),
      pairs_(2 * kPairsAtOnce),
      notices_(new NoticeBar),
      setup_(new SetupBox),
      start_(new QPushButton(tr("&Start"))),
      record_(new QToolButton),
      stop_recording_(new QPushButton(tr("Stop recordin&g"))),
      state_(new QLabel),
      span_(new QComboBox),
      view_(new LiveView),
      in_level_(new LevelBar(tr("In"))),
      out_level_(new LevelBar(tr("Out"))),
      sound_(new SoundBox),
      latency_(new LatencyPanel) {
  for (const int seconds : kSpans) span_->addItem(tr("%1 s").arg(seconds), seconds);
  span_->setToolTip(tr("How much time the pictures show"));
  span_->setCurrentIndex(kUsualSpan);
  start_->setToolTip(tr("Start or stop the sound (Ctrl+L)"));
  stop_recording_->setToolTip(tr("Complete the recording (Ctrl+R)"));
  state_->setTextFormat(Qt::PlainText);
  state_->setWordWrap(true);
  makeActions();
  layOut();

  connect(start_, &QPushButton::clicked, this, &LivePage::toggleRunning);
  connect(stop_recording_, &QPushButton::clicked, this, &LivePage::stopRecording);
  connect(setup_, &SetupBox::setupChanged, this, &LivePage::setupChanged);
  connect(sound_, &SoundBox::soundChanged, this, [this](const LiveSound& sound) {
    if (engine_ != nullptr) engine_->setSound(sound);
  });
  connect(span_, &QComboBox::currentIndexChanged, this,
          [this] { view_->setSpan(span_->currentData().toDouble()); });
  showStatus(0.0);
}

LivePage::~LivePage() { qApp->removeEventFilter(this); }

void LivePage::layOut() {
  auto* const buttons = new QVBoxLayout;
  buttons->addWidget(start_);
  buttons->addWidget(record_);
  buttons->addWidget(stop_recording_);
  for (QWidget* button : std::initializer_list<QWidget*>{start_, record_, stop_recording_}) {
    button->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
  }
  auto* const top = new QHBoxLayout;
  top->addWidget(setup_, 1);
  top->addLayout(buttons);
  auto* const span_label = new QLabel(tr("S&how:"));
  span_label->setBuddy(span_);
  auto* const line = new QHBoxLayout;
  line->addWidget(state_, 1);
  line->addWidget(span_label);
  line->addWidget(span_);
  auto* const middle = new QHBoxLayout;
  middle->addWidget(view_, 1);
  middle->addWidget(in_level_);
  middle->addWidget(out_level_);
  auto* const column = new QVBoxLayout(this);
  column->addLayout(top);
  column->addWidget(notices_);
  column->addLayout(line);
  column->addLayout(middle, 1);
  column->addWidget(sound_);
  column->addWidget(latency_);
}

void LivePage::makeActions() {
  start_action_ = new QAction(tr("&Start"), this);
  start_action_->setShortcut(Qt::CTRL | Qt::Key_L);
  connect(start_action_, &QAction::triggered, this, &LivePage::toggleRunning);
  auto* const demo = new QAction(tr("Start with the de&mo recording"), this);
  demo->setObjectName(QStringLiteral("demo"));
  demo->setToolTip(tr("Needs no microphone: someone speaks in a noisy café"));
  connect(demo, &QAction::triggered, this, [this] {
    setup_->chooseInput(QLatin1String(SetupBox::kDemo));
    demo_waits_ = setup_->setup().output.isEmpty();  // until it is known what can be heard here
    if (!demo_waits_) start();
  });
  makeRecordMenu();
  auto* const first = new QAction(this);
  first->setSeparator(true);
  auto* const second = new QAction(this);
  second->setSeparator(true);
  actions_ = {start_action_, demo, first};
  actions_ += record_actions_;
  actions_ +=
      {stop_recording_action_, second, sound_->keepOriginalAction(), sound_->removedAction()};
}

void LivePage::makeRecordMenu() {
  const auto add = [this](const QString& text, const QString& tip, Recorded what) {
    auto* const action = new QAction(text, this);
    action->setToolTip(tip);
    connect(action, &QAction::triggered, this, [this, what] { askAndRecord(what); });
    record_actions_ << action;
  };
  add(tr("Record the &output…"), tr("Write what is heard to a file"), Recorded::kOut);
  add(tr("Record the &input…"), tr("Write what comes in to a file"), Recorded::kIn);
  add(tr("Record &both…"), tr("Write both to files of the same length"), Recorded::kBoth);
  stop_recording_action_ = new QAction(tr("Stop recordin&g"), this);
  stop_recording_action_->setToolTip(tr("Complete the recording"));
  connect(stop_recording_action_, &QAction::triggered, this, &LivePage::stopRecording);

  auto* const menu = new QMenu(record_);
  menu->addActions(record_actions_);
  menu->setToolTipsVisible(true);
  record_->setMenu(menu);
  record_->setPopupMode(QToolButton::InstantPopup);
  record_->setText(tr("Re&cord"));
  record_->setToolTip(tr("Write the sound to a file while it runs"));
}

void LivePage::setEngine(LiveEngine* engine) {
  engine_ = engine;
  if (engine_ != nullptr) engine_->setSound(sound_->sound());
}

void LivePage::start() {
  if (engine_ == nullptr) return;
  notices_->clear();
  engine_->start(setup_->setup());
}

void LivePage::stop() {
  if (engine_ != nullptr) engine_->stop();
}

void LivePage::toggleRunning() { status_.state == State::kStopped ? start() : stop(); }

void LivePage::setupChanged() {
  if (status_.state != State::kStopped) start();
}

void LivePage::record(const QString& in_path, const QString& out_path) {
  if (engine_ != nullptr) engine_->record(in_path, out_path);
}

void LivePage::stopRecording() {
  if (engine_ != nullptr) engine_->stopRecording();
}

void LivePage::askAndRecord(Recorded what) {
  const auto ask = [this](const QString& title, const QString& name) {
    return QFileDialog::getSaveFileName(this, title, name,
                                        tr("Recordings (*.wav *.flac *.ogg *.mp3)"));
  };
  QString in;
  QString out;
  if (what != Recorded::kOut) {
    in = ask(tr("Record the input to"), QStringLiteral("noisy.wav"));
    if (in.isEmpty()) return;
  }
  if (what != Recorded::kIn) {
    out = ask(tr("Record the output to"), QStringLiteral("clean.wav"));
    if (out.isEmpty()) return;
  }
  record(in, out);
}

void LivePage::frame(double now_s) {
  if (engine_ == nullptr) return;
  LiveChoices choices;
  if (engine_->latestChoices(choices)) setup_->setChoices(choices);
  if (demo_waits_ && !setup_->setup().output.isEmpty()) {
    demo_waits_ = false;
    start();
  }
  while (const auto notice = engine_->nextNotice()) notices_->showNotice(*notice);
  takeSound();
  if (engine_->latestStatus(status_)) showStatus(now_s);
  if (auto tap = engine_->stateTap(); tap != tap_) {
    tap_ = std::move(tap);
    emit stateTapChanged();
  }
}

void LivePage::takeSound() {
  for (int i = 0; i < kFetchesPerFrame; ++i) {
    const std::size_t n = engine_->takeSound(pairs_, stream_);
    if (n == 0) break;
    view_->track().add(stream_, std::span(pairs_).first(n));
  }
  view_->advance();
}

void LivePage::showStatus(double now_s) {
  const bool runs = status_.state != State::kStopped;
  start_->setText(runs ? tr("&Stop") : tr("&Start"));
  start_action_->setText(runs ? tr("&Stop") : tr("&Start"));
  start_action_->setToolTip(start_->toolTip());
  state_->setText(statusText());
  view_->setHint(runs ? tr("Waiting for the first sound…")
                      : tr("Press Start. If no microphone is at hand, choose the demo recording as "
                           "input."));
  for (QAction* action : record_actions_) action->setEnabled(runs && !status_.recording);
  stop_recording_action_->setEnabled(status_.recording);
  // The key is that of what can be done.
  record_actions_.front()->setShortcut(status_.recording ? QKeySequence() : kRecordKey);
  stop_recording_action_->setShortcut(status_.recording ? kRecordKey : QKeySequence());
  record_->setVisible(!status_.recording);
  record_->setEnabled(runs);
  stop_recording_->setVisible(status_.recording);
  if (status_.recording) {
    stop_recording_->setText(tr("● %1 Stop").arg(clockText(status_.recorded_s)));
    stop_recording_->setAccessibleName(tr("Stop recording"));
  }
  const bool sounds = status_.state == State::kRunning;
  in_level_->setMeter(sounds ? status_.figures.in : LiveMeter());
  out_level_->setMeter(sounds ? status_.figures.out : LiveMeter());
  if (runs) {
    latency_->setFigures(status_.figures, now_s);
  } else {
    latency_->clear();
  }
  // A model that was refused leaves the one that runs.
  if (!status_.refused_model.isEmpty() && !status_.model.isEmpty() &&
      setup_->setup().model == status_.refused_model) {
    setup_->showRunningModel(status_.model);
  }
}

QString LivePage::statusText() const {
  switch (status_.state) {
    case State::kStopped:
      return tr("Stopped");
    case State::kStarting:
      return tr("Starting…");
    case State::kWaiting:
      return tr("Waiting for %1 …").arg(status_.waiting_for);
    case State::kRunning:
      break;
  }
  return status_.description;
}

QString LivePage::runningTask() const {
  return status_.recording ? tr("a recording is being made") : QString();
}

bool LivePage::openFiles(const QStringList& paths) {
  if (paths.size() != 1 || QFileInfo(paths.front()).suffix() != QLatin1String("safetensors")) {
    return false;
  }
  setup_->chooseModel(QLatin1String(SetupBox::kAskFile) + paths.front());
  return true;
}

void LivePage::saveSettings(QSettings& settings) const {
  setup_->saveSettings(settings);
  sound_->saveSettings(settings);
  settings.setValue("span", span_->currentIndex());
}

void LivePage::restoreSettings(QSettings& settings) {
  setup_->restoreSettings(settings);
  sound_->restoreSettings(settings);
  const int span = settings.value("span", kUsualSpan).toInt();
  if (span >= 0 && span < span_->count()) span_->setCurrentIndex(span);
}

void LivePage::showEvent(QShowEvent* event) {
  Page::showEvent(event);
  qApp->installEventFilter(this);
}

void LivePage::hideEvent(QHideEvent* event) {
  qApp->removeEventFilter(this);
  sound_->holdOriginal(false);
  Page::hideEvent(event);
}

// B wherever no letters are written; the space bar where it does not press or open something.
bool LivePage::isHoldKey(QObject* watched, int key) const {
  const auto* const widget = qobject_cast<const QWidget*>(watched);
  if (widget == nullptr || widget->window() != window() || takesLetters(watched)) return false;
  if (key == Qt::Key_B) return true;
  return key == Qt::Key_Space && (widget == this || widget == view_ || widget == window());
}

bool LivePage::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::WindowDeactivate && watched == window()) {
    sound_->holdOriginal(false);
  } else if (event->type() == QEvent::KeyPress || event->type() == QEvent::KeyRelease) {
    const auto* const key = static_cast<const QKeyEvent*>(event);
    if (key->modifiers() == Qt::NoModifier && isHoldKey(watched, key->key())) {
      if (!key->isAutoRepeat()) sound_->holdOriginal(event->type() == QEvent::KeyPress);
      return true;
    }
  }
  return Page::eventFilter(watched, event);
}

}  // namespace hiss
