// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/live_feed.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace hiss {
namespace {

constexpr std::size_t kPairs = std::size_t{1} << 17;  // 2.7 s at 48 kHz
constexpr std::chrono::microseconds kLook{200};

}  // namespace

LiveFeed::LiveFeed(std::uint64_t number, int sample_rate_hz, int channels, int latency_samples)
    : number_(number),
      sample_rate_hz_(sample_rate_hz),
      channels_(static_cast<std::size_t>(channels)),
      latency_samples_(latency_samples),
      block_(std::size_t{2} * LiveWorker::kMostBlock) {
  pairs_.prepare(2 * kPairs);
}

void LiveFeed::setTaps(LiveTap* in, LiveTap* out) {
  slot_ = 1 - slot_;
  slots_[slot_] = {in, out};
  // Either the worker sees the new taps or this sees that it is busy with the old ones.
  wanted_.store(&slots_[slot_]);
  while (busy_.load()) std::this_thread::sleep_for(kLook);
}

void LiveFeed::mix(const float* const* rows, int n, std::size_t side) noexcept HISS_NONBLOCKING {
  const float share = 1.0F / static_cast<float>(channels_);
  for (int i = 0; i < n; ++i) {
    float sum = 0.0F;
    for (std::size_t c = 0; c < channels_; ++c) sum += rows[c][i];
    block_[2 * static_cast<std::size_t>(i) + side] = share * sum;
  }
}

void LiveFeed::push(int n) noexcept HISS_NONBLOCKING {
  const auto pairs = static_cast<std::size_t>(n);
  const std::size_t pushed = pairs_.push({block_.data(), 2 * pairs}) / 2;
  samples_ += pairs;
  if (pushed < pairs) lost_.fetch_add(pairs - pushed, std::memory_order_relaxed);
}

void LiveFeed::InSide::take(const float* const* rows, int n) noexcept HISS_NONBLOCKING {
  feed_.busy_.store(true);
  feed_.active_ = *feed_.wanted_.load();
  feed_.mix(rows, n, 0);
  if (feed_.active_.in != nullptr) feed_.active_.in->take(rows, n);
}

void LiveFeed::OutSide::take(const float* const* rows, int n) noexcept HISS_NONBLOCKING {
  feed_.mix(rows, n, 1);
  if (feed_.active_.out != nullptr) feed_.active_.out->take(rows, n);
  feed_.push(n);
  feed_.busy_.store(false);
}

void LiveFeed::InSide::takeSilence(std::int64_t samples) {
  LiveTap* const tap = feed_.slots_[feed_.slot_].in;
  if (tap != nullptr) tap->takeSilence(samples);
}

void LiveFeed::OutSide::takeSilence(std::int64_t samples) {
  LiveTap* const tap = feed_.slots_[feed_.slot_].out;
  if (tap != nullptr) tap->takeSilence(samples);
  std::fill(feed_.block_.begin(), feed_.block_.end(), 0.0F);
  for (std::int64_t left = samples; left > 0; left -= LiveWorker::kMostBlock) {
    feed_.push(static_cast<int>(std::min<std::int64_t>(left, LiveWorker::kMostBlock)));
  }
  feed_.begin_.store(feed_.samples_);
}

}  // namespace hiss
