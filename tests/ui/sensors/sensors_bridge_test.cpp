// SPDX-License-Identifier: Apache-2.0
#include "app/gui/sensors/sensors_bridge.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <QApplication>
#include <QComboBox>
#include <QDateTime>
#include <QElapsedTimer>
#include <QFile>
#include <QLabel>
#include <QStandardPaths>
#include <QTableView>
#include <QTemporaryDir>
#include <QTest>
#include <QTextStream>
#include <cmath>
#include <functional>
#include <thread>

#include "app/gui/sensors/engine_feed.h"
#include "models/state_tap.h"
#include "tests/support/sanitized.h"
#include "ui/base/notice_bar.h"
#include "ui/sensors/alert_panel.h"
#include "ui/sensors/lanes_view.h"
#include "ui/sensors/sensors_page.h"

namespace hiss {
namespace {

constexpr int kPatience_ms = 120'000;

class SensorsBridgeTest : public testing::Test {
 protected:
  SensorsBridgeTest() {
    QFile::remove(labels());
    page_.resize(800, 700);
    page_.show();
  }
  static QString labels() {
    return QStandardPaths::writableLocation(QStandardPaths::AppDataLocation) + "/labels.jsonl";
  }
  // With frames as the window makes them.
  bool waitFor(const std::function<bool()>& condition) {
    QElapsedTimer timer;
    timer.start();
    while (!condition()) {
      if (timer.elapsed() > kPatience_ms) return false;
      QTest::qWait(5);
      QElapsedTimer frame;
      frame.start();
      page_.frame(1e-3 * static_cast<double>(clock_.elapsed()));
      page_.lanes().repaint();
      const double ms = 1e-6 * static_cast<double>(frame.nsecsElapsed());
      total_ms_ += ms;
      longest_ms_ = std::max(longest_ms_, ms);
      ++frames_;
    }
    return true;
  }
  bool shows(const QString& text) {
    for (const QLabel* const label : page_.findChildren<QLabel*>()) {
      if (label->isVisible() && label->text().contains(text)) return true;
    }
    return false;
  }
  bool runs() { return !page_.runningTask().isEmpty(); }
  QTableView& table() { return *page_.findChild<QTableView*>(); }
  QString alertText(int row, int column) {
    return table().model()->index(row, column).data().toString();
  }
  QString write(const QString& name, const std::function<void(QTextStream&)>& content) {
    QFile file(folder_.filePath(name));
    EXPECT_TRUE(file.open(QIODevice::WriteOnly));
    QTextStream text(&file);
    content(text);
    return file.fileName();
  }
  void start(const QString& source, const QString& detector) {
    SensorStart what;
    what.sources << source;
    what.detector = detector;
    feed().start(what);
  }
  // The bridge's own, through the page's form.
  SensorFeed& feed() { return *feed_; }

  QTemporaryDir folder_;
  QElapsedTimer clock_ = [] {
    QElapsedTimer clock;
    clock.start();
    return clock;
  }();
  SensorsPage page_;
  SensorFeed* feed_ = nullptr;
  // Of frames with their painting.
  double total_ms_ = 0.0;
  double longest_ms_ = 0.0;
  int frames_ = 0;
};

TEST_F(SensorsBridgeTest, TheDemoRaisesTheKnownAlertAndItCanBeMarked) {
  const SensorsBridge bridge(page_, ModelRegistry());
  page_.form().setKind(SourceForm::kDemo);
  // As fast as it goes: the form's own choice is for people.
  for (QComboBox* const box : page_.form().findChildren<QComboBox*>()) {
    if (box->accessibleName() == "Speed") box->setCurrentIndex(0);
  }
  emit page_.form().startRequested();
  ASSERT_TRUE(waitFor([&] { return runs(); }));
  ASSERT_TRUE(waitFor([&] { return page_.stateTap() != nullptr || !runs(); }));
  ASSERT_TRUE(waitFor([&] { return !runs() && shows("10,320 rows"); }));
  // The marathon of 2014-11-02, whose labelled window begins on 2014-10-30 15:30.
  int marathon = -1;
  for (int row = 0; row < table().model()->rowCount(); ++row) {
    if (alertText(row, 0).startsWith("2014-11-0")) marathon = row;
  }
  ASSERT_GE(marathon, 0) << table().model()->rowCount();
  table().setCurrentIndex(table().model()->index(marathon, 0));
  ASSERT_NE(page_.alerts().chosen(), nullptr);
  const SensorAlert alert = *page_.alerts().chosen();
  constexpr std::int64_t kWindowBegins = 1'414'683'000;  // 2014-10-30 15:30 UTC
  constexpr std::int64_t kWindowEnds = 1'415'053'800;    // 2014-11-03 22:30 UTC
  EXPECT_GE(alert.begin, kWindowBegins * 1'000'000'000);
  EXPECT_LE(alert.begin, kWindowEnds * 1'000'000'000);
  EXPECT_GE(alert.peak, alert.begin);
  EXPECT_LE(alert.peak, alert.end);

  EXPECT_LT(page_.lanes().axis().begin, alert.begin);
  EXPECT_GT(page_.lanes().axis().end, alert.end);
  ASSERT_TRUE(waitFor([&] {
    const auto& answer = page_.lanes().answer();
    return answer && answer->cursor && answer->cursor->at == alert.peak;
  }));
  EXPECT_EQ(page_.lanes().answer()->cursor->alert_id, alert.id.toStdString());

  page_.alerts().markFault();
  ASSERT_TRUE(waitFor([&] {
    return page_.alerts().chosen() != nullptr && page_.alerts().chosen()->label == "fault";
  }));
  QFile stored(labels());
  ASSERT_TRUE(stored.open(QIODevice::ReadOnly));
  EXPECT_TRUE(stored.readAll().contains(alert.id.toUtf8()));
}

TEST_F(SensorsBridgeTest, WhatIsSavedIsTheRowsThatAreShown) {
  EngineFeed feed({{}, {}, folder_.filePath("labels.jsonl").toStdString()});
  page_.setFeed(&feed);
  feed_ = &feed;
  const QString table = write("plant.csv", [](QTextStream& text) {
    text << "time,flow\n";
    for (int i = 0; i < 600; ++i) {
      text << QDateTime::fromSecsSinceEpoch(1'700'000'000 + i, Qt::UTC).toString(Qt::ISODate) << ','
           << 10 + i % 7 << '\n';
    }
  });
  start("csv:" + table, "ewma");
  ASSERT_TRUE(waitFor([&] { return shows("600 rows") && !runs(); }));
  const QString out = folder_.filePath("out.csv");
  feed.saveRows("plant", 1'700'000'100'000'000'000, 1'700'000'103'000'000'000, out);
  ASSERT_TRUE(waitFor([&] { return shows("were saved"); }));
  QFile file(out);
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  const QList<QByteArray> lines = file.readAll().trimmed().split('\n');
  ASSERT_EQ(lines.size(), 4);
  EXPECT_TRUE(lines[0].startsWith("time,flow,flow low,flow high,flow share,p,score,alert"));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(lines[i + 1].split(',')[1].toInt(), 10 + (100 + i) % 7);
  }
  feed.savePicture(page_.lanes().picture(), folder_.filePath("lanes.png"));
  ASSERT_TRUE(waitFor([&] { return shows("picture was saved"); }));
  EXPECT_EQ(QImage(folder_.filePath("lanes.png")).size(), page_.lanes().picture().size());
  feed.savePicture(page_.lanes().picture(), "/proc/nowhere/lanes.png");
  ASSERT_TRUE(waitFor([&] { return shows("cannot be written"); }));
  page_.setFeed(nullptr);
}

TEST_F(SensorsBridgeTest, BadSourcesAreToldInPlainWords) {
  EngineFeed feed({{}, {}, folder_.filePath("labels.jsonl").toStdString()});
  page_.setFeed(&feed);
  feed_ = &feed;
  start("ftp://somewhere", "ewma");
  EXPECT_TRUE(waitFor([&] { return shows("cannot be used as it is written") && !runs(); }));
  start("csv:" + folder_.filePath("none.csv"), "ewma");
  EXPECT_TRUE(waitFor([&] { return shows("cannot be read") && !runs(); }));
  const QString noise = write("noise.csv", [](QTextStream& text) {
    for (int i = 0; i < 50; ++i) text << "no table\x01 at all " << i * i << "\n";
  });
  start("csv:" + noise, "ewma");
  EXPECT_TRUE(waitFor(
      [&] { return !runs() && (shows("cannot be read") || shows("ended with an error")); }));
  SensorStart broken;
  broken.sources << "csv:" + noise;
  broken.detector = "mamba";
  broken.forecaster = write("broken.safetensors", [](QTextStream& text) { text << "rubbish"; });
  feed.start(broken);
  EXPECT_TRUE(waitFor([&] { return shows("model cannot be used") && !runs(); }));
  EXPECT_TRUE(shows("another model"));
  page_.setFeed(nullptr);
}

// A port of this machine that nobody listens at.
class TestPort {
 public:
  TestPort() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size), 0);
    port_ = ntohs(address.sin_port);
  }
  ~TestPort() {
    ::close(client_);
    ::close(socket_);
  }
  [[nodiscard]] int port() const { return port_; }
  void listen() const { EXPECT_EQ(::listen(socket_, 4), 0); }
  // Waits for a client; false after some time.
  bool accept() {
    timeval patience{kPatience_ms / 1000, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    client_ = ::accept(socket_, nullptr, nullptr);
    return client_ >= 0;
  }
  void send(const std::string& text) const {
    EXPECT_EQ(::send(client_, text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
  }

 private:
  int socket_;
  int client_ = -1;
  int port_ = 0;
};

TEST_F(SensorsBridgeTest, ASenderThatIsDownIsTriedAgainUntilItIsThere) {
  EngineFeed feed({{}, {}, folder_.filePath("labels.jsonl").toStdString()});
  page_.setFeed(&feed);
  feed_ = &feed;
  TestPort port;
  start(QStringLiteral("tcp://127.0.0.1:%1?mode=connect").arg(port.port()), "ewma");
  EXPECT_TRUE(waitFor([&] { return shows("Hiss tries again") && shows("trying again:"); }));
  EXPECT_TRUE(runs());
  port.listen();
  std::thread sender([&] {
    ASSERT_TRUE(port.accept());
    for (int i = 0; i < 20; ++i) port.send("flow:" + std::to_string(i) + "\n");
  });
  EXPECT_TRUE(waitFor([&] { return shows("20 rows") && shows(": connected"); }));
  EXPECT_FALSE(shows("Hiss tries again"));
  sender.join();
  feed.stop();
  EXPECT_TRUE(waitFor([&] { return !runs(); }));
  page_.setFeed(nullptr);
}

TEST_F(SensorsBridgeTest, AMillionRowsLeaveTheWindowFree) {
  constexpr int kRows = kSanitized ? 50'000 : 1'000'000;
  const QString table = write("many.csv", [](QTextStream& text) {
    text << "a,b\n";
    for (int i = 0; i < kRows; ++i) text << i % 100 << ',' << (i * 37) % 91 << '\n';
  });
  auto feed = std::make_unique<EngineFeed>(
      EngineFeed::Places{{}, {}, folder_.filePath("labels.jsonl").toStdString()});
  page_.setFeed(feed.get());
  feed_ = feed.get();
  start("csv:" + table, "ewma");
  ASSERT_TRUE(waitFor([&] { return shows(QLocale().toString(kRows) + " rows") && !runs(); }));
  std::printf("%d frames, mean %.3f ms, longest %.2f ms\n", frames_, total_ms_ / frames_,
              longest_ms_);
  EXPECT_LT(total_ms_ / frames_, 50.0);
  page_.lanes().showAll();
  ASSERT_TRUE(waitFor([&] {
    const auto& answer = page_.lanes().answer();
    return answer && answer->oldest == 0 && answer->newest == kRows - 1 && !answer->cursor &&
           answer->end - answer->begin >= kRows;
  }));
  QElapsedTimer timer;
  timer.start();
  page_.setFeed(nullptr);
  feed.reset();
  std::printf("closed in %lld ms\n", static_cast<long long>(timer.elapsed()));
}

TEST_F(SensorsBridgeTest, ClosingInTheMiddleOfARunTakesNoTime) {
  auto bridge = std::make_unique<SensorsBridge>(page_, ModelRegistry());
  page_.form().setKind(SourceForm::kDemo);
  emit page_.form().startRequested();
  ASSERT_TRUE(waitFor([&] { return runs() && !page_.lanes().streams().isEmpty(); }));
  QElapsedTimer timer;
  timer.start();
  bridge.reset();
  std::printf("closed in %lld ms\n", static_cast<long long>(timer.elapsed()));
  EXPECT_LT(timer.elapsed(), 20'000) << "busy machines take their time, but not for ever";
  page_.frame(0.0);
}

// Pictures to look at.
TEST_F(SensorsBridgeTest, PicturesOfThePage) {
  const QString folder = qEnvironmentVariable("HISS_UI_SCREENSHOTS");
  if (folder.isEmpty()) GTEST_SKIP() << "HISS_UI_SCREENSHOTS is not set";
  const SensorsBridge bridge(page_, ModelRegistry());
  page_.form().setKind(SourceForm::kDemo);
  page_.form().findChildren<QComboBox*>()[1]->setCurrentIndex(0);
  for (const bool is_dark : {false, true}) {
    QPalette palette;
    if (is_dark) palette = QPalette(QColor(0x31, 0x36, 0x3b), QColor(0x23, 0x26, 0x29));
    QApplication::setPalette(palette);
    for (const QSize size : {QSize(800, 700), QSize(1600, 1000)}) {
      page_.resize(size);
      const QString name = QStringLiteral("%1/sensors_%2_%3.png")
                               .arg(folder, is_dark ? "dark" : "light")
                               .arg(size.width());
      if (!is_dark && size.width() == 800) {
        page_.frame(0.0);
        page_.grab().save(QString(name).replace(".png", "_empty.png"));
        for (QComboBox* const box : page_.form().findChildren<QComboBox*>()) {
          if (box->accessibleName() == "Speed") box->setCurrentIndex(0);
        }
        emit page_.form().startRequested();
        ASSERT_TRUE(waitFor([&] { return runs(); }));
        ASSERT_TRUE(waitFor([&] { return !runs(); }));
        page_.grab().save(QString(name).replace(".png", "_end.png"));
        table().setCurrentIndex(table().model()->index(table().model()->rowCount() - 2, 0));
      }
      QTest::qWait(200);
      waitFor([&, n = 0]() mutable { return ++n > 40; });
      page_.grab().save(name);
    }
  }
  QApplication::setPalette(QPalette());
}

}  // namespace
}  // namespace hiss
