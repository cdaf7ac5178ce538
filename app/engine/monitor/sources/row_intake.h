// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/monitor/source.h"
#include "app/engine/monitor/sources/row_decoder.h"

namespace hiss {

// The part that sources have in common: decodes messages, stamps rows that have no time with that
// of their arrival, hands them to the host, counts, and logs malformed ones by samples. Where the
// arrival counts, stamps before 2001-09-09 are replaced by it too: they are of a clock that was
// never set, or count from the start of a device.
// Messages come from one thread at a time; status() and the setters of it are [thread-safe].
class RowIntake {
 public:
  enum class WhenFull { kWait, kDrop };
  RowIntake(std::string uri, DecodeSettings settings, WhenFull when_full, bool stamp_on_arrival,
            MonitorLog& log);

  void begin(SourceHost& host) { host_ = &host; }
  // False: the monitor stops. `next_position` and `shard` go into every row of the message.
  bool message(std::string_view bytes, std::string_view stream, std::uint64_t next_position = 0,
               int shard = 0);
  // The same with a decoder of one of several senders.
  bool message(RowDecoder& decoder, std::string_view bytes, std::string_view stream,
               std::uint64_t next_position = 0, int shard = 0);
  // The same for a row that needs no decoding.
  bool row(Observation&& row);
  // Counts (and samples in the log) a message that was not even one.
  void malformed(std::string_view why);
  // Messages that were lost before they came here.
  void countDropped(std::uint64_t count) { dropped_count_.fetch_add(count); }

  void setConnected(bool connected, std::string_view problem = {});
  void setEnded();
  void countReconnect();
  [[nodiscard]] SourceStatus status() const;

 private:
  bool deliver(Observation&& row);

  SourceHost* host_ = nullptr;
  RowDecoder decoder_;
  WhenFull when_full_;
  bool stamp_on_arrival_;
  MonitorLog& log_;
  std::vector<Observation> rows_;
  std::string why_;
  std::atomic<std::uint64_t> rows_count_{0};
  std::atomic<std::uint64_t> malformed_count_{0};
  std::atomic<std::uint64_t> dropped_count_{0};
  mutable std::mutex mutex_;  // of status_
  SourceStatus status_;
};

}  // namespace hiss
