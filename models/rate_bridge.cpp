// SPDX-License-Identifier: Apache-2.0
#include "models/rate_bridge.h"

#include <cmath>

namespace hiss {

void RateBridge::prepare(int device_rate, int model_rate, int hop, int model_delay) {
  chunk_ = std::max(1, device_rate / 1000);
  hop_ = hop;
  model_delay_ = model_delay;
  down_.prepare(device_rate, model_rate, chunk_);
  up_.prepare(model_rate, device_rate, hop_);

  // After n inputs (n a multiple of the chunk), with r = model rate / device rate:
  //   model samples       >= (n - lookahead of down - 1) r
  //   given by the model  >= that - (hop - 1) - model delay
  //   made of these       >= (that - lookahead of up - 1) / r
  // and n - latency of them have been asked for. The ones cover rounding within the library, the
  // one below that of a restart.
  const double r = static_cast<double>(model_rate) / device_rate;
  const int model_samples = hop_ - 1 + model_delay_ + up_.lookaheadSamples() + 1;
  latency_ = down_.lookaheadSamples() + 1 + static_cast<int>(std::ceil(model_samples / r)) + 1;

  made_.resize(static_cast<std::size_t>(std::max(down_.maxOutput(), up_.maxOutput())));
  hop_in_.resize(static_cast<std::size_t>(hop_));
  hop_out_.resize(static_cast<std::size_t>(hop_));
  // Never more than all that was given: the chunk's and the hop's worth on top of the latency.
  queue_.resize(static_cast<std::size_t>(latency_ + 2 * chunk_) +
                2 * static_cast<std::size_t>(up_.maxOutput()));
  reset();
}

void RateBridge::reset() noexcept HISS_NONBLOCKING {
  down_.reset();
  up_.reset();
  hop_in_.fill(0.0F);
  filled_ = 0;
  to_drop_ = model_delay_;
  queue_.fill(0.0F);
  queued_ = static_cast<std::size_t>(latency_);
}

// Takes hop_out_ to the device rate and queues it.
void RateBridge::pushHop() noexcept HISS_NONBLOCKING {
  const int dropped = std::min(to_drop_, hop_);
  to_drop_ -= dropped;
  if (dropped == hop_) return;
  // made_ may still hold samples of `down_`, so the queue itself takes the outputs.
  const std::size_t room = queue_.size() - queued_;
  if (room < static_cast<std::size_t>(up_.maxOutput())) return;  // cannot be, see prepare
  const int made = up_.process(hop_out_.data() + dropped, hop_ - dropped, queue_.data() + queued_);
  queued_ += static_cast<std::size_t>(made);
}

void RateBridge::popChunk(float* out) noexcept HISS_NONBLOCKING {
  const std::size_t count = std::min(static_cast<std::size_t>(chunk_), queued_);
  std::copy_n(queue_.data(), count, out);
  std::fill(out + count, out + chunk_, 0.0F);  // nothing to fill, see prepare
  std::copy(queue_.data() + count, queue_.data() + queued_, queue_.data());
  queued_ -= count;
}

void RateBridge::saveState(StateWriter& writer) const {
  down_.saveState(writer);
  up_.saveState(writer);
  writer.integer(static_cast<std::uint64_t>(filled_));
  writer.integer(static_cast<std::uint64_t>(to_drop_));
  writer.integer(queued_);
  writer.floats(hop_in_.span());
  writer.floats(queue_.span());
}

void RateBridge::loadState(StateReader& reader) {
  down_.loadState(reader);
  up_.loadState(reader);
  filled_ = static_cast<int>(reader.integer("hop fill", static_cast<std::uint64_t>(hop_ - 1)));
  to_drop_ = static_cast<int>(reader.integer("delay", static_cast<std::uint64_t>(model_delay_)));
  queued_ = static_cast<std::size_t>(reader.integer("queue", queue_.size()));
  reader.floats(hop_in_.span());
  reader.floats(queue_.span());
}

}  // namespace hiss
