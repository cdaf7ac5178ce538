// SPDX-License-Identifier: Apache-2.0
//
// On a bus of its own, with a service in rtkit's place that says what it was asked for.
#include "app/engine/live/rtkit.h"

#include <dbus/dbus.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <string>
#include <thread>

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HISS_UNDER_TSAN
#endif
#elif defined(__SANITIZE_THREAD__)
#define HISS_UNDER_TSAN
#endif

namespace hiss {
namespace {

constexpr const char* kService = "org.freedesktop.RealtimeKit1";

// A message bus in a process of its own; its address is the system bus's for this process.
class PrivateBus {
 public:
  PrivateBus() {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) return;
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(ends[1], STDOUT_FILENO);
      ::dup2(::open("/dev/null", O_WRONLY), STDERR_FILENO);
      ::execlp("dbus-daemon", "dbus-daemon", "--session", "--nofork", "--nopidfile",
               "--print-address", static_cast<char*>(nullptr));
      ::_exit(127);
    }
    ::close(ends[1]);
    char c = 0;
    while (::read(ends[0], &c, 1) == 1 && c != '\n') address_ += c;
    ::close(ends[0]);
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", address_.c_str(), 1);
  }
  ~PrivateBus() {
    ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    if (child_ <= 0) return;
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
  }
  PrivateBus(const PrivateBus&) = delete;
  PrivateBus& operator=(const PrivateBus&) = delete;
  [[nodiscard]] bool runs() const { return !address_.empty(); }

 private:
  pid_t child_ = -1;
  std::string address_;
};

// Answers for rtkit.
class FakeRtkit {
 public:
  explicit FakeRtkit(bool grants) : grants_(grants) {
    bus_ = dbus_bus_get_private(DBUS_BUS_SYSTEM, nullptr);
    if (bus_ == nullptr) return;
    dbus_connection_set_exit_on_disconnect(bus_, FALSE);
    dbus_bus_request_name(bus_, kService, 0, nullptr);
    thread_ = std::thread([this] { serve(); });
  }
  ~FakeRtkit() {
    run_.store(false);
    if (thread_.joinable()) thread_.join();
    if (bus_ == nullptr) return;
    dbus_connection_close(bus_);
    dbus_connection_unref(bus_);
  }
  FakeRtkit(const FakeRtkit&) = delete;
  FakeRtkit& operator=(const FakeRtkit&) = delete;

  std::atomic<std::uint64_t> thread_asked_for{0};
  std::atomic<std::uint32_t> priority_asked_for{0};

 private:
  void serve() {
    while (run_.load()) {
      dbus_connection_read_write(bus_, 20);
      while (DBusMessage* const question = dbus_connection_pop_message(bus_)) {
        answer(question);
        dbus_message_unref(question);
      }
    }
  }

  void answer(DBusMessage* question) {
    DBusMessage* reply = nullptr;
    if (dbus_message_is_method_call(question, "org.freedesktop.DBus.Properties", "Get") != 0) {
      const char* interface = nullptr;
      const char* name = nullptr;
      dbus_message_get_args(question, nullptr, DBUS_TYPE_STRING, &interface, DBUS_TYPE_STRING,
                            &name, DBUS_TYPE_INVALID);
      reply = dbus_message_new_method_return(question);
      DBusMessageIter at;
      DBusMessageIter value;
      dbus_message_iter_init_append(reply, &at);
      if (std::string(name) == "MaxRealtimePriority") {
        const std::int32_t most = 7;
        dbus_message_iter_open_container(&at, DBUS_TYPE_VARIANT, "i", &value);
        dbus_message_iter_append_basic(&value, DBUS_TYPE_INT32, &most);
      } else {
        const std::int64_t most = 150'000;
        dbus_message_iter_open_container(&at, DBUS_TYPE_VARIANT, "x", &value);
        dbus_message_iter_append_basic(&value, DBUS_TYPE_INT64, &most);
      }
      dbus_message_iter_close_container(&at, &value);
    } else if (dbus_message_is_method_call(question, kService, "MakeThreadRealtime") != 0) {
      std::uint64_t thread = 0;
      std::uint32_t priority = 0;
      dbus_message_get_args(question, nullptr, DBUS_TYPE_UINT64, &thread, DBUS_TYPE_UINT32,
                            &priority, DBUS_TYPE_INVALID);
      thread_asked_for.store(thread);
      priority_asked_for.store(priority);
      reply = grants_ ? dbus_message_new_method_return(question)
                      : dbus_message_new_error(question, "org.freedesktop.DBus.Error.AccessDenied",
                                               "not today");
    }
    if (reply == nullptr) return;
    dbus_connection_send(bus_, reply, nullptr);
    dbus_connection_flush(bus_);
    dbus_message_unref(reply);
  }

  bool grants_;
  DBusConnection* bus_ = nullptr;
  std::atomic<bool> run_{true};
  std::thread thread_;
};

class RtkitTest : public testing::Test {
 protected:
  // One for all: D-Bus asks for the address once in a process.
  static void SetUpTestSuite() { bus = new PrivateBus; }
  static void TearDownTestSuite() { delete bus; }
  void SetUp() override {
#ifdef HISS_UNDER_TSAN
    GTEST_SKIP() << "libdbus takes its own locks in different orders";
#endif
    if (!bus->runs()) GTEST_SKIP() << "dbus-daemon is not installed";
  }
  static PrivateBus* bus;
};

PrivateBus* RtkitTest::bus = nullptr;

TEST_F(RtkitTest, AsksForTheThreadAtMostAtWhatIsGivenAndBoundsItsRunTime) {
  FakeRtkit rtkit(true);
  EXPECT_EQ(askRtkit(4711, 20), 0);
  EXPECT_EQ(rtkit.thread_asked_for.load(), 4711U);
  EXPECT_EQ(rtkit.priority_asked_for.load(), 7U);
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_RTTIME, &limit), 0);
  EXPECT_LE(limit.rlim_cur, 150'000U);
}

TEST_F(RtkitTest, ARefusalIsAnError) {
  FakeRtkit rtkit(false);
  EXPECT_EQ(askRtkit(4711, 5), EPERM);
  EXPECT_EQ(rtkit.priority_asked_for.load(), 5U);
}

TEST_F(RtkitTest, NobodyThereIsAnError) { EXPECT_NE(askRtkit(4711, 5), 0); }

}  // namespace
}  // namespace hiss
