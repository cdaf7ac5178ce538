// SPDX-License-Identifier: Apache-2.0
// In place of Kafka's source and sink, in a build without librdkafka.
#include "app/engine/failure.h"
#include "app/engine/monitor/kafka/kafka_sink.h"
#include "app/engine/monitor/kafka/kafka_source.h"

namespace hiss {
namespace {

[[noreturn]] void refuse(const Endpoint& endpoint) {
  throw Failure(FailureKind::kUsage, endpoint.origin + ": " + endpoint.name,
                "a build with Kafka (HISS_WITH_KAFKA)", "one without");
}

}  // namespace

std::unique_ptr<Source> makeKafkaSource(const Endpoint& endpoint, MonitorLog& /*log*/) {
  refuse(endpoint);
}

std::unique_ptr<Sink> makeKafkaSink(const Endpoint& endpoint, const SinkContext& /*context*/) {
  refuse(endpoint);
}

}  // namespace hiss
