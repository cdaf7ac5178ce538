// SPDX-License-Identifier: Apache-2.0
//
// In place of the MQTT source and sink where Hiss is built without libmosquitto.
#include "app/engine/failure.h"
#include "app/engine/monitor/sinks/mqtt_sink.h"
#include "app/engine/monitor/sources/mqtt_source.h"

namespace hiss {
namespace {

[[noreturn]] void refuse(const Endpoint& endpoint) {
  throw Failure(FailureKind::kUsage, endpoint.origin + ": " + endpoint.name,
                "a build with libmosquitto", "one without it (HISS_WITH_MQTT=OFF)");
}

}  // namespace

std::unique_ptr<Source> makeMqttSource(const Endpoint& endpoint, MonitorLog& /*log*/) {
  refuse(endpoint);
}

std::unique_ptr<Sink> makeMqttSink(const Endpoint& endpoint, const SinkContext& /*context*/) {
  refuse(endpoint);
}

}  // namespace hiss
