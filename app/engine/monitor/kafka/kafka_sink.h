// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/engine/monitor/sink.h"

namespace hiss {

// kafka://[USER@]BROKER[:PORT][,BROKER...]/TOPIC?what=alerts|scores|all&acks=all|1|0...: events as
// JSON (event_json.h) under the key STREAM, by an idempotent producer. Headers say what repeats
// after a crash: `type` (score, alert), `id` (of the alert; of a score STREAM/ROW), `phase`
// (alerts).
//
// What waits for the brokers is bounded by `queue` messages and `queue_bytes`; scores beyond nine
// tenths of it are given up and counted, so that alerts find room. checkpoint() throws
// Failure(kOutput) if not all has been acknowledged within some seconds, at once while no broker
// can be reached: what was told since the newest state is then told again after a crash.
//
// Throws Failure: kUsage (options), kInput (a password file that cannot be read).
std::unique_ptr<Sink> makeKafkaSink(const Endpoint& endpoint, const SinkContext& context);

}  // namespace hiss
