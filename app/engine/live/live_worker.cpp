// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/live_worker.h"

#include <algorithm>
#include <cmath>

namespace hiss {
namespace {

constexpr double kLearning = 1.0;          // s of calls before anything is played
constexpr double kSafeLearning = 3.0;      // the same for LiveLatency::kSafe: jitter is known then
constexpr double kLeastStart = 0.001;      // s beyond a block
constexpr double kJitterFrom = 0.2;        // s: a younger line says nothing of lateness
constexpr double kMostJitter = 0.08;       // s; what is further off is a stall
constexpr double kMostBacklog = 0.5;       // s of input that is still worth processing
constexpr double kMostResponse = 0.05;     // s; what is later is a stall, not the worker's habit
constexpr double kFade = 0.005;            // s
constexpr double kTolerance = 0.008;       // s above the target before sound is left out
constexpr double kPlainTolerance = 0.005;  // the same, beside a block, where nothing is resampled
constexpr double kOutsideFor = 0.25;       // s
constexpr double kSettled = 0.3;           // s that clock lines need after a stall
constexpr double kLatencyStart = 3.0;      // s
constexpr double kLatencyMean = 0.5;       // s over which what the devices tell is averaged
// The way back to the target, by resampling. Near it all is slow, so that nobody hears it; beyond
// that the pitch may be off by a twelfth of a semitone, and by a sixth where far too little is
// held.
constexpr double kNear = 0.001;            // s
constexpr double kFarPull = 3.0;           // 1/s
constexpr double kMostPull = 1.0;          // 1/s: of what is near, after a start or a stall
constexpr double kLeastPull = 0.05;        // 1/s: of what is near, once all is quiet
constexpr double kMostWay = 0.005;         // change of the ratio
constexpr double kMostFill = 0.01;         // the same if too little is held
constexpr double kMostCorrection = 0.012;  // with the drift
constexpr double kJitterAir = 1.15;
constexpr double kJitterFallen = 0.7;
constexpr double kGiveBack = 0.0015;    // s of the target in a second, once it was quiet for long
constexpr double kPublishEvery = 0.05;  // s
constexpr double kWindow = 0.01;        // s
constexpr double kKeep = 0.98;          // of averages over calls

double marginSeconds(LiveLatency latency) {
  switch (latency) {
    case LiveLatency::kLow:
      return 0.001;
    case LiveLatency::kBalanced:
      return 0.003;
    case LiveLatency::kSafe:
      break;
  }
  return 0.02;
}

// For how long a late call is taken for the habit of a device: once that is over the latency that
// it cost is given back.
double memorySeconds(LiveLatency latency) {
  switch (latency) {
    case LiveLatency::kLow:
      return 10.0;
    case LiveLatency::kBalanced:
      return 20.0;
    case LiveLatency::kSafe:
      break;
  }
  return 60.0;
}

LiveLevel loudest(const std::vector<LevelMeter>& meters) noexcept HISS_NONBLOCKING {
  LiveLevel level{kFloorDb, kFloorDb};
  for (const LevelMeter& meter : meters) {
    const LevelReading reading = meter.reading();
    level.peak_db = std::max(level.peak_db, reading.peak_db);
    level.rms_db = std::max(level.rms_db, reading.rms_db);
  }
  return level;
}

}  // namespace

double deviceLatency(LiveLatency latency) {
  switch (latency) {
    case LiveLatency::kLow:
      return 0.0;
    case LiveLatency::kBalanced:
      return 0.010;
    case LiveLatency::kSafe:
      break;
  }
  return 0.040;
}

void SlidingPeak::Top::take(double value) noexcept HISS_NONBLOCKING {
  second = std::max(second, std::min(value, first));
  first = std::max(first, value);
}

void SlidingPeak::start(double window_s, bool passes_over_one) noexcept HISS_NONBLOCKING {
  *this = SlidingPeak();
  window_s_ = window_s;
  passes_over_one_ = passes_over_one;
}

void SlidingPeak::add(double time_s, double value) noexcept HISS_NONBLOCKING {
  if (time_s - event_begin_s_ > kEvent) {
    present_.take(event_);
    event_ = 0.0;
    event_begin_s_ = time_s;
    ++events_;
  }
  if (time_s - begin_s_ > window_s_) {
    before_ = time_s - begin_s_ > 2.0 * window_s_ ? Top() : present_;
    present_ = Top();
    begin_s_ = time_s;
  }
  event_ = std::max(event_, value);
}

double SlidingPeak::value() const noexcept HISS_NONBLOCKING {
  Top all = present_;
  all.take(before_.first);
  all.take(before_.second);
  all.take(event_);
  return passes_over_one_ && events_ > kEventsToJudge ? all.second : all.first;
}

void TimeHistogram::add(double seconds) noexcept HISS_NONBLOCKING {
  const double octaves = std::log2(std::max(seconds, 1e-6) * 1e6);
  ++counts_[std::clamp(static_cast<int>(octaves * kPerOctave), 0, kClasses - 1)];
  ++total_;
  max_ = std::max(max_, seconds);
}

double TimeHistogram::quantile(double q) const noexcept HISS_NONBLOCKING {
  const auto rank = static_cast<std::uint64_t>(std::ceil(q * static_cast<double>(total_)));
  std::uint64_t below = 0;
  for (int i = 0; i < kClasses && total_ > 0; ++i) {
    below += counts_[i];
    if (below >= rank) return std::min(max_, 1e-6 * std::exp2((i + 1.0) / kPerOctave));
  }
  return 0.0;
}

int LiveWorker::processedChannels(const AudioStreamFormat& format) {
  return std::min(format.in_channels, format.out_channels);
}

void LiveWorker::prepare(const AudioStreamFormat& format, const LiveWorkerConfig& config,
                         LiveCallback& callback, StreamProcessor& processor,
                         const AudioDevice& device) {
  format_ = format;
  config_ = config;
  if (config_.window_samples <= 0) {
    config_.window_samples = static_cast<int>(std::lround(kWindow * format.in_rate_hz));
  }
  callback_ = &callback;
  processor_ = &processor;
  device_ = &device;
  channels_ = static_cast<std::size_t>(processedChannels(format));
  nominal_ratio_ = static_cast<double>(format.out_rate_hz) / format.in_rate_hz;
  resampling_ = !format.one_clock || format.in_rate_hz != format.out_rate_hz;
  most_resampled_ =
      static_cast<int>(std::ceil(kMostBlock * nominal_ratio_ * (1.0 + kMostCorrection))) + 16;
  const auto most = static_cast<std::size_t>(most_resampled_);
  raw_.assign(static_cast<std::size_t>(kMostBlock) * format.in_channels, 0.0F);
  samples_.assign(kMostBlock * channels_, 0.0F);
  rows_.clear();
  for (std::size_t c = 0; c < channels_; ++c) rows_.push_back(samples_.data() + c * kMostBlock);
  mixed_.assign(kMostBlock * channels_, 0.0F);
  resampled_.assign(static_cast<std::size_t>(most_resampled_) * channels_, 0.0F);
  spliced_.assign(most * channels_, 0.0F);
  wide_.assign(most * static_cast<std::size_t>(format.out_channels), 0.0F);
  if (resampling_) resampler_.prepare(static_cast<int>(channels_), nominal_ratio_);
  splice_.prepare(static_cast<int>(channels_), static_cast<int>(kFade * format.out_rate_hz));
  in_meters_.assign(channels_, {});
  out_meters_.assign(channels_, {});
  for (std::vector<LevelMeter>* meters : {&in_meters_, &out_meters_}) {
    for (LevelMeter& meter : *meters) {
      meter.prepare({.sample_rate_hz = static_cast<double>(format.in_rate_hz)});
    }
  }
  in_ = Side();
  out_ = Side();
  in_.rate_hz = format.in_rate_hz;
  out_.rate_hz = format.out_rate_hz;
  in_.line.start(in_.rate_hz);
  out_.line.start(out_.rate_hz);
  for (SlidingPeak* peak : {&in_.jitter_s, &out_.jitter_s, &response_s_}) {
    peak->start(memorySeconds(config_.latency), config_.latency != LiveLatency::kSafe);
  }
  oldest_call_s_ = last_input_s_ = began_s_ = outside_since_s_ = published_s_ = -1.0;
  consumed_ = produced_ = quiet_until_s_ = target_s_ = jitter_held_s_ = correction_ = 0.0;
  target_time_s_ = 0.0;
  jitter_falls_ = false;
  window_time_s_ = 0.0;
  window_left_ = config_.window_samples;
  stats_.prepare({});
}

bool LiveWorker::work() noexcept HISS_NONBLOCKING {
  const ScopedFlushDenormals flush;
  readMarks();
  // Before there is something to play: a gap shall not end with less than the new target.
  updateTarget();
  skipBacklog();
  const auto in_channels = static_cast<std::size_t>(format_.in_channels);
  bool any = false;
  while (const std::size_t popped = callback_->input().pop(raw_) / in_channels) {
    processBlock(static_cast<int>(popped));
    any = true;
  }
  if (any) noteResponse();
  steer();
  return any;
}

void LiveWorker::readMark(const CallMark& mark, Side& side,
                          bool is_output) noexcept HISS_NONBLOCKING {
  const bool line_is_known = side.line.age() > kJitterFrom;
  if (mark.gap) side.line.loosen();
  side.line.mark(mark.time_s, static_cast<double>(mark.samples));
  side.silent = static_cast<double>(mark.silent);
  side.most_block_s = std::max(side.most_block_s, mark.block / side.rate_hz);
  const double keep = side.seen ? kKeep : 0.0;
  // What an input tells right after a start may be far too much.
  const bool starts =
      !is_output && mark.time_s - began_s_ < kLatencyStart && mark.latency_s < side.latency_s;
  const double weight = starts || side.line.age() < kSettled
                            ? 1.0
                            : std::min(mark.block / side.rate_hz / kLatencyMean, 1.0);
  side.latency_s += weight * (mark.latency_s - side.latency_s);
  side.mean_block_s += (1.0 - keep) * (mark.block / side.rate_hz - side.mean_block_s);
  side.seen = true;
  // A late call leaves the input ring short, an early one finds the output ring short.
  const double lateness_s = side.line.lateness();
  // Also of a call that has moved the line: a server that fetches a lot at once each time would
  // else never be known for it.
  if (line_is_known && std::abs(lateness_s) < kMostJitter) {
    side.jitter_s.add(mark.time_s, is_output ? -lateness_s : lateness_s);
  }
  if (began_s_ < 0.0) began_s_ = mark.time_s;
  if (!is_output) last_input_s_ = mark.time_s;
  if (!is_output && mark.block > 0 && oldest_call_s_ < 0.0) oldest_call_s_ = mark.time_s;
}

void LiveWorker::readMarks() noexcept HISS_NONBLOCKING {
  CallMark mark;
  while (callback_->inputMarks().pop({&mark, 1}) == 1) readMark(mark, in_, false);
  while (callback_->outputMarks().pop({&mark, 1}) == 1) readMark(mark, out_, true);
}

void LiveWorker::skipBacklog() noexcept HISS_NONBLOCKING {
  const auto in_channels = static_cast<std::size_t>(format_.in_channels);
  const std::size_t waiting = callback_->input().readable() / in_channels;
  if (static_cast<double>(waiting) < kMostBacklog * in_.rate_hz) return;
  const auto kept = static_cast<std::size_t>(in_.most_block_s * in_.rate_hz);
  const std::size_t dropped =
      callback_->input().discard((waiting - std::min(kept, waiting)) * in_channels) / in_channels;
  consumed_ += static_cast<double>(dropped);
}

void LiveWorker::processBlock(int n) noexcept HISS_NONBLOCKING {
  consumed_ += n;
  deinterleave(n);
  for (std::size_t c = 0; c < channels_; ++c) in_meters_[c].process(rows_[c], n);
  if (config_.in_tap != nullptr) config_.in_tap->take(rows_.data(), n);
  runProcessor(n);
  for (std::size_t c = 0; c < channels_; ++c) out_meters_[c].process(rows_[c], n);
  if (config_.out_tap != nullptr) config_.out_tap->take(rows_.data(), n);
  sendOut(n);
}

void LiveWorker::deinterleave(int n) noexcept HISS_NONBLOCKING {
  const auto width = static_cast<std::size_t>(format_.in_channels);
  if (channels_ == 1 && width > 1) {
    const float share = 1.0F / static_cast<float>(width);
    for (int i = 0; i < n; ++i) {
      float sum = 0.0F;
      for (std::size_t c = 0; c < width; ++c) sum += raw_[i * width + c];
      rows_[0][i] = share * sum;
    }
    return;
  }
  for (std::size_t c = 0; c < channels_; ++c) {
    for (int i = 0; i < n; ++i) rows_[c][i] = raw_[i * width + c];
  }
}

void LiveWorker::runProcessor(int n) noexcept HISS_NONBLOCKING {
  const double before_s = device_->now();
  processor_->process(rows_.data(), rows_.data(), n);
  window_time_s_ += device_->now() - before_s;
  processed_ += static_cast<std::uint64_t>(n);
  window_left_ -= n;
  if (window_left_ > 0) return;
  model_times_.add(window_time_s_);
  window_time_s_ = 0.0;
  window_left_ += config_.window_samples;
}

void LiveWorker::sendOut(int n) noexcept HISS_NONBLOCKING {
  for (std::size_t c = 0; c < channels_; ++c) {
    for (int i = 0; i < n; ++i) mixed_[i * channels_ + c] = rows_[c][i];
  }
  const float* sound = mixed_.data();
  int count = n;
  if (resampling_) {
    count = resampler_.process(sound, n, nominal_ratio_ * (1.0 + correction_), resampled_.data(),
                               most_resampled_);
    sound = resampled_.data();
  }
  if (splice_.isBusy()) {
    count = splice_.process(sound, count, spliced_.data());
    sound = spliced_.data();
  }
  const auto width = static_cast<std::size_t>(format_.out_channels);
  if (width != channels_) {
    for (int i = 0; i < count; ++i) {
      for (std::size_t c = 0; c < width; ++c) {
        const bool silent = channels_ > 1 && c >= channels_;
        wide_[i * width + c] = silent ? 0.0F : sound[i * channels_ + (channels_ > 1 ? c : 0)];
      }
    }
    sound = wide_.data();
  }
  const auto samples = static_cast<std::size_t>(count);
  const std::size_t pushed = callback_->output().push({sound, samples * width}) / width;
  produced_ += static_cast<double>(pushed);
  if (pushed < samples) ++output_overflows_;
}

void LiveWorker::noteResponse() noexcept HISS_NONBLOCKING {
  if (oldest_call_s_ < 0.0) return;
  const double now_s = device_->now();
  const double response_s = now_s - oldest_call_s_;
  oldest_call_s_ = -1.0;
  if (target_s_ > 0.0 && response_s > target_s_) ++worker_late_;
  if (response_s < kMostResponse) response_s_.add(now_s, response_s);
}

double LiveWorker::ringInSeconds(double now_s) const noexcept HISS_NONBLOCKING {
  return (in_.line.samplesAt(now_s) - in_.silent - consumed_) / in_.rate_hz;
}

double LiveWorker::ringOutSeconds(double now_s) const noexcept HISS_NONBLOCKING {
  // A device tells its latency from the first sample of a call on, so that those of the call itself
  // still wait here.
  return (produced_ - out_.line.samplesAt(now_s) + out_.silent) / out_.rate_hz + out_.mean_block_s;
}

void LiveWorker::updateTarget() noexcept HISS_NONBLOCKING {
  if (!in_.seen || !out_.seen) return;
  // With some air, so that a peak that is a little higher does not move the target again: every
  // move is a change of pitch.
  const double jitter_s = in_.jitter_s.value() + out_.jitter_s.value() + response_s_.value();
  const double now_s = device_->now();
  if (jitter_s > jitter_held_s_) jitter_held_s_ = kJitterAir * jitter_s;
  jitter_falls_ = jitter_held_s_ > kJitterAir * jitter_s &&
                  (jitter_falls_ || jitter_s < kJitterFallen * jitter_held_s_);
  if (jitter_falls_) {
    jitter_held_s_ =
        std::max(jitter_held_s_ - kGiveBack * (now_s - target_time_s_), kJitterAir * jitter_s);
  }
  target_time_s_ = now_s;
  const double spare_s = marginSeconds(config_.latency) + jitter_held_s_;
  target_s_ = in_.most_block_s + out_.mean_block_s + spare_s;
  setStartLevel(target_s_);
}

void LiveWorker::setStartLevel(double start_s) noexcept HISS_NONBLOCKING {
  const bool safe = config_.latency == LiveLatency::kSafe;
  if (device_->now() - began_s_ <= (safe ? kSafeLearning : kLearning)) return;
  start_s = std::max(start_s, out_.most_block_s + kLeastStart);
  callback_->setStartLevel(static_cast<std::int64_t>(std::ceil(start_s * out_.rate_hz)));
}

void LiveWorker::steer() noexcept HISS_NONBLOCKING {
  if (!in_.seen || !out_.seen) return;
  const double now_s = device_->now();
  // Of the target, the input's ring holds what has come since its last call. One call that serves
  // both sides brings a block before it fetches one.
  setStartLevel(target_s_ -
                (format_.one_clock ? in_.most_block_s : std::max(ringInSeconds(now_s), 0.0)));
  const double age_s = std::min(in_.line.age(), out_.line.age());
  const bool known = callback_->isPlaying() && age_s > kSettled;
  const double error_s = known ? ringInSeconds(now_s) + ringOutSeconds(now_s) - target_s_ : 0.0;
  if (known) {
    correctAtOnce(error_s, now_s);
  } else {
    outside_since_s_ = -1.0;
  }
  if (resampling_) {
    const double drift = format_.one_clock ? 0.0 : 1e-6 * (in_.line.ppm() - out_.line.ppm());
    const double pull = std::clamp(2.0 / std::max(age_s, kSettled), kLeastPull, kMostPull);
    const double beyond_s = error_s - std::clamp(error_s, -kNear, kNear);
    const double most_fill = error_s < -kTolerance ? kMostFill : kMostWay;
    const double way = std::clamp(-pull * error_s - kFarPull * beyond_s, -kMostWay, most_fill);
    correction_ = std::clamp(way - drift, -kMostCorrection, kMostCorrection);
  }
  if (now_s - published_s_ >= kPublishEvery) publish(now_s);
}

void LiveWorker::correctAtOnce(double error_s, double now_s) noexcept HISS_NONBLOCKING {
  // Too little needs no correction: the resampler fills it up, or the output runs dry and starts
  // anew. Without a resampler the start is only as exact as a block is long.
  const double tolerance_s =
      resampling_ ? kTolerance : kPlainTolerance + std::max(in_.most_block_s, out_.most_block_s);
  if (error_s < tolerance_s || splice_.isBusy() || now_s < quiet_until_s_) {
    outside_since_s_ = -1.0;
    return;
  }
  if (outside_since_s_ < 0.0) outside_since_s_ = now_s;
  if (now_s - outside_since_s_ < kOutsideFor) return;
  splice_.drop(static_cast<int>(std::lround(error_s * out_.rate_hz)));
  ++corrections_;
  quiet_until_s_ = now_s + kSettled;
  outside_since_s_ = -1.0;
}

void LiveWorker::publish(double now_s) noexcept HISS_NONBLOCKING {
  published_s_ = now_s;
  LiveStats& stats = stats_.writeSlot();
  stats.time_s = now_s;
  stats.processed_s = static_cast<double>(processed_) / in_.rate_hz;
  stats.playing = callback_->isPlaying();
  stats.in = loudest(in_meters_);
  stats.out = loudest(out_meters_);
  stats.latency.device_in = in_.latency_s;
  stats.latency.ring_in = ringInSeconds(now_s);
  stats.latency.model = processor_->latencySamples() / in_.rate_hz;
  stats.latency.resampler = resampling_ ? resampler_.delaySamples() / in_.rate_hz : 0.0;
  stats.latency.ring_out = ringOutSeconds(now_s);
  stats.latency.device_out = out_.latency_s;
  stats.target_rings_s = target_s_;
  stats.window_s = config_.window_samples / in_.rate_hz;
  stats.model_p50_s = model_times_.quantile(0.5);
  stats.model_p99_s = model_times_.quantile(0.99);
  stats.model_max_s = model_times_.max();
  stats.faults = callback_->faults();
  stats.worker_late = worker_late_;
  stats.output_overflows = output_overflows_;
  stats.corrections = corrections_;
  stats.in_ppm = in_.line.ppm();
  stats.out_ppm = out_.line.ppm();
  stats.drift_ppm = format_.one_clock ? 0.0 : stats.in_ppm - stats.out_ppm;
  stats.correction_ppm = -1e6 * correction_;
  stats_.publish();
}

bool LiveWorker::latestStats(LiveStats& stats) {
  if (!stats_.update()) return false;
  stats = stats_.read();
  return true;
}

}  // namespace hiss
