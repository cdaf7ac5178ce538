// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/engine/monitor/source.h"

namespace hiss {

// mqtt[s]://[USER@]HOST[:PORT]/TOPIC/#?qos=1&json=/value...: what a broker has of some topics. A
// stream is named by the message's topic unless the payload names it.
//
// Options: topics (instead of the path: several, by commas), exclude (topics not to take), qos (1),
// retained (skip: what the broker kept from before we came is not a new measurement; take),
// topic_fields (0: so many last levels of a topic name the value instead of the stream), those of a
// connection (takeMqttSettings) and of messages (decodeSettings).
//
// At QoS 1 the broker keeps what comes while the connection or this program is away (persistent),
// and a message is acknowledged when its rows have been handed over; so none is lost, but one can
// come twice after a broken connection. What this process publishes itself is passed over.
//
// Throws Failure: kUsage (options), kInput (a password or certificate file that cannot be read).
std::unique_ptr<Source> makeMqttSource(const Endpoint& endpoint, MonitorLog& log);

}  // namespace hiss
