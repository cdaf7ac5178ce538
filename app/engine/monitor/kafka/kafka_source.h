// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include "app/engine/monitor/source.h"

namespace hiss {

// kafka://[USER@]BROKER[:PORT][,BROKER...]/TOPIC?group=hiss&offset=earliest...: one of a group of
// workers that share the partitions of a topic. Each partition is a shard of the host,
// "kafka-TOPIC-PARTITION"; where it goes on is what the shard's state says, else what the group
// committed, else `offset`. A stream is named by the message's key (without a key: TOPIC-PARTITION)
// unless the payload names it; its rows must all be of one partition.
//
// One thread polls, decodes, pushes and answers to rebalances; what the host saved is committed by
// it, too, in the background, for those who look at the group's lag.
//
// Throws Failure: kUsage (options), kInput (a password file that cannot be read).
std::unique_ptr<Source> makeKafkaSource(const Endpoint& endpoint, MonitorLog& log);

// A shard's position: the offset of a message and how many of its rows are done, for a state may be
// saved between two rows of one message.
struct KafkaPosition {
  static constexpr int kRowBits = 20;  // a message of 1 MiB has fewer rows
  std::int64_t offset = 0;             // the next message
  std::uint64_t rows = 0;              // of it that are done

  [[nodiscard]] std::uint64_t packed() const {
    return (static_cast<std::uint64_t>(offset) << kRowBits) | rows;
  }
  static KafkaPosition unpacked(std::uint64_t packed) {
    return {static_cast<std::int64_t>(packed >> kRowBits),
            packed & ((std::uint64_t{1} << kRowBits) - 1)};
  }
};

}  // namespace hiss
