// SPDX-License-Identifier: Apache-2.0
#include "ui/sensors/sensors_page.h"

#include <QFileDialog>
#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QScrollArea>
#include <QSplitter>
#include <QToolButton>
#include <QTreeView>
#include <algorithm>
#include <cmath>

#include "ui/base/notice_bar.h"
#include "ui/sensors/alert_panel.h"
#include "ui/sensors/lanes_view.h"
#include "ui/sensors/share_bars.h"
#include "ui/sensors/stream_model.h"

namespace hiss {
namespace {

constexpr int kMostChosen = 8;              // streams with lanes
constexpr double kAskEverySeconds = 0.033;  // while it follows
constexpr std::size_t kMostRead = 3;        // channels in the line below the lanes

QString number(double value) { return QLocale().toString(value, 'g', 6); }

QString expectation(const SensorCell& cell) {
  if (std::isnan(cell.low)) return {};
  return SensorsPage::tr(", expected %1 to %2").arg(number(cell.low), number(cell.high));
}

QString reading(const SensorCell& cell) {
  return (std::isnan(cell.value) ? SensorsPage::tr("missing") : number(cell.value)) +
         expectation(cell);
}

}  // namespace

SensorsPage::SensorsPage(QWidget* parent)
    : Page(parent),
      separator_(new QAction(this)),
      form_(new SourceForm),
      notice_(new NoticeBar),
      status_(new QLabel),
      streams_(new StreamModel(this)),
      stream_list_(new QTreeView),
      lanes_(new LanesView),
      readout_(new QLabel),
      alerts_(new AlertPanel),
      columns_(new QSplitter(Qt::Horizontal)),
      rows_(new QSplitter(Qt::Vertical)) {
  separator_->setSeparator(true);
  addActions();
  layOut();
  connectParts();
  showSnapshot(SensorSnapshot{});
}

// A field that has the focus tells of its end, when the page is one no more.
SensorsPage::~SensorsPage() { form_->disconnect(this); }

QString SensorsPage::title() const { return tr("Sensors"); }

void SensorsPage::setFeed(SensorFeed* feed) {
  feed_ = feed;
  snapshot_.reset();
  if (demo_waits_) startDemo();
}

void SensorsPage::setForecasters(const std::vector<ForecasterChoice>& choices) {
  form_->setForecasters(choices);
}

QList<QAction*> SensorsPage::pageActions() const {
  QList<QAction*> actions;
  for (int act = 0; act < kActs; ++act) {
    if (act == kLive || act == kNormal || act == kRows) actions << separator_;
    actions << acts_[static_cast<std::size_t>(act)];
  }
  return actions;
}

std::shared_ptr<StateTap> SensorsPage::stateTap() const {
  return snapshot_ ? snapshot_->state_tap : nullptr;
}

QString SensorsPage::runningTask() const {
  const bool is_running = snapshot_ && (snapshot_->run == SensorSnapshot::Run::kRunning ||
                                        snapshot_->run == SensorSnapshot::Run::kStarting);
  return is_running ? tr("sensors are being watched") : QString();
}

bool SensorsPage::openFiles(const QStringList& paths) {
  static const QStringList kSuffixes{QStringLiteral("csv"), QStringLiteral("tsv"),
                                     QStringLiteral("txt"), QStringLiteral("toml")};
  if (paths.size() != 1 || !kSuffixes.contains(QFileInfo(paths[0]).suffix().toLower())) {
    return false;
  }
  form_->setFile(paths[0]);
  start();
  return true;
}

void SensorsPage::start() {
  if (feed_ == nullptr) return;
  notice_->clear();
  feed_->start(form_->start());
}

void SensorsPage::startDemo() {
  form_->setKind(SourceForm::kDemo);
  demo_waits_ = feed_ == nullptr;
  start();
}

void SensorsPage::frame(double now_s) {
  now_s_ = now_s;
  if (feed_ == nullptr) return;
  const std::shared_ptr<const SensorSnapshot> fresh = feed_->snapshot();
  if (!fresh) return;
  if (fresh != snapshot_) showSnapshot(*fresh);
  const bool has_another_tap = fresh->state_tap != (snapshot_ ? snapshot_->state_tap : nullptr);
  snapshot_ = fresh;
  if (has_another_tap) emit stateTapChanged();
  if (!isVisible()) return;
  const bool is_running = fresh->run == SensorSnapshot::Run::kRunning;
  if (wants_answer_ || (is_running && now_s >= next_ask_s_)) {
    wants_answer_ = false;
    next_ask_s_ = now_s + kAskEverySeconds;
    if (!lanes_->streams().isEmpty()) feed_->ask(lanes_->question());
  }
  if (std::shared_ptr<const LaneAnswer> answer = feed_->answer()) {
    lanes_->setAnswer(std::move(answer));
    showAnswer();
  }
}

void SensorsPage::showSnapshot(const SensorSnapshot& snapshot) {
  using Run = SensorSnapshot::Run;
  const bool is_new_run = !snapshot_ || snapshot.run_number != snapshot_->run_number;
  if (is_new_run) {
    has_chosen_ = false;
    lanes_->clear();
    readout_->clear();
    alerts_->shares().setShares({}, {});
    streams_->setStreams({});
  }
  if (snapshot_ && snapshot.run == Run::kEnded && snapshot_->run != Run::kEnded) {
    wants_answer_ = true;  // what came last
  }
  if (snapshot.notice_number != (snapshot_ ? snapshot_->notice_number : 0)) {
    notice_->showNotice(snapshot.notice);
  }
  form_->setRunning(snapshot.run == Run::kRunning || snapshot.run == Run::kStarting);
  streams_->setStreams(snapshot.streams);
  if (is_new_run || snapshot.alerts_version != snapshot_->alerts_version) {
    alerts_->setAlerts(snapshot.alerts);
  }
  if (!has_chosen_ && lanes_->streams().isEmpty() && !snapshot.streams.empty()) {
    stream_list_->setCurrentIndex(streams_->index(0, 0));
  }
  showStatus(snapshot);
  for (const Act act : {kStart, kStop, kDemo}) {
    acts_[act]->setEnabled((act == kStop) == (snapshot.run == Run::kRunning));
  }
}

void SensorsPage::showStatus(const SensorSnapshot& snapshot) {
  using Run = SensorSnapshot::Run;
  const QLocale locale;
  QStringList words;
  if (snapshot.run == Run::kStopped) words << tr("Nothing is watched.");
  if (snapshot.run == Run::kStarting) words << tr("Starting…");
  if (snapshot.run == Run::kEnded) words << tr("Ended.");
  if (snapshot.run == Run::kRunning || snapshot.run == Run::kEnded) {
    words << tr("%1 rows").arg(locale.toString(snapshot.rows));
    words << tr("%1 malformed").arg(locale.toString(snapshot.malformed));
    words << tr("%1 dropped").arg(locale.toString(snapshot.dropped));
  }
  if (snapshot.lost > 0) {
    words << tr("%1 no longer kept: the disk is full").arg(locale.toString(snapshot.lost));
  }
  QString text = words.join(QStringLiteral(" · "));
  for (const SensorSource& source : snapshot.sources) {
    QString state = tr("trying to connect");
    if (source.connected) state = tr("connected");
    if (source.ended) state = tr("at its end");
    if (!source.problem.isEmpty()) {
      state = source.ended ? source.problem : tr("trying again: %1").arg(source.problem);
    }
    text += QLatin1Char('\n') + tr("%1: %2").arg(source.name, state);
  }
  if (text != status_->text()) status_->setText(text);
}

void SensorsPage::showAnswer() {
  const LaneAnswer& answer = *lanes_->answer();
  if (!answer.cursor) {
    readout_->setText(lanes_->streams().isEmpty() ? QString()
                                                  : tr("Point at a moment to read its values."));
    return;
  }
  const SensorMoment& row = *answer.cursor;
  const QString when = answer.has_time ? momentText(row.at, true, 1e20) + QLatin1Char(' ') +
                                             momentText(row.at, true, 1e11)
                                       : tr("row %1").arg(momentText(row.at, false, 0.0));
  std::vector<ChannelShare> shares;
  for (std::size_t c = 0; c < row.cells.size() && c < answer.cursor_channels.size(); ++c) {
    shares.push_back({QString::fromStdString(answer.cursor_channels[c]), row.cells[c].share,
                      reading(row.cells[c])});
  }
  QStringList words{tr("%1, %2").arg(answer.cursor_stream, when)};
  words << (row.warming_up ? tr("still learning")
                           : tr("score %1").arg(QLocale().toString(row.score, 'f', 2)));
  for (std::size_t c = 0; c < std::min(kMostRead, shares.size()); ++c) {
    words << tr("%1 %2").arg(shares[c].channel, shares[c].reading);
  }
  readout_->setText(words.join(QStringLiteral(" · ")));
  alerts_->shares().setShares(when, std::move(shares));
}

void SensorsPage::chooseStreams() {
  QStringList names;
  for (const QModelIndex& index : stream_list_->selectionModel()->selectedRows()) {
    if (names.size() < kMostChosen) {
      names << streams_->streams()[static_cast<std::size_t>(index.row())].name;
    }
  }
  lanes_->setStreams(names);
  wants_answer_ = true;
  if (feed_ != nullptr && !names.isEmpty()) feed_->chooseStream(names[0]);
}

void SensorsPage::jumpTo(const SensorAlert& alert) {
  if (!lanes_->streams().contains(alert.stream)) {
    const auto& streams = streams_->streams();
    const auto found = std::find_if(streams.begin(), streams.end(), [&](const SensorStream& each) {
      return each.name == alert.stream;
    });
    if (found == streams.end()) return;
    has_chosen_ = true;
    stream_list_->setCurrentIndex(streams_->index(static_cast<int>(found - streams.begin()), 0));
  }
  lanes_->jumpTo(alert.stream, alert.begin, alert.end, alert.peak);
}

void SensorsPage::mute(double seconds) {
  if (feed_ == nullptr) return;
  for (const QString& stream : lanes_->streams()) feed_->mute(stream, seconds);
}

void SensorsPage::saveRows() {
  if (feed_ == nullptr || lanes_->streams().isEmpty()) return;
  const QString stream = lanes_->streams()[0];
  const QString path =
      QFileDialog::getSaveFileName(this, tr("Save the rows that are shown"),
                                   QFileInfo(stream).fileName() + ".csv", tr("Tables (*.csv)"));
  if (!path.isEmpty()) {
    feed_->saveRows(stream, lanes_->axis().begin, lanes_->axis().end, path);
  }
}

void SensorsPage::savePicture() {
  if (feed_ == nullptr) return;
  const QString path = QFileDialog::getSaveFileName(this, tr("Save the picture"), tr("sensors.png"),
                                                    tr("Pictures (*.png)"));
  if (!path.isEmpty()) feed_->savePicture(lanes_->picture(), path);
}

void SensorsPage::saveSettings(QSettings& settings) const {
  form_->saveSettings(settings);
  settings.setValue("columns", columns_->saveState());
  settings.setValue("rows", rows_->saveState());
}

void SensorsPage::restoreSettings(QSettings& settings) {
  form_->restoreSettings(settings);
  columns_->restoreState(settings.value("columns").toByteArray());
  rows_->restoreState(settings.value("rows").toByteArray());
}

}  // namespace hiss
