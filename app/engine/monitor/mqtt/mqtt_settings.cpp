// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/mqtt/mqtt_settings.h"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <random>
#include <set>

#include "app/engine/failure.h"
#include "app/engine/journal.h"

namespace hiss {
namespace {

constexpr int kPort = 1883;
constexpr int kTlsPort = 8883;
constexpr std::size_t kMostIdBytes = 65535;
constexpr std::size_t kMostHostNameBytes = 256;

std::string machineName() {
  std::array<char, kMostHostNameBytes> name = {};
  if (::gethostname(name.data(), name.size() - 1) != 0) return {};
  return name.data();
}

// At most 23 letters and digits, which every broker takes. Two sources that differ in what they
// make of messages need one each, for a broker lets one connection of a name live; how the
// connection is made does not belong to it, so that a new password finds the old session.
std::string stableId(const Endpoint& endpoint) {
  static const std::set<std::string> kOfConnection = {
      "user", "password_file", "password_env", "keepalive", "version",   "ca",
      "cert", "key",           "insecure",     "retry",     "persistent"};
  std::string text = machineName() + "\n" + endpoint.name;
  for (const auto& [key, value] : endpoint.options) {
    if (!kOfConnection.contains(key)) text.append("\n").append(key).append("=").append(value);
  }
  return "hiss-" + fingerprintOfText(text);
}

std::string randomId() {
  std::random_device device;
  return fmt::format("hiss-{:08x}{:08x}", device(), device());
}

void checkReadable(const std::string& path, const std::string& what) {
  errno = 0;
  if (!path.empty() && !std::ifstream(path)) {
    throw Failure(FailureKind::kInput, path, "a readable file with " + what, errnoText(errno));
  }
}

void takeTls(OptionReader& options, MqttSettings& settings) {
  for (const std::string key : {"ca", "cert", "key", "insecure"}) {
    const auto given = options.text(key);
    if (given && !settings.tls) options.fail(key, "mqtts:// with it", "mqtt://");
  }
  settings.ca = options.text("ca", "");
  settings.certificate = options.text("cert", "");
  settings.key = options.text("key", "");
  settings.check_name = !options.flag("insecure", false);
  if (settings.certificate.empty() != settings.key.empty()) {
    options.fail(settings.key.empty() ? "cert" : "key", "cert and key together", "one of them");
  }
  checkReadable(settings.ca, "certificates");
  checkReadable(settings.certificate, "a certificate");
  checkReadable(settings.key, "a key");
}

}  // namespace

MqttSettings takeMqttSettings(OptionReader& options, const Endpoint& endpoint, int qos,
                              bool may_persist) {
  MqttSettings settings;
  settings.name = endpoint.name;
  settings.host = endpoint.uri.host;
  settings.tls = endpoint.uri.scheme == "mqtts";
  settings.port = endpoint.uri.port.value_or(settings.tls ? kTlsPort : kPort);
  settings.qos = qos;
  if (settings.host.empty()) {
    throw Failure(FailureKind::kUsage, endpoint.origin + ": " + endpoint.name,
                  "the broker's host, as in mqtt://HOST/TOPIC", "none");
  }
  settings.who = takeCredentials(options, endpoint.uri);
  if (settings.who.user.empty() && !settings.who.password.empty()) {
    options.fail("user", "a user for the password", "none");
  }
  takeTls(options, settings);
  settings.keepalive_s = static_cast<int>(options.seconds("keepalive", 5, 65535, 60));
  settings.version = options.oneOf("version", {"311", "5"}, "311") == "5" ? 5 : 311;
  settings.longest_pause_seconds = options.seconds("retry", 0.05, 3600, 30);
  if (may_persist) settings.keep_session = options.flag("persistent", qos > 0);
  const auto id = options.text("client_id");
  if (id && (id->empty() || id->size() > kMostIdBytes)) {
    options.fail("client_id", "a text of at most 65535 bytes", id->empty() ? "none" : "more");
  }
  if (id) {
    settings.client_id = *id;
  } else {
    settings.client_id = settings.keep_session ? stableId(endpoint) : randomId();
  }
  return settings;
}

}  // namespace hiss
