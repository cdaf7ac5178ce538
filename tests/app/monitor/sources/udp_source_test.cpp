// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "app/engine/failure.h"
#include "tests/app/monitor/sources/decoding.h"
#include "tests/app/monitor/sources/loopback.h"
#include "tests/app/monitor/sources/source_test.h"

namespace hiss {
namespace {

class UdpSourceTest : public SourceTest {
 protected:
  Source& listen(const std::string& options = "") {
    port_ = freePort(SOCK_DGRAM);
    Source& source = start(fmt::format("udp://127.0.0.1:{}{}", port_, options));
    socket_ = connectedSocket(SOCK_DGRAM, port_);
    return source;
  }
  void send(std::string_view datagram) const {
    ASSERT_EQ(::send(socket_.descriptor(), datagram.data(), datagram.size(), 0),
              static_cast<ssize_t>(datagram.size()));
  }

  int port_ = 0;
  ByteFile socket_;
};

TEST_F(UdpSourceTest, TakesDatagramsOfOneOrMoreLines) {
  const Source& source = listen();
  EXPECT_TRUE(source.isLive());
  EXPECT_FALSE(source.isDurable());
  EXPECT_TRUE(source.status().connected);
  send("{\"a\":1,\"ts\":1700000000}");
  send("m v=2 1700000000\nm v=3 1700000001\n");
  ASSERT_TRUE(host_.waitForRows(3));
  EXPECT_EQ(textOf(host_.rows()), fmt::format("udp:{}@1700000000000000000 a=1\n"
                                              "m@1700000000000000000 v=2\n"
                                              "m@1700000001000000000 v=3",
                                              port_));
}

TEST_F(UdpSourceTest, TakesItsNameAndDecoding) {
  listen("?name=plant&json=/v&time=none");
  send("{\"a\":1,\"v\":5}");
  ASSERT_TRUE(host_.waitForRows(1));
  EXPECT_EQ(host_.rows()[0].stream, "plant");
  EXPECT_EQ(host_.rows()[0].fields.size(), 1U);
}

TEST_F(UdpSourceTest, CountsGarbageAndGoesOn) {
  const Source& source = listen();
  std::mt19937 engine(7);
  // So few that the system's buffer holds them all.
  for (int i = 0; i < 40; ++i) {
    std::string garbage(1 + engine() % 300, '\0');
    for (char& c : garbage) c = static_cast<char>(0x80U + engine() % 0x80U);
    send(garbage);
  }
  send("");
  send("{\"a\":1}");
  ASSERT_TRUE(host_.waitForRows(1));
  EXPECT_EQ(source.status().malformed, 40U);
  // A row is counted once it was taken.
  EXPECT_TRUE(waitUntil([&] { return source.status().rows == 1; }));
}

TEST_F(UdpSourceTest, CountsEveryDatagramOfAFlood) {
  constexpr std::uint64_t kSent = 200'000;
  const Source& source = listen("?buffer=64k");
  host_.setRoom(50'000);
  for (std::uint64_t i = 0; i < kSent; ++i) send("m,id=7 v=1");
  // What the monitor had no room for, and what the system had none for.
  EXPECT_TRUE(waitUntil([&] {
    const SourceStatus status = source.status();
    return status.rows + status.dropped == kSent;
  })) << source.status().rows
      << " + " << source.status().dropped;
  EXPECT_LE(source.status().rows, 50'000U);
  EXPECT_GE(source.status().rows, 100U);
}

TEST_F(UdpSourceTest, SaysIfThePortIsTaken) {
  const auto [taken, port] = boundSocket(SOCK_DGRAM);
  Source& source = make(fmt::format("udp://:{}", port));
  try {
    source.start(host_, 0);
    FAIL() << "took a port twice";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kInput);
    EXPECT_NE(std::string(failure.what()).find("in use"), std::string::npos) << failure.what();
  }
}

TEST_F(UdpSourceTest, RefusesWhatItDoesNotUnderstand) {
  for (const char* const uri : {"udp://127.0.0.1", "udp://:9000/path", "udp://:9000?what=1",
                                "udp://:9000?buffer=1", "udp:9000"}) {
    EXPECT_THROW(make(uri), Failure) << uri;
  }
}

}  // namespace
}  // namespace hiss
