// SPDX-License-Identifier: Apache-2.0
#include "tests/fuzz/monitor_text_check.h"

#include <array>
#include <cstdint>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "app/engine/failure.h"
#include "app/engine/monitor/control/control_protocol.h"
#include "app/engine/monitor/endpoint.h"
#include "app/engine/monitor/monitor_config.h"
#include "app/engine/monitor/stream_rules.h"
#include "tests/app/monitor/config/fake_controls.h"

namespace hiss {
namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

bool isOneLine(const std::string& text) {
  return text.find_first_of("\n\r") == std::string::npos && text.find('\0') == std::string::npos;
}

void checkFault(const Failure& failure) {
  const std::string text = failure.what();
  require(failure.kind() == FailureKind::kUsage && isOneLine(text));
  require(text.find("expected ") != std::string::npos);
}

bool checkUri(std::string_view text) {
  try {
    const Endpoint endpoint = makeEndpoint(text, "here");
    const std::string name = displayName(endpoint.uri);
    require(name.find_first_of("\n\r\t ") == std::string::npos);
    require(name.rfind(endpoint.uri.scheme + ":", 0) == 0);
    require(!endpoint.uri.port || (*endpoint.uri.port > 0 && *endpoint.uri.port < 65536));
    OptionReader options(endpoint);
    try {
      options.done();
      require(endpoint.options.empty());
    } catch (const Failure& failure) {
      checkFault(failure);
    }
    return true;
  } catch (const Failure& failure) {
    checkFault(failure);
    return false;
  }
}

bool checkMute(std::string_view text) {
  static constexpr std::array<std::int64_t, 7> kStamps = {INT64_MIN,
                                                          -1,
                                                          0,
                                                          1'774'746'000'000'000'000,
                                                          1'792'890'000'000'000'000,
                                                          1'795'358'405'250'000'000,
                                                          INT64_MAX};
  const int minutes = 1 + static_cast<int>(text.size() * 997 % 10080);
  try {
    const MuteWindow window = parseMuteWindow(text, minutes, text.size() % 2 == 0);
    require(window.minutes_of_hour != 0 && window.minutes_of_hour >> 60U == 0);
    require(window.hours != 0 && window.hours >> 24U == 0);
    require(window.days != 0 && (window.days & 1U) == 0);
    require(window.months != 0 && (window.months & 1U) == 0 && window.months >> 13U == 0);
    require(window.weekdays != 0 && window.weekdays >> 7U == 0);
    for (const std::int64_t stamp : kStamps) (void)isMuted(window, stamp);
    return true;
  } catch (const std::invalid_argument& error) {
    require(isOneLine(error.what()));
    return false;
  }
}

bool checkConfig(std::string_view text) {
  try {
    (void)parseMonitorConfig(std::string(text), "x.toml", "/folder");
    return true;
  } catch (const Failure& failure) {
    checkFault(failure);
    require(std::string_view(failure.what()).substr(0, 7) == "x.toml:");
    return false;
  }
}

bool checkRequest(std::string_view text) {
  FakeControls controls;
  controls.known = {pumpAlert("a")};
  controls.state.streams.resize(1);
  const std::string answer = answerControlRequest(text, controls, nullptr, 0);
  require(isOneLine(answer));
  const nlohmann::json object = nlohmann::json::parse(answer);
  const bool is_good = object.at("ok").get<bool>();
  require(is_good == object.contains("result") && is_good != object.contains("error"));
  return is_good;
}

bool checkGlob(std::string_view text) {
  const std::size_t end = text.find('\n');
  const std::string_view name =
      end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  std::string exact;
  for (const char c : name) {
    exact += '\\';
    exact += c;
  }
  require(matchesGlob(exact, name) && matchesGlob("*" + exact + "*", name));
  return matchesGlob(text.substr(0, end), name);
}

}  // namespace

bool checkMonitorText(std::string_view bytes) {
  if (bytes.empty()) return false;
  const std::string_view text = bytes.substr(1);
  switch (bytes[0]) {
    case 'u':
      return checkUri(text);
    case 'm':
      return checkMute(text);
    case 't':
      return checkConfig(text);
    case 'c':
      return checkRequest(text);
    case 'g':
      return checkGlob(text);
    default:
      return false;
  }
}

}  // namespace hiss
