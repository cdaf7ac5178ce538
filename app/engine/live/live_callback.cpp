// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/live_callback.h"

#include <algorithm>
#include <cmath>

namespace hiss {
namespace {

constexpr std::size_t kMarks = 4096;

void countOne(std::atomic<std::uint64_t>& counter) noexcept HISS_NONBLOCKING {
  counter.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace

void LiveCallback::prepare(const AudioStreamFormat& format, double seconds) {
  in_channels_ = static_cast<std::size_t>(format.in_channels);
  out_channels_ = static_cast<std::size_t>(format.out_channels);
  // Whole samples of all channels, so that the rings never take a part of one.
  const auto samples = [&](int rate_hz) {
    return static_cast<std::size_t>(std::ceil(seconds * rate_hz));
  };
  input_.prepare(samples(format.in_rate_hz) * in_channels_);
  output_.prepare(samples(format.out_rate_hz) * out_channels_);
  input_marks_.prepare(kMarks);
  output_marks_.prepare(kMarks);
  in_samples_ = out_samples_ = 0;
  in_lost_ = out_silent_ = 0;
  start_level_.store(-1, std::memory_order_relaxed);
  playing_.store(false, std::memory_order_relaxed);
}

void LiveCallback::onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING {
  if (block.in != nullptr) takeInput(block);
  if (block.out != nullptr) giveOutput(block);
  countOne(calls_);
}

void LiveCallback::takeInput(const AudioBlock& block) noexcept HISS_NONBLOCKING {
  if (block.in_overflow) countOne(device_in_);
  const auto n = static_cast<std::size_t>(block.samples);
  const std::size_t taken = input_.push({block.in, n * in_channels_}) / in_channels_;
  in_samples_ += n;
  if (taken < n) {
    in_lost_ += static_cast<std::int64_t>(n - taken);
    countOne(input_overflows_);
  }
  const CallMark mark{block.time_s,  in_samples_,        in_lost_,
                      block.samples, block.in_latency_s, block.in_overflow};
  input_marks_.push({&mark, 1});
}

void LiveCallback::startIfFull() noexcept HISS_NONBLOCKING {
  const std::int64_t level = start_level_.load(std::memory_order_relaxed);
  const std::size_t wanted = static_cast<std::size_t>(std::max<std::int64_t>(level, 0));
  const std::size_t ready = output_.readable() / out_channels_;
  if (ready < wanted) return;
  out_silent_ -=
      static_cast<std::int64_t>(output_.discard((ready - wanted) * out_channels_) / out_channels_);
  if (level >= 0) playing_.store(true, std::memory_order_relaxed);
}

void LiveCallback::giveOutput(const AudioBlock& block) noexcept HISS_NONBLOCKING {
  if (block.out_underflow) {
    countOne(device_out_);
    last_gap_s_.store(block.time_s, std::memory_order_relaxed);
  }
  const auto n = static_cast<std::size_t>(block.samples);
  if (!isPlaying()) startIfFull();
  std::size_t given = 0;
  if (isPlaying()) {
    given = output_.pop({block.out, n * out_channels_}) / out_channels_;
    if (given < n) {
      countOne(output_underflows_);
      last_gap_s_.store(block.time_s, std::memory_order_relaxed);
      playing_.store(false, std::memory_order_relaxed);
    }
  }
  std::fill(block.out + given * out_channels_, block.out + n * out_channels_, 0.0F);
  out_samples_ += n;
  out_silent_ += static_cast<std::int64_t>(n - given);
  const CallMark mark{block.time_s,  out_samples_,        out_silent_,
                      block.samples, block.out_latency_s, block.out_underflow};
  output_marks_.push({&mark, 1});
}

LiveFaults LiveCallback::faults() const noexcept HISS_NONBLOCKING {
  return {input_overflows_.load(std::memory_order_relaxed),
          output_underflows_.load(std::memory_order_relaxed),
          device_in_.load(std::memory_order_relaxed), device_out_.load(std::memory_order_relaxed),
          last_gap_s_.load(std::memory_order_relaxed)};
}

}  // namespace hiss
