// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>

#include "app/engine/failure.h"
#include "app/engine/monitor/kafka/kafka_sink.h"
#include "app/engine/monitor/sinks/make_sinks.h"
#include "app/engine/monitor/sinks/mqtt_sink.h"

namespace hiss {
namespace {

using Make = std::unique_ptr<Sink> (*)(const Endpoint& endpoint, const SinkContext& context);

struct Scheme {
  std::string_view name;
  Make make;
};

// One line a scheme, each made in a file of its own.
constexpr std::array kSchemes = {
    Scheme{"jsonl", makeJsonLinesSink}, Scheme{"csv", makeCsvSink},
    Scheme{"kafka", makeKafkaSink},     Scheme{"http", makeWebhookSink},
    Scheme{"https", makeWebhookSink},   Scheme{"mqtt", makeMqttSink},
    Scheme{"mqtts", makeMqttSink},      Scheme{"prometheus", makeMetricsSink},
};

}  // namespace

std::unique_ptr<Sink> makeSink(const Endpoint& endpoint, const SinkContext& context) {
  std::string known;
  for (const Scheme& scheme : kSchemes) {
    if (scheme.name == endpoint.uri.scheme) return scheme.make(endpoint, context);
    known += known.empty() ? "" : ", ";
    known.append(scheme.name).append(":");
  }
  throw Failure(FailureKind::kUsage, endpoint.origin + ": " + endpoint.name,
                "a sink (" + known + ")", "\"" + endpoint.uri.scheme + ":\"");
}

}  // namespace hiss
