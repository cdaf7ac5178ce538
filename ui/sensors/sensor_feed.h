// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QImage>
#include <QString>
#include <QStringList>
#include <QtGlobal>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "models/sensor_view.h"
#include "ui/base/notice.h"

namespace hiss {

class StateTap;

enum class SensorState { kOk, kWarmingUp, kAlert, kNoData, kMuted };

// One line of the list of streams.
struct SensorStream {
  QString name;
  double score = 0.0;  // newest; above 1 alarms
  SensorState state = SensorState::kWarmingUp;
  double rows_per_s = 0.0;  // lately
  quint64 rows = 0;
};

struct SensorAlert {
  enum class Kind { kAnomaly, kNoData, kLimit };
  QString id;
  QString stream;
  Kind kind = Kind::kAnomaly;
  bool has_time = false;  // of its moments; see models/sensor_view.h
  std::int64_t begin = 0;
  std::int64_t end = 0;  // its newest row, as far as it was told
  std::int64_t peak = 0;
  double peak_score = 0.0;
  QString top_channel;
  QString text;
  QString label;  // "normal", "fault" or empty
  QString note;
  bool is_on = false;
  bool is_acknowledged = false;
};

struct SensorSource {
  QString name;  // without password
  bool connected = false;
  bool ended = false;
  quint64 rows = 0;
  QString problem;  // why it is not connected; empty: none
};

// How the monitor does. Never changes once it was handed out.
struct SensorSnapshot {
  enum class Run { kStopped, kStarting, kRunning, kEnded };
  Run run = Run::kStopped;
  quint64 run_number = 0;             // grows with every start
  std::vector<SensorStream> streams;  // in the order in which they came
  quint64 alerts_version = 0;
  std::vector<SensorAlert> alerts;  // newest first
  std::vector<SensorSource> sources;
  quint64 rows = 0;
  quint64 malformed = 0;
  quint64 dropped = 0;
  quint64 lost = 0;           // that the history could not keep
  quint64 notice_number = 0;  // grows with every notice
  Notice notice;
  std::shared_ptr<StateTap> state_tap;  // of the stream that was chosen
};

// What is to be watched, and how.
struct SensorStart {
  bool is_demo = false;  // the shipped rows, at `speed`
  QString speed = QStringLiteral("max");
  QStringList sources;  // as `hiss monitor` takes them
  QString config_file;  // empty: none
  QString detector;     // empty: the configuration's, or the best one
  QString forecaster;   // file; empty: the one that is found
  double false_alarms_per_week = 1.0;
};

// What the lanes shall show.
struct LaneQuestion {
  QStringList streams;  // of one kind of time; others than the first's kind are left out
  bool follows = true;  // ends with the newest row
  std::int64_t begin = 0;
  std::int64_t end = 0;   // not if it follows
  std::int64_t span = 0;  // if it follows; 0: the newest 1,000 rows
  int columns = 800;
  QString cursor_stream;
  std::optional<std::int64_t> cursor;  // moment of which all is told
};

struct LaneAnswer {
  std::vector<SensorLanes> streams;
  bool has_time = false;
  std::int64_t begin = 0;  // what is shown
  std::int64_t end = 0;
  std::int64_t oldest = 0;  // of all rows that are kept
  std::int64_t newest = 0;
  QString cursor_stream;
  std::optional<SensorMoment> cursor;  // the row next to the question's
  std::vector<std::string> cursor_channels;
};

// The page's view of what runs. Nothing here waits: what takes long is done elsewhere and shows in
// a later snapshot. [main-thread]
class SensorFeed {
 public:
  SensorFeed() = default;
  SensorFeed(const SensorFeed&) = delete;
  SensorFeed& operator=(const SensorFeed&) = delete;
  virtual ~SensorFeed() = default;

  // The newest; never null.
  [[nodiscard]] virtual std::shared_ptr<const SensorSnapshot> snapshot() = 0;
  // The newest question alone is answered.
  virtual void ask(const LaneQuestion& question) = 0;
  // Null: no new one.
  [[nodiscard]] virtual std::shared_ptr<const LaneAnswer> answer() = 0;

  virtual void start(const SensorStart& what) = 0;
  virtual void stop() = 0;
  // Whose hidden state is offered.
  virtual void chooseStream(const QString& stream) = 0;
  virtual void acknowledge(const QString& alert_id, const QString& note) = 0;
  // `label`: "normal" or "fault".
  virtual void label(const QString& alert_id, const QString& label, const QString& note) = 0;
  // 0 seconds: ends it.
  virtual void mute(const QString& stream, double seconds) = 0;
  virtual void setFalseAlarms(double per_week) = 0;
  virtual void saveRows(const QString& stream, std::int64_t begin, std::int64_t end,
                        const QString& path) = 0;
  virtual void savePicture(const QImage& picture, const QString& path) = 0;
};

}  // namespace hiss
