// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/fake_audio_device.h"

#include <algorithm>
#include <utility>

#include "app/engine/failure.h"

namespace hiss {
namespace {

double trueRate(const FakeSide& side) { return side.rate_hz * (1.0 + 1e-6 * side.ppm); }

void requireAsked(int asked, int present, const char* what) {
  if (asked == 0 || asked == present) return;
  throw Failure(FailureKind::kUsage, "fake device",
                std::string(what) + " of " + std::to_string(present), std::to_string(asked));
}

}  // namespace

FakeAudioDevice::FakeAudioDevice(FakeDeviceConfig config) : config_(std::move(config)) {
  std::sort(config_.losses_s.begin(), config_.losses_s.end());
}

AudioStreamFormat FakeAudioDevice::open(const AudioStreamRequest& request,
                                        AudioCallback& callback) {
  ++opens_;
  if (opens_to_fail_ > 0) {
    --opens_to_fail_;
    throw Failure(FailureKind::kInput, "fake device", "a device", "none");
  }
  requireAsked(request.in_rate_hz, config_.in.rate_hz, "an input rate");
  requireAsked(request.out_rate_hz, config_.out.rate_hz, "an output rate");
  requireAsked(request.in_channels, config_.in.channels, "an input channel count");
  requireAsked(request.out_channels, config_.out.channels, "an output channel count");
  callback_ = &callback;
  AudioStreamFormat format;
  format.input = format.output = "fake device";
  format.in_rate_hz = config_.in.rate_hz;
  format.out_rate_hz = config_.out.rate_hz;
  format.in_channels = config_.in.channels;
  format.out_channels = config_.out.channels;
  format.one_clock = config_.one_clock;
  return format;
}

void FakeAudioDevice::start() {
  startSide(config_.in, in_);
  startSide(config_.out, out_);
  running_ = true;
}

void FakeAudioDevice::close() noexcept { running_ = false; }

void FakeAudioDevice::startSide(const FakeSide& config, Side& side) {
  side.due_s = now_s_;
  schedule(config, side);
}

void FakeAudioDevice::schedule(const FakeSide& config, Side& side) {
  side.samples = std::max(config.block(side.calls), 0);
  side.due_s += side.samples / trueRate(config);
  for (const FakeStall& stall : config.stalls) {
    const double end_s = stall.begin_s + stall.seconds;
    if (stall.burst || side.due_s < stall.begin_s || side.due_s >= end_s) continue;
    side.samples_done += static_cast<std::uint64_t>((end_s - side.due_s) * trueRate(config));
    side.due_s = end_s;
    side.lost_samples = true;
  }
  std::uniform_real_distribution<double> late(0.0, std::max(config.jitter_s, 0.0));
  double call_s = side.due_s + (config.jitter_s > 0.0 ? late(random_) : 0.0);
  for (const FakeStall& stall : config.stalls) {
    const double end_s = stall.begin_s + stall.seconds;
    if (stall.burst && call_s >= stall.begin_s && call_s < end_s) call_s = end_s;
  }
  side.call_s = std::max(call_s, side.call_s);
}

bool FakeAudioDevice::step(double until_s) {
  if (running_) {
    const bool output_first = !config_.one_clock && out_.call_s < in_.call_s;
    const double next_s = output_first ? out_.call_s : in_.call_s;
    if (losses_seen_ < config_.losses_s.size() && config_.losses_s[losses_seen_] <= next_s &&
        config_.losses_s[losses_seen_] <= until_s) {
      now_s_ = std::max(now_s_, config_.losses_s[losses_seen_++]);
      opens_to_fail_ = config_.failing_opens;
      running_ = false;
      return false;
    }
    if (next_s <= until_s) {
      now_s_ = std::max(now_s_, next_s);
      if (output_first) {
        callOutput();
      } else {
        callInput();
      }
      return true;
    }
  }
  now_s_ = std::max(now_s_, until_s);
  return false;
}

void FakeAudioDevice::callInput() {
  const int channels = config_.in.channels;
  // Never empty: also a block of no samples has an address.
  in_.buffer.resize(static_cast<std::size_t>(in_.samples + 1) * channels);
  for (int i = 0; i < in_.samples; ++i) {
    for (int c = 0; c < channels; ++c) {
      in_.buffer[static_cast<std::size_t>(i) * channels + c] =
          config_.source(in_.samples_done + i, c);
    }
  }
  AudioBlock block;
  block.in = in_.buffer.data();
  block.samples = in_.samples;
  block.time_s = now_s_;
  block.in_latency_s = config_.in.latency_s;
  block.out_latency_s = config_.out.latency_s;
  block.in_overflow = std::exchange(in_.lost_samples, false);
  if (config_.one_clock) {
    out_.buffer.assign(static_cast<std::size_t>(in_.samples + 1) * config_.out.channels, -1.0F);
    block.out = out_.buffer.data();
  }
  callback_->onAudio(block);
  if (config_.one_clock && config_.sink) config_.sink(block.out, in_.samples, now_s_);
  in_.samples_done += in_.samples;
  ++in_.calls;
  schedule(config_.in, in_);
}

void FakeAudioDevice::callOutput() {
  out_.buffer.assign(static_cast<std::size_t>(out_.samples + 1) * config_.out.channels, -1.0F);
  AudioBlock block;
  block.out = out_.buffer.data();
  block.samples = out_.samples;
  block.time_s = now_s_;
  block.out_latency_s = config_.out.latency_s;
  block.out_underflow = std::exchange(out_.lost_samples, false);
  callback_->onAudio(block);
  if (config_.sink) config_.sink(block.out, out_.samples, now_s_);
  out_.samples_done += out_.samples;
  ++out_.calls;
  schedule(config_.out, out_);
}

}  // namespace hiss
