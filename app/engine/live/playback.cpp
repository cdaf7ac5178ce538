// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/playback.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>
#include <vector>

#include "app/engine/blocked_signals.h"
#include "app/engine/live/drift_resampler.h"
#include "app/engine/live/silent_device.h"
#include "app/engine/planar_block.h"
#include "app/engine/sound_file_io.h"

namespace hiss {
namespace {

constexpr double kBufferSeconds = 0.3;
constexpr double kLoopFadeSeconds = 0.005;
constexpr int kChannels = 2;
constexpr int kLanes = 4;  // left and right before, left and right after
constexpr std::chrono::milliseconds kRefill{20};
// A device that plays nothing is given back after so long.
constexpr std::chrono::seconds kIdle{5};

// Left and right of sample `i`.
std::array<float, 2> stereo(const float* const* planar, int channels, int i) {
  if (channels == 2) return {planar[0][i], planar[1][i]};
  float sum = 0.0F;
  for (int c = 0; c < channels; ++c) sum += planar[c][i];
  const float mean = sum / static_cast<float>(channels);
  return {mean, mean};
}

// One of the two files.
class Side {
 public:
  explicit Side(const std::filesystem::path& path)
      : reader_(path, true), block_(reader_.spec().channels) {}

  const SoundSpec& spec() const { return reader_.spec(); }
  void seek(std::int64_t sample) { reader_.seek(sample); }
  int read(int most) { return reader_.read(block_.planar(), most); }
  std::array<float, 2> at(int i) { return stereo(block_.planar(), spec().channels, i); }

 private:
  SoundFileReader reader_;
  PlanarBlock block_;
};

}  // namespace

// Lives in the thread of playback.
class Playback::Feeder {
 public:
  explicit Feeder(Playback& owner) : owner_(owner) {}

  void run() {
    std::unique_lock lock(owner_.mutex_);
    while (!owner_.wish_.end) {
      const Wish wish = owner_.wish_;
      lock.unlock();
      serve(wish);
      lock.lock();
      const bool is_new = owner_.wish_.files_number != wish.files_number ||
                          owner_.wish_.generation != wish.generation ||
                          owner_.wish_.play != wish.play || owner_.wish_.end;
      if (is_new) continue;
      if (device_) {
        owner_.news_.wait_for(lock, kRefill);
      } else {
        owner_.news_.wait(lock);
      }
    }
  }

 private:
  void serve(const Wish& wish) {
    try {
      if (wish.files_number != files_number_) openFiles(wish);
      if (!before_) return;
      if (wish.play && owner_.mixer_.isPlaying()) {
        if (!device_ || !device_->isAlive()) openDevice(wish);
        idle_since_ = Clock::now();
      } else {
        dropIdleDevice();
      }
      if (!device_) return;
      if (wish.generation != generation_) begin(wish, wish.from_s);
      while (fill(wish)) {
      }
    } catch (const std::exception&) {
      close();
      publish(currentFailure("playback"));
    }
  }

  using Clock = std::chrono::steady_clock;

  void openFiles(const Wish& wish) {
    close();
    files_number_ = wish.files_number;
    if (wish.files) {
      before_.emplace(wish.files->before);
      after_.emplace(wish.files->after);
      if (before_->spec().sample_rate_hz != after_->spec().sample_rate_hz) {
        throw Failure(FailureKind::kInput, wish.files->after.string(), "the recording's rate",
                      "another");
      }
    }
    publish(std::nullopt);
  }

  void close() {
    if (device_) device_->close();
    device_.reset();
    before_.reset();
    after_.reset();
  }

  void publish(std::optional<Failure> failure) {
    const std::lock_guard lock(owner_.mutex_);
    if (owner_.wish_.files_number != files_number_) return;
    PlaybackStatus& found = owner_.found_;
    found = {};
    found.is_open = before_.has_value();
    found.is_silent = is_silent_;
    found.failure = std::move(failure);
    if (!before_) {
      owner_.wish_.play = false;
      owner_.mixer_.setPlaying(false);
      return;
    }
    owner_.rate_hz_ = before_->spec().sample_rate_hz;
    found.seconds =
        static_cast<double>(std::max<std::int64_t>(0, before_->spec().samples)) / owner_.rate_hz_;
  }

  void openDevice(const Wish& wish) {
    if (device_) device_->close();
    AudioStreamRequest request;
    request.output_only = true;
    request.in_rate_hz = before_->spec().sample_rate_hz;
    request.out_channels = kChannels;
    AudioStreamFormat format;
    is_silent_ = false;
    try {
      device_ = owner_.make_device_();
      format = device_->open(request, owner_.mixer_);
    } catch (const Failure&) {
      is_silent_ = true;
      device_ = std::make_unique<SilentDevice>();
      format = device_->open(request, owner_.mixer_);
    }
    ratio_ = static_cast<double>(format.out_rate_hz) / before_->spec().sample_rate_hz;
    owner_.mixer_.prepare(format.out_rate_hz, format.out_channels,
                          static_cast<std::size_t>(kBufferSeconds * format.out_rate_hz));
    begin(wish, owner_.position());
    device_->start();
    publish(std::nullopt);
  }

  void dropIdleDevice() {
    if (!device_ || Clock::now() - idle_since_ < kIdle) return;
    device_->close();
    device_.reset();
  }

  void begin(const Wish& wish, double from_s) {
    generation_ = wish.generation;
    seek(sampleAt(from_s));
    ready_.clear();
    ready_at_ = 0;
    at_end_ = false;
    resampler_.prepare(kLanes, ratio_);
  }

  std::int64_t sampleAt(double seconds) const {
    const auto sample = std::llround(seconds * before_->spec().sample_rate_hz);
    const std::int64_t samples = before_->spec().samples;
    return std::clamp<std::int64_t>(sample, 0, samples > 0 ? samples - 1 : sample);
  }

  void seek(std::int64_t sample) {
    before_->seek(sample);
    after_->seek(sample);
    position_ = sample;
  }

  // Moves something on; false: there is no room, or nothing more to come.
  bool fill(const Wish& wish) {
    if (ready_at_ == ready_.size()) {
      if (at_end_) return false;
      readMore(wish);
    }
    const std::size_t taken =
        owner_.mixer_.push(std::span<const PlaybackFrame>(ready_).subspan(ready_at_));
    ready_at_ += taken;
    return taken > 0;
  }

  void readMore(const Wish& wish) {
    const int rate_hz = before_->spec().sample_rate_hz;
    std::int64_t loop_begin = 0;
    std::int64_t loop_end = -1;
    if (wish.loop) {
      loop_begin = sampleAt(wish.loop->begin_s);
      loop_end = std::max(loop_begin + 1, sampleAt(wish.loop->end_s));
    }
    const bool loops = loop_end > position_ && position_ >= loop_begin;
    const int most =
        loops ? static_cast<int>(std::min<std::int64_t>(kFileBlockSamples, loop_end - position_))
              : kFileBlockSamples;
    const int n_before = before_->read(most);
    const int n_after = after_->read(most);
    const int n = std::max(n_before, n_after);
    samples_.resize(static_cast<std::size_t>(n) * kLanes);
    const double fade = kLoopFadeSeconds * rate_hz;
    for (int i = 0; i < n; ++i) {
      float* const lanes = &samples_[static_cast<std::size_t>(i) * kLanes];
      const std::array<float, 2> before = i < n_before ? before_->at(i) : std::array<float, 2>{};
      const std::array<float, 2> after = i < n_after ? after_->at(i) : std::array<float, 2>{};
      std::copy(before.begin(), before.end(), lanes);
      std::copy(after.begin(), after.end(), lanes + kChannels);
      if (!loops) continue;
      const std::int64_t at = position_ + i;
      const auto edge = static_cast<double>(std::min(at - loop_begin, loop_end - 1 - at));
      if (edge < fade) {
        for (int k = 0; k < kLanes; ++k) lanes[k] *= static_cast<float>(edge / fade);
      }
    }
    toFrames(n);
    position_ += n;
    if (loops && position_ >= loop_end) {
      seek(loop_begin);
    } else if (n < most) {
      at_end_ = true;
      if (ready_.empty()) ready_.push_back({{}, {}, position_, generation_, true});
      ready_.back().is_last = true;
    }
  }

  void toFrames(int n) {
    int m = n;
    if (ratio_ != 1.0) {
      m = static_cast<int>(std::ceil(n * ratio_)) + 16;
      resampled_.resize(static_cast<std::size_t>(m) * kLanes);
      m = resampler_.process(samples_.data(), n, ratio_, resampled_.data(), m);
    }
    const std::vector<float>& lanes = ratio_ != 1.0 ? resampled_ : samples_;
    ready_.clear();
    ready_at_ = 0;
    for (int i = 0; i < m; ++i) {
      const float* const lane = &lanes[static_cast<std::size_t>(i) * kLanes];
      ready_.push_back({{lane[0], lane[1]},
                        {lane[2], lane[3]},
                        position_ + static_cast<std::int64_t>(i / ratio_),
                        generation_,
                        false});
    }
  }

  Playback& owner_;
  std::uint64_t files_number_ = 0;
  std::optional<Side> before_;
  std::optional<Side> after_;
  std::unique_ptr<AudioDevice> device_;
  bool is_silent_ = false;
  Clock::time_point idle_since_;
  double ratio_ = 1.0;  // device's rate / file's
  DriftResampler resampler_;
  std::uint32_t generation_ = 0;
  std::int64_t position_ = 0;  // of the next sample read
  bool at_end_ = false;
  std::vector<float> samples_;    // [n][kLanes]
  std::vector<float> resampled_;  // alike
  std::vector<PlaybackFrame> ready_;
  std::size_t ready_at_ = 0;
};

Playback::Playback(MakeDevice make_device) : make_device_(std::move(make_device)) {
  const ScopedBlockedSignals blocked;
  thread_ = std::thread([this] { Feeder(*this).run(); });
}

Playback::~Playback() {
  {
    const std::lock_guard lock(mutex_);
    wish_.end = true;
  }
  news_.notify_all();
  thread_.join();
}

void Playback::open(PlaybackFiles files) {
  {
    const std::lock_guard lock(mutex_);
    wish_.files = std::move(files);
    ++wish_.files_number;
    wish_.loop.reset();
    wish_.play = false;
    found_ = {};
    mixer_.setPlaying(false);
    jump(0.0);
  }
  news_.notify_all();
}

void Playback::close() {
  {
    const std::lock_guard lock(mutex_);
    wish_.files.reset();
    ++wish_.files_number;
    wish_.play = false;
    found_ = {};
    mixer_.setPlaying(false);
  }
  news_.notify_all();
}

void Playback::play() {
  {
    const std::lock_guard lock(mutex_);
    if (!wish_.files || found_.failure) return;
    const bool ended = wish_.play && !mixer_.isPlaying();
    if (ended) jump(wish_.loop ? wish_.loop->begin_s : 0.0);
    wish_.play = true;
    mixer_.setPlaying(true);
  }
  news_.notify_all();
}

void Playback::pause() {
  {
    const std::lock_guard lock(mutex_);
    // What has run to its end stays there.
    if (!wish_.play || !mixer_.isPlaying()) return;
    wish_.play = false;
    mixer_.setPlaying(false);
  }
  news_.notify_all();
}

void Playback::seek(double seconds) {
  {
    const std::lock_guard lock(mutex_);
    jump(seconds);
    // At its end it had stopped by itself.
    wish_.play = mixer_.isPlaying();
  }
  news_.notify_all();
}

void Playback::setLoop(std::optional<PlaybackLoop> loop) {
  {
    const std::lock_guard lock(mutex_);
    const double now = positionSeconds();
    wish_.loop = loop;
    // What was read ahead may lie beyond the loop.
    jump(loop && (now < loop->begin_s || now >= loop->end_s) ? loop->begin_s : now);
  }
  news_.notify_all();
}

void Playback::jump(double seconds) {
  wish_.from_s = std::max(0.0, seconds);
  mixer_.setGeneration(++wish_.generation);
}

double Playback::position() const {
  const std::lock_guard lock(mutex_);
  return positionSeconds();
}

double Playback::positionSeconds() const {
  if (mixer_.generation() != wish_.generation || rate_hz_ == 0) return wish_.from_s;
  return static_cast<double>(mixer_.position()) / rate_hz_;
}

PlaybackStatus Playback::status() const {
  const std::lock_guard lock(mutex_);
  PlaybackStatus status = found_;
  status.is_playing = wish_.play && mixer_.isPlaying();
  status.position_s = positionSeconds();
  return status;
}

}  // namespace hiss
