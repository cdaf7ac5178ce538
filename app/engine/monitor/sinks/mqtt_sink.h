// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/engine/monitor/sink.h"

namespace hiss {

// mqtt[s]://[USER@]HOST[:PORT]/PREFIX?discovery=homeassistant...: tells a broker of
//
//   PREFIX/STREAM/score  the newest score as JSON, at most one each `every` (1s) of a stream
//   PREFIX/STREAM/alert  each change of an alert as JSON
//   PREFIX/STREAM/state  ok, alert or no_data; retained
//   PREFIX/status        online or offline; retained, with a last will
//
// The JSON is that of the JSON lines (event_json.h). Characters of a stream's name that a topic may
// not have become "_". With discovery=homeassistant Home Assistant finds for each stream a device
// with a problem sensor and its score.
//
// Options: what (all, alerts, scores), every (1s), retain (true), qos (1), queue (10000 messages),
// discovery (none), discovery_prefix (homeassistant) and those of a connection (takeMqttSettings).
//
// While the broker is away, scores and alerts wait in memory, at most `queue` of them: scores are
// given up first, then the oldest alerts. States wait without limit, for there is one a stream.
//
// Throws Failure: kUsage (options), kInput (a password or certificate file that cannot be read).
std::unique_ptr<Sink> makeMqttSink(const Endpoint& endpoint, const SinkContext& context);

}  // namespace hiss
