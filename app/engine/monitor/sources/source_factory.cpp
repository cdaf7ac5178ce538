// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <string_view>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/monitor/kafka/kafka_source.h"
#include "app/engine/monitor/source.h"
#include "app/engine/monitor/sources/make_sources.h"
#include "app/engine/monitor/sources/mqtt_source.h"
#include "app/engine/monitor/sources/serial_source.h"

namespace hiss {
namespace {

struct Kind {
  std::string_view scheme;
  // What was left out of a build says so.
  std::unique_ptr<Source> (*make)(const Endpoint& endpoint, MonitorLog& log);
};

constexpr std::array kKinds = {
    Kind{"csv", makeCsvSource},     Kind{"kafka", makeKafkaSource},
    Kind{"mic", makeMicSource},     Kind{"mqtt", makeMqttSource},
    Kind{"mqtts", makeMqttSource},  Kind{"serial", makeSerialSource},
    Kind{"stdin", makeStdinSource}, Kind{"tcp", makeTcpSource},
    Kind{"udp", makeUdpSource},     Kind{"wav", makeWavSource},
};

}  // namespace

std::unique_ptr<Source> makeSource(const Endpoint& endpoint, MonitorLog& log) {
  for (const Kind& kind : kKinds) {
    if (kind.scheme == endpoint.uri.scheme) return kind.make(endpoint, log);
  }
  std::vector<std::string_view> schemes;
  schemes.reserve(std::size(kKinds));
  for (const Kind& kind : kKinds) schemes.push_back(kind.scheme);
  throw Failure(FailureKind::kUsage, fmt::format("{}: {}", endpoint.origin, endpoint.name),
                fmt::format("a source that begins with {}:", fmt::join(schemes, ":, ")),
                fmt::format("\"{}:\"", endpoint.uri.scheme));
}

}  // namespace hiss
