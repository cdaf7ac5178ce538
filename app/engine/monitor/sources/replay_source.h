// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/engine/monitor/sources/row_reader.h"
#include "app/engine/monitor/sources/source_thread.h"

namespace hiss {

// How fast and how often rows of the past come again.
struct ReplaySettings {
  double speed = 0.0;             // times as fast as their stamps say; 0: as fast as can be
  double interval_seconds = 0.0;  // between rows without a stamp; 0: not told
  std::uint64_t times = 1;        // 0: for ever
};

// Takes the options speed, interval and loop.
ReplaySettings replaySettings(OptionReader& options);

// Gives rows of files again, in their own time or faster. Rows count from 1 over all rounds; that
// is the position, so that a restarted monitor goes on behind the row it had last. Stamps of later
// rounds follow those of the round before.
class ReplaySource final : public Source {
 public:
  using Open = std::function<std::unique_ptr<RowReader>()>;

  ReplaySource(const Endpoint& endpoint, ReplaySettings settings, MonitorLog& log);
  ~ReplaySource() override { stop(); }

  // `open` makes a reader from the first row on; it is called in start() and for each round, and
  // may count what it finds malformed here. Before start().
  void setOpen(Open open) { open_ = std::move(open); }
  void countMalformed(std::string_view why) { intake_.malformed(why); }

  void start(SourceHost& host, std::uint64_t position) override;
  void stop() noexcept override { thread_.stop(); }
  [[nodiscard]] bool isLive() const noexcept override { return false; }
  [[nodiscard]] bool isDurable() const noexcept override { return true; }
  [[nodiscard]] SourceStatus status() const override { return intake_.status(); }

 private:
  void replay();
  bool playRound();
  void passWholeRounds();
  void followStamps(Observation& row);
  bool waitFor(const Observation& row);

  ReplaySettings settings_;
  MonitorLog& log_;
  std::string name_;
  RowIntake intake_;
  Open open_;
  std::unique_ptr<RowReader> reader_;
  std::uint64_t position_ = 0;  // of the newest row
  std::uint64_t goal_ = 0;      // rows up to here were done before the start
  std::uint64_t round_ = 0;     // from 0
  std::uint64_t round_rows_ = 0;
  std::int64_t shift_ns_ = 0;             // of the stamps of this round
  std::optional<std::int64_t> first_ns_;  // least and greatest stamp of this round, as in the files
  std::optional<std::int64_t> last_ns_;
  std::int64_t step_ns_ = 0;  // newest time between two rows
  // Pace, since the first row after the start.
  std::optional<std::int64_t> paced_ns_;
  std::string paced_stream_;
  double played_seconds_ = 0.0;
  std::int64_t began_ns_ = 0;  // steady clock
  SourceThread thread_;
};

}  // namespace hiss
