// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <fstream>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/monitor/sources/decoding.h"
#include "tests/app/monitor/sources/loopback.h"
#include "tests/app/monitor/sources/source_test.h"

namespace hiss {
namespace {

std::size_t residentBytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t pages = 0;
  std::size_t resident = 0;
  file >> pages >> resident;
  return resident * 4096;
}

class TcpSourceTest : public SourceTest {
 protected:
  Source& listen(const std::string& options = "") {
    port_ = freePort(SOCK_STREAM);
    return start(fmt::format("tcp://127.0.0.1:{}{}", port_, options));
  }
  ByteFile client() const { return connectedSocket(SOCK_STREAM, port_); }

  // Whether the peer has closed; waits.
  static bool isClosed(const ByteFile& socket) {
    char byte = 0;
    return ::recv(socket.descriptor(), &byte, 1, 0) <= 0;
  }

  int port_ = 0;
};

TEST_F(TcpSourceTest, TakesLinesOfSeveralClientsEachWithItsHeader) {
  const Source& source = listen("?name=hall");
  EXPECT_TRUE(source.status().connected);
  const ByteFile one = client();
  const ByteFile two = client();
  ASSERT_TRUE(sendAll(one, "time,a,b\n17000000"));
  ASSERT_TRUE(sendAll(two, "time,c\r\n1700000000,5\r\n"));
  ASSERT_TRUE(host_.waitForRows(1));
  ASSERT_TRUE(sendAll(one, "00,1,2\n"));
  ASSERT_TRUE(host_.waitForRows(2));
  EXPECT_EQ(textOf(host_.rows()), "hall@1700000000000000000 c=5\nhall@1700000000000000000 a=1 b=2");
}

TEST_F(TcpSourceTest, TakesTheLastLineOfAClientThatLeaves) {
  listen();
  {
    const ByteFile one = client();
    ASSERT_TRUE(sendAll(one, "m v=1\nm v=2"));
  }
  ASSERT_TRUE(host_.waitForRows(2));
}

TEST_F(TcpSourceTest, RefusesClientsBeyondTheLimit) {
  listen("?clients=2");
  const ByteFile one = client();
  const ByteFile two = client();
  ASSERT_TRUE(sendAll(one, "m v=1\n"));
  ASSERT_TRUE(sendAll(two, "m v=2\n"));
  ASSERT_TRUE(host_.waitForRows(2));
  const ByteFile three = client();
  EXPECT_TRUE(isClosed(three));
  ASSERT_TRUE(sendAll(one, "m v=3\n"));
  ASSERT_TRUE(host_.waitForRows(3));
}

TEST_F(TcpSourceTest, PassesOverALineOfAGigabyteWhileOthersGoOn) {
  const Source& source = listen();
  const ByteFile hostile = client();
  const ByteFile other = client();
  ASSERT_TRUE(sendAll(other, "m v=0\n"));
  ASSERT_TRUE(host_.waitForRows(1));
  const std::size_t before = residentBytes();
  const std::string piece(std::size_t{1} << 20, 'x');
  std::size_t most = 0;
  for (int i = 0; i < 1024; ++i) {
    ASSERT_TRUE(sendAll(hostile, piece));
    if (i % 256 == 255) {
      const std::size_t rows = host_.rows().size();
      ASSERT_TRUE(sendAll(other, "m v=1\n"));
      ASSERT_TRUE(host_.waitForRows(rows + 1));
      most = std::max(most, residentBytes());
    }
  }
  ASSERT_TRUE(sendAll(hostile, "\nm v=2\n"));
  ASSERT_TRUE(host_.waitForRows(6));
  EXPECT_EQ(source.status().malformed, 1U);
  EXPECT_LT(most, before + (std::size_t{16} << 20));
}

TEST_F(TcpSourceTest, CountsGarbageAndGoesOn) {
  const Source& source = listen("?format=json");
  const ByteFile one = client();
  std::mt19937 engine(11);
  std::string garbage(1 << 20, '\0');
  for (char& c : garbage) c = static_cast<char>(engine());
  ASSERT_TRUE(sendAll(one, garbage));
  ASSERT_TRUE(sendAll(one, "\n{\"a\":1}\n"));
  ASSERT_TRUE(host_.waitForRows(1));
  EXPECT_GT(source.status().malformed, 1000U);
}

TEST_F(TcpSourceTest, HoldsSendersUpWhileTheMonitorIsFull) {
  listen();
  host_.setRoom(10);
  const ByteFile one = client();
  timeval limit{0, 200'000};
  ::setsockopt(one.descriptor(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "m v=1\n";
  bool held_up = false;
  for (int i = 0; i < 10'000 && !held_up; ++i) held_up = !sendAll(one, lines);
  EXPECT_TRUE(held_up);
  EXPECT_EQ(host_.rows().size(), 10U);
}

TEST_F(TcpSourceTest, ConnectsAgainAndAgain) {
  auto [server, port] = boundSocket(SOCK_STREAM);
  const Source& source = start(fmt::format("tcp://127.0.0.1:{}?mode=connect&name=x", port));
  // Nobody listens yet.
  ASSERT_TRUE(waitUntil([&] { return !source.status().problem.empty(); }));
  EXPECT_FALSE(source.status().connected);
  ASSERT_EQ(::listen(server.descriptor(), 4), 0);
  for (int i = 1; i <= 2; ++i) {
    const ByteFile peer = ByteFile::adopt(::accept(server.descriptor(), nullptr, nullptr));
    ASSERT_TRUE(sendAll(peer, "m v=1\n"));
    ASSERT_TRUE(host_.waitForRows(static_cast<std::size_t>(i)));
    EXPECT_TRUE(source.status().connected);
    EXPECT_EQ(source.status().problem, "");
  }
  EXPECT_GE(source.status().reconnects, 2U);
}

TEST_F(TcpSourceTest, StopsWhileItWaits) {
  listen();
  const ByteFile one = client();
  ASSERT_TRUE(sendAll(one, "m v=1\n"));
  ASSERT_TRUE(host_.waitForRows(1));
  stop();
  EXPECT_TRUE(isClosed(one));
  EXPECT_FALSE(host_.finished());
}

TEST_F(TcpSourceTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* const uri :
       {"tcp://127.0.0.1", "tcp://:9000?mode=connect", "tcp://:9000?mode=both",
        "tcp://:9000?clients=0", "tcp://me@localhost:9000"}) {
    EXPECT_THROW(make(uri), Failure) << uri;
  }
}

}  // namespace
}  // namespace hiss
