// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/serial_source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

#include "app/engine/byte_file.h"
#include "app/engine/failure.h"
#include "app/engine/monitor/serial/serial_port.h"
#include "tests/app/monitor/collecting_host.h"
#include "tests/app/monitor/mqtt/child_program.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

// Two pseudo-terminals that socat joins stand for a cable: what is written at "far" comes in at
// "port".
class SerialSourceTest : public TemporaryFolderTest {
 protected:
  void SetUp() override {
    if (!findProgram("socat")) GTEST_SKIP() << "socat is not installed";
    log_ = MonitorLog::keeping(&lines_);
  }
  void plug() {
    cable_ = ChildProgram({findProgram("socat")->string(), link("port"), link("far")},
                          path("socat.log"));
    ASSERT_TRUE(eventually([&] {
      return std::filesystem::exists(path("port")) && std::filesystem::exists(path("far"));
    }));
    far_ = ByteFile::adopt(::open(path("far").c_str(), O_WRONLY | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(far_.isOpen());
  }
  // socat takes its links away when it is asked to end, as udev does when a plug is pulled.
  void unplug() {
    far_ = ByteFile();
    cable_.end(SIGTERM);
  }
  void send(const std::string& bytes) {
    ASSERT_EQ(far_.write(std::as_bytes(std::span(bytes))), bytes.size());
  }
  std::unique_ptr<Source> start(const std::string& options, CollectingHost& host) {
    std::unique_ptr<Source> source = make("?retry=100ms" + options);
    source->start(host, 0);
    return source;
  }
  std::unique_ptr<Source> make(const std::string& options) {
    return makeSerialSource(makeEndpoint("serial:" + path("port").string() + options, "test"),
                            *log_);
  }
  static bool isOpen(const Source& source) {
    return eventually([&] { return source.status().connected; });
  }
  static void stop(Source& source, CollectingHost& host) {
    host.stop();
    source.stop();
  }

  std::string lines_;
  std::unique_ptr<MonitorLog> log_;
  ChildProgram cable_;
  ByteFile far_;

 private:
  std::string link(const std::string& name) { return "pty,raw,echo=0,link=" + path(name).string(); }
};

TEST_F(SerialSourceTest, TakesLines) {
  plug();
  CollectingHost host;
  const auto source = start("&baud=9600&bits=7&parity=even&stop=2&flow=xonxoff", host);
  ASSERT_TRUE(isOpen(*source));
  send("\n1.5\r\n2.5");  // the line end ends one that had begun before the port was opened
  ASSERT_TRUE(host.waitForRows(1));
  send("0\n{\"t\": 7}\n");
  ASSERT_TRUE(host.waitForRows(3));
  stop(*source, host);
  const std::vector<Observation> rows = host.rows();
  EXPECT_EQ(rows[0].stream, "port");
  EXPECT_EQ(rows[0].fields[0].value, 1.5);
  EXPECT_TRUE(rows[0].stamp_ns);
  EXPECT_EQ(rows[1].fields[0].value, 2.5);
  EXPECT_EQ(rows[2].fields[0].name, "t");
  EXPECT_TRUE(source->isLive());
  EXPECT_EQ(source->status().rows, 3u);
}

TEST_F(SerialSourceTest, KeepsTheNamesOfAHeader) {
  plug();
  CollectingHost host;
  const auto source = start("&format=csv", host);
  ASSERT_TRUE(isOpen(*source));
  send("\nflow,pressure\n1,2\n3,4\n");
  ASSERT_TRUE(host.waitForRows(2));
  stop(*source, host);
  ASSERT_EQ(host.rows()[1].fields.size(), 2u);
  EXPECT_EQ(host.rows()[1].fields[1].name, "pressure");
  EXPECT_EQ(host.rows()[1].fields[1].value, 4.0);
}

TEST_F(SerialSourceTest, CountsGarbage) {
  plug();
  CollectingHost host;
  const auto source = start("", host);
  ASSERT_TRUE(isOpen(*source));
  send("\n1\n");
  std::string garbage;
  for (int i = 0; i < 50000; ++i) garbage += static_cast<char>((i * 7919 + i / 256) % 256);
  send(garbage);
  send("\n2\n");
  ASSERT_TRUE(eventually([&] {
    const std::vector<Observation> rows = host.rows();
    return !rows.empty() && rows.back().stream == "port" && rows.back().fields[0].value == 2.0;
  }));
  EXPECT_TRUE(source->status().connected);
  EXPECT_GT(source->status().malformed, 10u);
  stop(*source, host);
}

TEST_F(SerialSourceTest, PassesOverLinesWithoutEnd) {
  plug();
  CollectingHost host;
  const auto source = start("", host);
  ASSERT_TRUE(isOpen(*source));
  send("\n");
  const std::string piece(65536, '1');
  for (int i = 0; i < 20; ++i) send(piece);
  send("\n2\n");
  ASSERT_TRUE(host.waitForRows(1));
  stop(*source, host);
  EXPECT_EQ(host.rows()[0].fields[0].value, 2.0);
  EXPECT_EQ(source->status().malformed, 1u);
}

TEST_F(SerialSourceTest, ADeviceThatComesBackIsOpenedAgain) {
  CollectingHost host;
  const auto source = start("", host);
  ASSERT_TRUE(eventually([&] { return !source->status().problem.empty(); }));
  EXPECT_NE(source->status().problem.find("no such device"), std::string::npos)
      << source->status().problem;
  for (int i = 1; i <= 3; ++i) {
    plug();
    ASSERT_TRUE(isOpen(*source));
    send(fmt::format("\n{}\n99", i));  // the plug is pulled in the middle of a line
    ASSERT_TRUE(host.waitForRows(std::size_t(i)));
    unplug();
    ASSERT_TRUE(eventually([&] { return !source->status().connected; }));
  }
  stop(*source, host);
  const std::vector<Observation> rows = host.rows();
  ASSERT_EQ(rows.size(), 3u);
  for (int i = 1; i <= 3; ++i) EXPECT_EQ(rows[std::size_t(i) - 1].fields[0].value, i);
  EXPECT_EQ(source->status().reconnects, 2u);
  EXPECT_EQ(source->status().malformed, 0u);
}

TEST_F(SerialSourceTest, StopsWhileTheMonitorHasEnoughToDo) {
  plug();
  CollectingHost host;
  host.setRoom(2);
  const auto source = start("", host);
  ASSERT_TRUE(isOpen(*source));
  send("\n1\n2\n3\n4\n");
  ASSERT_TRUE(host.waitForRows(2));
  stop(*source, host);
  EXPECT_EQ(host.rows().size(), 2u);
}

TEST_F(SerialSourceTest, RefusesWhatCanNeverWork) {
  for (const std::string options : {"?baud=fast", "?baud=0", "?bits=9", "?stop=3", "?parity=mark",
                                    "?flow=always", "?nonsense=1"}) {
    EXPECT_THROW(make(options), Failure) << options;
  }
  EXPECT_NO_THROW(make("?baud=57600"));
  EXPECT_THROW(makeSerialSource(makeEndpoint("serial:", "test"), *log_), Failure);
  EXPECT_THROW(makeSerialSource(makeEndpoint("serial://host/dev/ttyS0", "test"), *log_), Failure);
}

TEST_F(SerialSourceTest, SaysWhatAPortLacks) {
  const std::string plain = write("plain", "text").string();
  SerialSettings settings;
  settings.path = plain;
  try {
    const SerialPort port(settings);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("no serial port"), std::string::npos)
        << failure.what();
  }
  ASSERT_EQ(::chmod(plain.c_str(), 0600), 0);
  EXPECT_NE(serialAdvice(plain, EACCES).find("only its owner"), std::string::npos);
  constexpr gid_t kAnyGroup = 20;
  ASSERT_EQ(::chmod(plain.c_str(), 0660), 0);
  const bool is_root = ::geteuid() == 0;
  if (is_root) {
    ASSERT_EQ(::chown(plain.c_str(), 0, kAnyGroup), 0);
  }
  if (is_root || ::getegid() != 0) {
    EXPECT_NE(serialAdvice(plain, EACCES).find("adduser USER"), std::string::npos)
        << serialAdvice(plain, EACCES);
  }
  EXPECT_NE(serialAdvice(plain, EBUSY).find("another program"), std::string::npos);
  EXPECT_NE(serialAdvice(path("missing"), ENOENT).find("plugged"), std::string::npos);
}

}  // namespace
}  // namespace hiss
