// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/core/inbox.h"

#include <utility>

#include "app/engine/failure.h"

namespace hiss {
namespace {

std::size_t sizeOf(const Observation& row) { return 1 + row.fields.size() / Inbox::kFieldsOfRow; }

[[noreturn]] void refuse() {
  throw Failure(FailureKind::kCancelled, "the monitor", "to be running", "one that stops");
}

}  // namespace

int Inbox::openLane() {
  const std::lock_guard lock(mutex_);
  lanes_.try_emplace(++next_lane_);
  return next_lane_;
}

void Inbox::closeLane(int lane) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = lanes_.find(lane);
    if (found == lanes_.end()) return;
    found->second.closed = true;
    for (auto& [shard, rows] : found->second.begun) {
      for (const Observation& row : rows) taken_ -= sizeOf(row);
    }
    found->second.begun.clear();
  }
  emptied_.notify_all();
}

bool Inbox::isOpen(int lane) const {
  const auto found = lanes_.find(lane);
  return !closed_ && found != lanes_.end() && !found->second.closed;
}

bool Inbox::push(int lane, Observation&& row) {
  std::unique_lock lock(mutex_);
  if (!isOpen(lane)) return false;
  // The rest of a message is let in: it is bounded, and the engine waits for it.
  if (taken_ >= room_ && !lanes_[lane].begun.contains(row.shard)) {
    ++waiting_;
    filled_.notify_one();
    emptied_.wait(lock, [&] { return !isOpen(lane) || taken_ < room_; });
    --waiting_;
    if (!isOpen(lane)) return false;
  }
  put(lane, std::move(row));
  return true;
}

bool Inbox::offer(int lane, Observation&& row) {
  const std::lock_guard lock(mutex_);
  if (!isOpen(lane)) return false;
  if (taken_ >= room_ && !lanes_[lane].begun.contains(row.shard)) return false;
  put(lane, std::move(row));
  return true;
}

void Inbox::put(int lane, Observation&& row) {
  taken_ += sizeOf(row);
  auto& begun = lanes_[lane].begun;
  const int shard = row.shard;
  if (row.more) {
    begun[shard].push_back(std::move(row));
    return;
  }
  if (!begun.empty()) {
    if (const auto first = begun.find(shard); first != begun.end()) {
      for (Observation& earlier : first->second) append(Row{lane, std::move(earlier)});
      begun.erase(first);
    }
  }
  append(Row{lane, std::move(row)});
  if (wanted_ > 0 && isReady(wanted_)) filled_.notify_one();
}

void Inbox::append(Item&& item) {
  if (std::holds_alternative<Row>(item)) ++rows_;
  // The engine begins to linger with the first item.
  if (items_.empty() && wanted_ > 0) filled_.notify_one();
  items_.push_back(std::move(item));
}

void Inbox::addTask(Task&& task) {
  ++tasks_;
  append(std::move(task));
  filled_.notify_one();
}

void Inbox::run(std::function<void()> function) {
  Task task(std::move(function));
  std::future<void> done = task.get_future();
  {
    const std::lock_guard lock(mutex_);
    if (closed_) refuse();
    addTask(std::move(task));
  }
  try {
    done.get();
  } catch (const std::future_error&) {  // the task was dropped
    refuse();
  }
}

void Inbox::post(std::function<void()> function) {
  const std::lock_guard lock(mutex_);
  if (!closed_) addTask(Task(std::move(function)));
}

bool Inbox::isReady(std::size_t most) const {
  return items_.size() >= most || tasks_ > 0 || taken_ >= room_ || closed_ || woken_;
}

void Inbox::pop(std::vector<Item>& batch, std::size_t most,
                std::chrono::steady_clock::time_point deadline, std::chrono::milliseconds linger) {
  bool was_full = false;
  {
    std::unique_lock lock(mutex_);
    wanted_ = most;
    filled_.wait_until(lock, deadline, [&] { return !items_.empty() || isReady(most); });
    if (!items_.empty()) filled_.wait_for(lock, linger, [&] { return isReady(most); });
    wanted_ = 0;
    woken_ = false;
    while (!items_.empty()) {
      Item& item = items_.front();
      const Row* const row = std::get_if<Row>(&item);
      if (row == nullptr) --tasks_;
      if (row != nullptr) --rows_;
      if (row != nullptr) taken_ -= sizeOf(row->row);
      const bool more = row != nullptr && row->row.more;
      batch.push_back(std::move(item));
      items_.pop_front();
      if (batch.size() >= most && !more) break;
    }
    was_full = waiting_ > 0;
  }
  if (was_full) emptied_.notify_all();
}

void Inbox::wake() {
  const std::lock_guard lock(mutex_);
  woken_ = true;
  filled_.notify_one();
}

void Inbox::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  filled_.notify_all();
  emptied_.notify_all();
}

std::size_t Inbox::abandon() {
  std::deque<Item> dropped;  // goes without the lock: tasks may hold anything
  std::size_t rows = 0;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    dropped.swap(items_);
    rows = std::exchange(rows_, 0);
    tasks_ = taken_ = 0;
    for (auto& [number, lane] : lanes_) lane.begun.clear();
  }
  emptied_.notify_all();
  return rows;
}

std::size_t Inbox::rows() const {
  const std::lock_guard lock(mutex_);
  return rows_;
}

}  // namespace hiss
