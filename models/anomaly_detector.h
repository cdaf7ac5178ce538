// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "dsp/realtime.h"

namespace hiss {

class SensorForecaster;
class StateTap;

// What a sensor stream looks like, fixed between two calls of `prepare`.
struct SensorSpec {
  int channels = 1;
  // Usual time between rows; 0: unknown, then learnt from the times that `step` is given.
  double seconds_per_row = 0.0;
};

// What is said of one channel in one row.
struct ChannelVerdict {
  // Band that held the value with 98 % before it was seen, in the sensor's unit; NaN: none yet.
  float low = std::numeric_limits<float>::quiet_NaN();
  float high = std::numeric_limits<float>::quiet_NaN();
  float evidence = 0.0f;  // about -log10 of the share of rows that are as unusual; 0: nothing
  float share = 0.0f;     // of this channel in the row's verdict, 0 to 1; all channels: 1
  bool missing = false;   // nothing usable was measured
};

// What is said of one row of all channels.
struct RowVerdict {
  std::uint64_t row = 0;   // rows since `prepare` or `reset`, from 0
  double p = 1.0;          // share of rows of an undisturbed stream with at least this evidence
  double evidence = 0.0;   // -log10(p) without the rounding of p: never saturates
  int top_channel = 0;     // the one with the greatest share
  bool warming_up = true;  // too few rows seen for p to count; p is 1
  bool no_data = false;    // every channel is missing
};

// Says of each row of a sensor stream how unusual it is. A causal one-pass detector: a verdict
// depends on this and earlier rows only, and its memory a channel is fixed.
//
// Order of calls: `prepare`, then `step` and `reset` as often as needed. One instance serves one
// stream; no two functions may run at the same time.
class AnomalyDetector {
 public:
  AnomalyDetector() = default;
  AnomalyDetector(const AnomalyDetector&) = delete;
  AnomalyDetector& operator=(const AnomalyDetector&) = delete;
  virtual ~AnomalyDetector() = default;

  // Takes all memory and starts a new stream. Throws std::invalid_argument that names the field of
  // a spec that is not supported. [main-thread]
  virtual void prepare(const SensorSpec& spec) = 0;

  // One row: values [channels] in the sensors' units, NaN or infinite: missing. `seconds` is the
  // time since the row before, NaN or <= 0: as usual. `alarmed` says that an alarm is on, so that
  // an anomaly does not teach itself. Never allocates, locks or throws. [audio-thread]
  virtual RowVerdict step(std::span<const double> values, double seconds,
                          bool alarmed) noexcept HISS_NONBLOCKING = 0;

  // Of the newest row, [channels]; valid until the next call. [audio-thread]
  [[nodiscard]] virtual std::span<const ChannelVerdict> channels() const noexcept = 0;

  // Forgets the past. [audio-thread]
  virtual void reset() noexcept HISS_NONBLOCKING = 0;

  // Rows of a new stream that only teach. Fixed by `prepare`. [thread-safe]
  [[nodiscard]] virtual int warmUpRows() const noexcept = 0;

  // Bytes of memory a channel needs while it runs, without what all channels share. [thread-safe]
  [[nodiscard]] virtual std::size_t stateBytesPerChannel() const noexcept = 0;

  // The hidden state of a detector that runs a model, row by row: StateFocus::row is a channel,
  // StateSnapshot::step is RowVerdict::row + 1. Null if there is none, or before `prepare`. Made at
  // the first call; stays the same until a `prepare` with other channels. One reader thread; `step`
  // and `reset` may be running, no other function.
  [[nodiscard]] virtual std::shared_ptr<StateTap> stateTap() const { return nullptr; }

  // The past of the stream as bytes, for this machine's byte order. Loaded into a detector of the
  // same name, version and model that was prepared with the same spec, the stream goes on bit for
  // bit. `loadState` throws std::runtime_error whose text has field, expected and found, and leaves
  // the detector as it was, if the bytes are not such a state. [main-thread]
  [[nodiscard]] virtual std::vector<std::byte> saveState() const = 0;
  virtual void loadState(std::span<const std::byte> bytes) = 0;
};

// Names that `makeDetector` knows, best first: "mamba", "novelty", "rls-ar-likelihood", "rls-ar",
// "ewma". [thread-safe]
std::span<const std::string> detectorNames();

// A detector by name. "mamba" needs the forecaster's model, the others do not look at it. Throws
// std::invalid_argument for a name that is not known or a model that is missing. [main-thread]
std::unique_ptr<AnomalyDetector> makeDetector(const std::string& name,
                                              const std::shared_ptr<const SensorForecaster>& model);

}  // namespace hiss
