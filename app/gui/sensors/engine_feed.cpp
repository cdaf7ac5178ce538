// SPDX-License-Identifier: Apache-2.0
#include "app/gui/sensors/engine_feed.h"

#include <QFile>
#include <QLocale>
#include <QSaveFile>
#include <QUrl>
#include <algorithm>
#include <chrono>
#include <utility>

#include "app/engine/history/history_csv.h"
#include "app/engine/monitor/monitor_config.h"
#include "app/engine/sensors/load_detector.h"
#include "app/gui/sensors/plain_words.h"
#include "ui/sensors/lanes_view.h"

namespace hiss {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kPublishEvery = 100ms;
constexpr std::uint64_t kUsualRows = 1000;  // of a view that nobody has zoomed
constexpr const char* kOrigin = "the source";

std::string textOf(const QString& text) { return text.toStdString(); }

MonitorConfig configOf(const SensorStart& what, const std::filesystem::path& demo) {
  MonitorConfig config;
  if (!what.config_file.isEmpty()) {
    config = readMonitorConfig(QFile::encodeName(what.config_file).toStdString());
  }
  if (what.is_demo) {
    if (demo.empty()) throw Failure(FailureKind::kInput, "the demo", "its table", "none");
    const QByteArray path = QUrl::toPercentEncoding(QFile::decodeName(demo.string().c_str()), "/");
    config.sources.push_back(
        makeEndpoint("csv:" + path.toStdString() + "?speed=" + textOf(what.speed), kOrigin));
  }
  for (const QString& source : what.sources) {
    config.sources.push_back(makeEndpoint(textOf(source), kOrigin));
  }
  if (config.sources.empty()) {
    throw Failure(FailureKind::kUsage, textOf(what.config_file), "at least one source", "none");
  }
  if (!what.detector.isEmpty()) config.detector = textOf(what.detector);
  if (what.config_file.isEmpty()) {
    config.defaults.budget.false_alarms = what.false_alarms_per_week;
  }
  return config;
}

}  // namespace

LaneAnswer answerOf(const SensorHistory& history, const LaneQuestion& question) {
  LaneAnswer answer;
  std::vector<std::string> streams;
  for (const QString& name : question.streams) {
    const auto extent = history.extent(textOf(name));
    if (!extent || (!streams.empty() && extent->has_time != answer.has_time)) continue;
    answer.has_time = extent->has_time;
    answer.oldest = streams.empty() ? extent->oldest : std::min(answer.oldest, extent->oldest);
    answer.newest = streams.empty() ? extent->newest : std::max(answer.newest, extent->newest);
    streams.push_back(textOf(name));
  }
  if (streams.empty()) return answer;
  answer.begin = question.begin;
  answer.end = question.end;
  if (question.follows) {
    answer.end = answer.newest + 1;
    answer.begin = question.span > 0 ? answer.end - question.span
                                     : history.momentBefore(streams.front(), kUsualRows);
  }
  answer.end = std::max(answer.end, answer.begin + 1);
  for (const std::string& stream : streams) {
    auto lanes = history.lanes(stream, answer.begin, answer.end,
                               static_cast<std::size_t>(std::max(1, question.columns)),
                               LanesView::kMostLanes);
    if (lanes) answer.streams.push_back(std::move(*lanes));
  }
  if (!question.cursor) return answer;
  const std::string stream = textOf(question.cursor_stream);
  answer.cursor = history.nearest(stream, *question.cursor);
  answer.cursor_stream = question.cursor_stream;
  if (const auto extent = history.extent(stream)) answer.cursor_channels = extent->channels;
  return answer;
}

EngineFeed::EngineFeed(Places places)
    : places_(std::move(places)), snapshot_(std::make_shared<SensorSnapshot>()) {
  worker_ = std::thread([this] { work(); });
  watcher_ = std::thread([this] { watch(); });
}

EngineFeed::~EngineFeed() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    tasks_.clear();
    if (session_) session_->stop();
    asked_.notify_all();
    posted_.notify_all();
  }
  worker_.join();
  watcher_.join();
}

std::shared_ptr<const SensorSnapshot> EngineFeed::snapshot() {
  const std::lock_guard lock(mutex_);
  return snapshot_;
}

void EngineFeed::ask(const LaneQuestion& question) {
  const std::lock_guard lock(mutex_);
  question_ = question;
  asked_.notify_one();
}

std::shared_ptr<const LaneAnswer> EngineFeed::answer() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answer_, nullptr);
}

void EngineFeed::post(Task task) {
  const std::lock_guard lock(mutex_);
  tasks_.push_back(std::move(task));
  posted_.notify_one();
}

void EngineFeed::work() {
  for (;;) {
    Task task;
    {
      std::unique_lock lock(mutex_);
      posted_.wait(lock, [this] { return ending_ || !tasks_.empty(); });
      if (ending_) break;
      task = std::move(tasks_.front());
      tasks_.pop_front();
    }
    try {
      task();
    } catch (...) {
      tell(noticeOf(currentFailure("the sensors")));
    }
  }
  setSession(nullptr, SensorSnapshot::Run::kStopped);
}

void EngineFeed::watch() {
  for (;;) {
    std::optional<LaneQuestion> question;
    {
      std::unique_lock lock(mutex_);
      asked_.wait_for(lock, kPublishEvery, [this] { return ending_ || is_stale_ || question_; });
      if (ending_) return;
      question = std::exchange(question_, std::nullopt);
    }
    if (question) {
      if (const auto now = session()) {
        auto answer = std::make_shared<LaneAnswer>(answerOf(now->history(), *question));
        const std::lock_guard lock(mutex_);
        answer_ = std::move(answer);
      }
    }
    publish();
  }
}

// At most each kPublishEvery, or when something was told.
void EngineFeed::publish() {
  const std::shared_ptr<MonitorSession> now = session();
  if (now && now->hasEnded()) {
    bool is_new = false;
    {
      const std::lock_guard lock(mutex_);
      is_new = now == session_ && frame_.run == SensorSnapshot::Run::kRunning;
      if (is_new) frame_.run = SensorSnapshot::Run::kEnded;
    }
    if (is_new) {
      if (const auto failure = now->failure()) tell(noticeOf(*failure));
      const std::lock_guard lock(mutex_);
      is_stale_ = true;
    }
  }
  SnapshotMaker::Frame frame;
  {
    const std::lock_guard lock(mutex_);
    if (!maker_.isTime() && !is_stale_) return;
    is_stale_ = false;
    frame = frame_;
  }
  auto fresh = std::make_shared<SensorSnapshot>(maker_.make(frame, now.get()));
  if (const std::optional<SourceStatus> source = maker_.takeNewTrouble()) {
    tell(noticeOf(*source));
  } else if (maker_.takeRecovery()) {
    tell({});
  }
  const std::lock_guard lock(mutex_);
  snapshot_ = std::move(fresh);
}

void EngineFeed::tell(const Notice& notice) {
  const std::lock_guard lock(mutex_);
  frame_.notice = notice;
  ++frame_.notice_number;
  is_stale_ = true;
  asked_.notify_one();
}

std::shared_ptr<MonitorSession> EngineFeed::session() const {
  const std::lock_guard lock(mutex_);
  return session_;
}

// Of the working thread, on which the old one ends.
void EngineFeed::setSession(std::shared_ptr<MonitorSession> session, SensorSnapshot::Run run) {
  std::shared_ptr<MonitorSession> old;
  {
    const std::lock_guard lock(mutex_);
    old = std::exchange(session_, std::move(session));
    frame_.run = run;
    frame_.state_tap = nullptr;
    answer_ = nullptr;
    is_stale_ = true;
    asked_.notify_one();
  }
  if (old) old->stop();
  // The watching thread may hold it for some milliseconds more.
  while (old && old.use_count() > 1) std::this_thread::sleep_for(1ms);
}

void EngineFeed::begin(const SensorStart& what) {
  setSession(nullptr, SensorSnapshot::Run::kStarting);
  chosen_.clear();
  {
    const std::lock_guard lock(mutex_);
    ++frame_.run_number;
  }
  try {
    const MonitorConfig config = configOf(what, places_.demo);
    const std::string forecaster =
        what.forecaster.isEmpty() ? places_.forecaster.string() : textOf(what.forecaster);
    const DetectorMaker detector =
        detectorMaker(config.detector, config.detector == "mamba" ? forecaster : std::string());
    auto session = std::make_shared<MonitorSession>(config, detector.make, places_.labels);
    setSession(std::move(session), SensorSnapshot::Run::kRunning);
  } catch (...) {
    setSession(nullptr, SensorSnapshot::Run::kStopped);
    throw;
  }
}

void EngineFeed::start(const SensorStart& what) {
  post([this, what] { begin(what); });
}

void EngineFeed::stop() {
  post([this] {
    if (const auto now = session()) now->stop();
  });
}

void EngineFeed::chooseStream(const QString& stream) {
  post([this, stream = textOf(stream)] {
    const auto now = session();
    if (!now || stream == chosen_) return;
    chosen_ = stream;
    std::shared_ptr<StateTap> tap = now->stateTap(stream);
    const std::lock_guard lock(mutex_);
    frame_.state_tap = std::move(tap);
    is_stale_ = true;
    asked_.notify_one();
  });
}

void EngineFeed::acknowledge(const QString& alert_id, const QString& note) {
  post([this, id = textOf(alert_id), note = textOf(note)] {
    if (const auto now = session()) now->acknowledge(id, note);
  });
}

void EngineFeed::label(const QString& alert_id, const QString& label, const QString& note) {
  post([this, id = textOf(alert_id), label = textOf(label), note = textOf(note)] {
    if (const auto now = session()) now->label(id, label, note);
  });
}

void EngineFeed::mute(const QString& stream, double seconds) {
  post([this, stream = textOf(stream), seconds] {
    if (const auto now = session()) now->mute(stream, seconds);
  });
}

void EngineFeed::setFalseAlarms(double per_week) {
  post([this, per_week] {
    if (const auto now = session()) now->setFalseAlarms(per_week);
  });
}

void EngineFeed::saveRows(const QString& stream, std::int64_t begin, std::int64_t end,
                          const QString& path) {
  post([this, stream = textOf(stream), begin, end, path] {
    const auto now = session();
    if (!now) return;
    const std::uint64_t rows = writeHistoryCsv(now->history(), stream, begin, end,
                                               QFile::encodeName(path).toStdString(), ending_);
    tell({Notice::Kind::kInfo,
          tr("%1 rows were saved in %2.").arg(QLocale().toString(rows), path),
          {},
          {}});
  });
}

void EngineFeed::savePicture(const QImage& picture, const QString& path) {
  post([this, picture, path] {
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || !picture.save(&file, "PNG") || !file.commit()) {
      throw Failure(FailureKind::kOutput, textOf(path), "room to write",
                    textOf(file.errorString()));
    }
    tell({Notice::Kind::kInfo, tr("The picture was saved in %1.").arg(path), {}, {}});
  });
}

}  // namespace hiss
