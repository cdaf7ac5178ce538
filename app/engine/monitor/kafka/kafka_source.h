// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/engine/monitor/source.h"

namespace hiss {

// kafka://[USER@]BROKER[:PORT][,BROKER...]/TOPIC?group=hiss&offset=earliest...: one of a group of
// workers that share the partitions of a topic. Each partition is a shard of the host,
// "kafka-TOPIC-PARTITION", whose position is the offset of the next message; where it goes on is
// what the shard's state says, else what the group committed, else `offset`. A stream is named by
// the message's key (without a key: TOPIC-PARTITION) unless the payload names it; its rows must all
// be of one partition.
//
// One thread polls, decodes, pushes and answers to rebalances; what the host saved is committed by
// it, too, in the background, for those who look at the group's lag.
//
// Throws Failure: kUsage (options), kInput (a password file that cannot be read).
std::unique_ptr<Source> makeKafkaSource(const Endpoint& endpoint, MonitorLog& log);

}  // namespace hiss
