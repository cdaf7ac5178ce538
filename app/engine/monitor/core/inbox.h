// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <variant>
#include <vector>

#include "app/engine/monitor/observation.h"

namespace hiss {

// The bounded queue between the sources' threads and the engine's: rows and tasks in the order in
// which they came. Each source has a lane; the rows of one message (Observation::more) become
// visible together and are never parted between two batches.
//
// push, offer, run, post and the lanes' functions are [thread-safe]; one thread pops.
class Inbox {
 public:
  using Task = std::packaged_task<void()>;
  struct Row {
    int lane = 0;
    Observation row;
  };
  using Item = std::variant<Row, Task>;

  // `room`: rows of up to kFieldsOfRow fields that may wait; larger ones take more of it.
  explicit Inbox(std::size_t room) : room_(room) {}

  int openLane();
  // Rows of it are not taken any more; who waits to push one is freed.
  void closeLane(int lane);

  // Waits for room. False: the lane or the inbox is closed, the row was not taken.
  bool push(int lane, Observation&& row);
  // False also if there is no room.
  bool offer(int lane, Observation&& row);

  // Has `function` run on the engine's thread, after all that came before, and waits for it; throws
  // what it throws, and Failure(kCancelled) if the inbox is closed before it was run. Not from the
  // engine's thread.
  void run(std::function<void()> function);
  // The same without waiting; nothing happens if the inbox is closed.
  void post(std::function<void()> function);

  // Appends what waits, at most about `most` items, in whole messages. Waits until `deadline` for
  // the first item, then up to `linger` for more, but not if there are `most`, a task, no room, or
  // the inbox is closed.
  void pop(std::vector<Item>& batch, std::size_t most,
           std::chrono::steady_clock::time_point deadline, std::chrono::milliseconds linger);
  // Has pop() return soon.
  void wake();

  // Nothing is taken any more and nobody waits; what is there can still be popped.
  void close();
  // Drops what is left, so that who waits for a task is freed. Returns the number of rows.
  std::size_t abandon();

  [[nodiscard]] std::size_t rows() const;

  static constexpr std::size_t kFieldsOfRow = 8;

 private:
  struct Lane {
    bool closed = false;
    // Messages that are not whole yet, by shard: a lane may have threads for several.
    std::map<int, std::vector<Observation>> begun;
  };
  bool isOpen(int lane) const;
  void put(int lane, Observation&& row);
  void append(Item&& item);
  void addTask(Task&& task);
  [[nodiscard]] bool isReady(std::size_t most) const;

  std::size_t room_;
  mutable std::mutex mutex_;
  std::condition_variable filled_;  // for the engine
  std::condition_variable emptied_;
  std::deque<Item> items_;
  std::map<int, Lane> lanes_;
  std::size_t taken_ = 0;  // of room_
  std::size_t rows_ = 0;
  std::size_t tasks_ = 0;
  std::size_t wanted_ = 0;  // items the engine waits for; 0: it does not wait
  int waiting_ = 0;         // threads that wait for room
  int next_lane_ = 0;
  bool woken_ = false;
  bool closed_ = false;
};

}  // namespace hiss
