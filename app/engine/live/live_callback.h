// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>

#include "app/engine/live/audio_device.h"
#include "dsp/spsc_ring.h"

namespace hiss {

// One call of the device, for the worker to learn its clock from. Totals, so that a mark that finds
// no room is missed by nobody.
struct CallMark {
  double time_s = 0.0;
  std::uint64_t samples = 0;  // brought or fetched in all calls, this one too
  // Of these: input without room; output filled with zeros, less what was forgotten unplayed.
  std::int64_t silent = 0;
  int block = 0;           // samples of this call
  double latency_s = 0.0;  // of the device, see AudioBlock
  bool gap = false;        // the device lost input, or played a gap, before this call
};

// Faults by kind, since the stream was first opened.
struct LiveFaults {
  std::uint64_t input_overflows = 0;    // calls that brought more than the input ring took
  std::uint64_t output_underflows = 0;  // calls while playing that found too little
  std::uint64_t device_in = 0;          // calls before which the device lost input
  std::uint64_t device_out = 0;         // calls before which the device played a gap
  double last_gap_s = -1.0;             // time of the last call that heard one; below 0: none has
};

// The side of the live path that the device calls. It copies, counts and returns: no lock, no
// allocation, no system call, no waiting. When there is too little to play it plays zeros until the
// worker has filled the output ring up to the start level again; what is above that level is then
// forgotten, so that a stall leaves no latency behind.
class LiveCallback final : public AudioCallback {
 public:
  // Sizes the rings for `seconds` of sound and empties them; no call may be running. [main-thread]
  void prepare(const AudioStreamFormat& format, double seconds);

  void onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING override;

  // For the worker. Interleaved, with the device's channels.
  SpscRing<float>& input() noexcept HISS_NONBLOCKING { return input_; }
  SpscRing<float>& output() noexcept HISS_NONBLOCKING { return output_; }
  SpscRing<CallMark>& inputMarks() noexcept HISS_NONBLOCKING { return input_marks_; }
  SpscRing<CallMark>& outputMarks() noexcept HISS_NONBLOCKING { return output_marks_; }

  // Samples that the output ring must hold before it is played; below 0: not yet. [thread-safe]
  void setStartLevel(std::int64_t samples) noexcept HISS_NONBLOCKING {
    start_level_.store(samples, std::memory_order_relaxed);
  }
  [[nodiscard]] bool isPlaying() const noexcept HISS_NONBLOCKING {
    return playing_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] LiveFaults faults() const noexcept HISS_NONBLOCKING;
  // Calls so far, to see that a device still lives. [thread-safe]
  [[nodiscard]] std::uint64_t calls() const noexcept HISS_NONBLOCKING {
    return calls_.load(std::memory_order_relaxed);
  }

 private:
  void takeInput(const AudioBlock& block) noexcept HISS_NONBLOCKING;
  void giveOutput(const AudioBlock& block) noexcept HISS_NONBLOCKING;
  void startIfFull() noexcept HISS_NONBLOCKING;

  std::size_t in_channels_ = 1;
  std::size_t out_channels_ = 1;
  SpscRing<float> input_;
  SpscRing<float> output_;
  SpscRing<CallMark> input_marks_;
  SpscRing<CallMark> output_marks_;
  // Each belongs to the thread of its side.
  std::uint64_t in_samples_ = 0;
  std::uint64_t out_samples_ = 0;
  std::int64_t in_lost_ = 0;
  std::int64_t out_silent_ = 0;

  std::atomic<std::int64_t> start_level_{-1};
  std::atomic<bool> playing_{false};
  std::atomic<std::uint64_t> calls_{0};
  std::atomic<std::uint64_t> input_overflows_{0};
  std::atomic<std::uint64_t> output_underflows_{0};
  std::atomic<std::uint64_t> device_in_{0};
  std::atomic<std::uint64_t> device_out_{0};
  std::atomic<double> last_gap_s_{-1.0};
};

}  // namespace hiss
