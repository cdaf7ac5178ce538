// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "app/engine/live/live_worker.h"
#include "dsp/spsc_ring.h"

namespace hiss {

// What a session takes and makes: for a window to fetch, sample by sample in pairs, and for taps
// that come and go while it runs.
class LiveFeed {
 public:
  // Of the session that is to be started with `in()` and `out()`; both must outlive it. `number`
  // tells one feed from another.
  LiveFeed(std::uint64_t number, int sample_rate_hz, int channels, int latency_samples);

  [[nodiscard]] LiveTap& in() { return in_; }
  [[nodiscard]] LiveTap& out() { return out_; }

  // Both get the sound from the same sample on; null: none. Those before are no longer used when it
  // returns, which waits for the block that is being processed. [main-thread]
  void setTaps(LiveTap* in, LiveTap* out);

  // One reader thread: pairs of a noisy and a clean sample, each the mean over the channels;
  // returns how many values were written.
  std::size_t pop(std::span<float> pairs) noexcept { return pairs_.pop(pairs); }
  // Pairs that found no room. [thread-safe]
  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(); }
  // Pair, counted with the lost ones, at which the processor last began anew. [thread-safe]
  [[nodiscard]] std::uint64_t begin() const noexcept { return begin_.load(); }

  [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
  [[nodiscard]] int sampleRate() const noexcept { return sample_rate_hz_; }
  [[nodiscard]] int latencySamples() const noexcept { return latency_samples_; }

 private:
  struct Taps {
    LiveTap* in = nullptr;
    LiveTap* out = nullptr;
  };
  class InSide final : public LiveTap {
   public:
    explicit InSide(LiveFeed& feed) : feed_(feed) {}
    void take(const float* const* rows, int n) noexcept HISS_NONBLOCKING override;
    void takeSilence(std::int64_t samples) override;

   private:
    LiveFeed& feed_;
  };
  class OutSide final : public LiveTap {
   public:
    explicit OutSide(LiveFeed& feed) : feed_(feed) {}
    void take(const float* const* rows, int n) noexcept HISS_NONBLOCKING override;
    void takeSilence(std::int64_t samples) override;

   private:
    LiveFeed& feed_;
  };

  void mix(const float* const* rows, int n, std::size_t side) noexcept HISS_NONBLOCKING;
  void push(int n) noexcept HISS_NONBLOCKING;

  std::uint64_t number_;
  int sample_rate_hz_;
  std::size_t channels_;
  int latency_samples_;
  InSide in_{*this};
  OutSide out_{*this};

  SpscRing<float> pairs_;
  std::vector<float> block_;  // [kMostBlock][2]
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> begin_{0};
  std::uint64_t samples_ = 0;  // of all that were pushed or lost

  std::array<Taps, 2> slots_{};  // one is in use, the other the next
  std::size_t slot_ = 0;
  std::atomic<const Taps*> wanted_{&slots_[0]};
  std::atomic<bool> busy_{false};  // from in_.take to out_.take
  Taps active_;                    // of the block that is being processed
};

}  // namespace hiss
