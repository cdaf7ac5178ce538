// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/row_intake.h"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "app/engine/monitor/sources/message_parts.h"

namespace hiss {
namespace {

std::int64_t steadyNs() {
  return std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

std::int64_t timeOfDayNs() {
  return std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
}

}  // namespace

RowIntake::RowIntake(std::string uri, DecodeSettings settings, WhenFull when_full,
                     bool stamp_on_arrival, MonitorLog& log)
    : decoder_(std::move(settings)),
      when_full_(when_full),
      stamp_on_arrival_(stamp_on_arrival),
      log_(log) {
  status_.uri = std::move(uri);
}

bool RowIntake::message(std::string_view bytes, std::string_view stream,
                        std::uint64_t next_position, int shard) {
  return message(decoder_, bytes, stream, next_position, shard);
}

bool RowIntake::message(RowDecoder& decoder, std::string_view bytes, std::string_view stream,
                        std::uint64_t next_position, int shard) {
  rows_.clear();
  if (!decoder.decode(bytes, stream, rows_, why_)) malformed(why_);
  if (rows_.empty()) return true;
  const std::int64_t arrived_ns = steadyNs();
  for (Observation& row : rows_) {
    row.arrived_ns = arrived_ns;
    row.next_position = next_position;
    row.shard = shard;
    row.more = &row != &rows_.back();
    if (!deliver(std::move(row))) return false;
  }
  return true;
}

bool RowIntake::row(Observation&& row) {
  if (row.arrived_ns == 0) row.arrived_ns = steadyNs();
  return deliver(std::move(row));
}

bool RowIntake::deliver(Observation&& row) {
  if (stamp_on_arrival_ && (!row.stamp_ns || *row.stamp_ns < kFirstTimeOfDayNs)) {
    row.stamp_ns = timeOfDayNs();
  }
  if (when_full_ == WhenFull::kWait) {
    if (!host_->push(std::move(row))) return false;
    rows_count_.fetch_add(1, std::memory_order_relaxed);
    return true;
  }
  const bool taken = host_->offer(std::move(row));
  (taken ? rows_count_ : dropped_count_).fetch_add(1, std::memory_order_relaxed);
  return true;
}

void RowIntake::malformed(std::string_view why) {
  malformed_count_.fetch_add(1, std::memory_order_relaxed);
  log_.sample(LogLevel::kWarning, "malformed " + status_.uri,
              fmt::format("{}: a message that is no row: {}", status_.uri, why));
}

void RowIntake::setConnected(bool connected, std::string_view problem) {
  const std::lock_guard lock(mutex_);
  status_.connected = connected;
  status_.problem = problem;
}

void RowIntake::setEnded() {
  const std::lock_guard lock(mutex_);
  status_.ended = true;
  status_.connected = false;
}

void RowIntake::countReconnect() {
  const std::lock_guard lock(mutex_);
  ++status_.reconnects;
}

SourceStatus RowIntake::status() const {
  SourceStatus status;
  {
    const std::lock_guard lock(mutex_);
    status = status_;
  }
  status.rows = rows_count_.load(std::memory_order_relaxed);
  status.malformed = malformed_count_.load(std::memory_order_relaxed);
  status.dropped = dropped_count_.load(std::memory_order_relaxed);
  return status;
}

}  // namespace hiss
