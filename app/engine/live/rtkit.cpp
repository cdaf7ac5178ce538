// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/rtkit.h"

#include <dbus/dbus.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <memory>

namespace hiss {
namespace {

constexpr const char* kService = "org.freedesktop.RealtimeKit1";
constexpr const char* kPath = "/org/freedesktop/RealtimeKit1";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";
constexpr int kWaitMs = 1000;
// What rtkit 0.13 says, where it says nothing.
constexpr std::int64_t kMostPriority = 20;
constexpr std::int64_t kMostRunUs = 200'000;

struct MessageDrop {
  void operator()(DBusMessage* message) const noexcept { dbus_message_unref(message); }
};
using Message = std::unique_ptr<DBusMessage, MessageDrop>;

struct BusClose {
  void operator()(DBusConnection* bus) const noexcept {
    dbus_connection_close(bus);
    dbus_connection_unref(bus);
  }
};

// The answer; null: an error, or none in time.
Message ask(DBusConnection* bus, DBusMessage* question) {
  if (question == nullptr) return nullptr;
  DBusError error = DBUS_ERROR_INIT;
  Message answer(dbus_connection_send_with_reply_and_block(bus, question, kWaitMs, &error));
  dbus_error_free(&error);
  return answer;
}

std::int64_t numberOf(DBusConnection* bus, const char* property, std::int64_t otherwise) {
  const Message question(dbus_message_new_method_call(kService, kPath, kProperties, "Get"));
  if (!question || dbus_message_append_args(question.get(), DBUS_TYPE_STRING, &kService,
                                            DBUS_TYPE_STRING, &property, DBUS_TYPE_INVALID) == 0) {
    return otherwise;
  }
  const Message answer = ask(bus, question.get());
  DBusMessageIter at;
  if (!answer || dbus_message_iter_init(answer.get(), &at) == 0 ||
      dbus_message_iter_get_arg_type(&at) != DBUS_TYPE_VARIANT) {
    return otherwise;
  }
  DBusMessageIter value;
  dbus_message_iter_recurse(&at, &value);
  DBusBasicValue number{};
  switch (dbus_message_iter_get_arg_type(&value)) {
    case DBUS_TYPE_INT32:
      dbus_message_iter_get_basic(&value, &number);
      return number.i32;
    case DBUS_TYPE_INT64:
      dbus_message_iter_get_basic(&value, &number);
      return number.i64;
    default:
      return otherwise;
  }
}

// rtkit refuses whoever could hold a core for longer.
bool boundRunTime(std::int64_t most_us) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_RTTIME, &limit) != 0) return false;
  limit.rlim_max = std::min<rlim_t>(limit.rlim_max, static_cast<rlim_t>(most_us));
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_cur, limit.rlim_max);
  return ::setrlimit(RLIMIT_RTTIME, &limit) == 0;
}

}  // namespace

int askRtkit(int thread_id, int priority) noexcept {
  DBusError error = DBUS_ERROR_INIT;
  const std::unique_ptr<DBusConnection, BusClose> bus(
      dbus_bus_get_private(DBUS_BUS_SYSTEM, &error));
  dbus_error_free(&error);
  if (!bus) return ECONNREFUSED;
  dbus_connection_set_exit_on_disconnect(bus.get(), FALSE);
  const std::int64_t most = numberOf(bus.get(), "MaxRealtimePriority", kMostPriority);
  if (!boundRunTime(numberOf(bus.get(), "RTTimeUSecMax", kMostRunUs))) return EPERM;
  const auto thread = static_cast<std::uint64_t>(thread_id);
  const auto wanted = static_cast<std::uint32_t>(std::clamp<std::int64_t>(priority, 1, most));
  const Message question(
      dbus_message_new_method_call(kService, kPath, kService, "MakeThreadRealtime"));
  if (!question || dbus_message_append_args(question.get(), DBUS_TYPE_UINT64, &thread,
                                            DBUS_TYPE_UINT32, &wanted, DBUS_TYPE_INVALID) == 0) {
    return ENOMEM;
  }
  const Message answer = ask(bus.get(), question.get());
  return answer ? 0 : EPERM;
}

}  // namespace hiss
