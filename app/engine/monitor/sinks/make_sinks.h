// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/engine/monitor/sink.h"

namespace hiss {

// One a scheme, for makeSink(). All throw Failure(kUsage) for options that are wrong.
std::unique_ptr<Sink> makeJsonLinesSink(const Endpoint& endpoint, const SinkContext& context);
std::unique_ptr<Sink> makeCsvSink(const Endpoint& endpoint, const SinkContext& context);
std::unique_ptr<Sink> makeWebhookSink(const Endpoint& endpoint, const SinkContext& context);
std::unique_ptr<Sink> makeMetricsSink(const Endpoint& endpoint, const SinkContext& context);

}  // namespace hiss
