// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/control/service_notify.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string>

#include "app/engine/byte_file.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class ServiceNotifyTest : public TemporaryFolderTest {
 protected:
  // The end at which systemd would listen.
  void listenAt(const std::string& name) {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    ASSERT_LT(name.size(), sizeof address.sun_path);
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    socket_ = ByteFile::adopt(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ASSERT_EQ(::bind(socket_.descriptor(), reinterpret_cast<const sockaddr*>(&address),
                     static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size())),
              0);
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
  }

  // A datagram is there as soon as it was sent; "none" if there is none.
  std::string received() {
    std::array<char, 1000> bytes = {};
    const ssize_t count = ::recv(socket_.descriptor(), bytes.data(), bytes.size(), 0);
    return count < 0 ? "none" : std::string(bytes.data(), static_cast<std::size_t>(count));
  }

 private:
  ByteFile socket_;
};

TEST_F(ServiceNotifyTest, SendsADatagramACall) {
  listenAt(path("notify").string());
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  const ServiceNotify notify;
  EXPECT_TRUE(notify.isActive());
  EXPECT_EQ(notify.watchdogSeconds(), 15.0);
  EXPECT_EQ(::getenv("NOTIFY_SOCKET"), nullptr) << "a child could answer for us";
  notify.ready();
  EXPECT_EQ(received(), "READY=1");
  notify.watchdog();
  EXPECT_EQ(received(), "WATCHDOG=1");
  notify.reloading();
  EXPECT_EQ(received().substr(0, 27), "RELOADING=1\nMONOTONIC_USEC=");
  notify.stopping();
  EXPECT_EQ(received(), "STOPPING=1");
  notify.status("12 streams\nREADY=0");
  EXPECT_EQ(received(), "STATUS=12 streams");
  notify.status(std::string(5000, 'a'));
  EXPECT_EQ(received().size(), 200U);
  EXPECT_EQ(received(), "none");
}

TEST_F(ServiceNotifyTest, KnowsAbstractSockets) {
  listenAt("@hiss-test-" + std::to_string(::getpid()));
  const ServiceNotify notify;
  notify.ready();
  EXPECT_EQ(received(), "READY=1");
}

TEST_F(ServiceNotifyTest, IsSilentWithoutASocket) {
  ::unsetenv("NOTIFY_SOCKET");
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  const ServiceNotify without;
  EXPECT_FALSE(without.isActive());
  EXPECT_FALSE(without.watchdogSeconds());
  without.ready();
  for (const std::string& name :
       {std::string("relative"), std::string("@"), "/" + std::string(200, 'a')}) {
    ::setenv("NOTIFY_SOCKET", name.c_str(), 1);
    EXPECT_FALSE(ServiceNotify().isActive()) << name;
  }
}

TEST_F(ServiceNotifyTest, LosesWhatNobodyReads) {
  ::setenv("NOTIFY_SOCKET", path("nobody").c_str(), 1);
  const ServiceNotify notify;
  notify.ready();  // must neither wait nor throw
  listenAt(path("full").string());
  const ServiceNotify full;
  for (int i = 0; i < 10000; ++i) full.watchdog();
  EXPECT_EQ(received(), "WATCHDOG=1");
}

TEST_F(ServiceNotifyTest, LeavesTheWatchdogOfAnotherProcessAlone) {
  listenAt(path("notify").string());
  ::setenv("WATCHDOG_USEC", "30000000", 1);
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(ServiceNotify().watchdogSeconds());
}

}  // namespace
}  // namespace hiss
