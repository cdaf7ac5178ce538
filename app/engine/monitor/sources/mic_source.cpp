// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/sources/mic_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/live/device_list.h"
#include "app/engine/monitor/retry_pause.h"
#include "app/engine/monitor/sources/make_sources.h"
#include "app/engine/monitor/sources/source_thread.h"
#include "app/engine/sensors/band_levels.h"
#include "dsp/spsc_ring.h"

namespace hiss {
namespace {

constexpr double kLookSeconds = 0.02;
constexpr double kMostPauseSeconds = 30.0;
constexpr std::size_t kRingSamples = std::size_t{1} << 18;
constexpr std::int64_t kRowNs = 1'000'000'000 / BandLevels::kRowsPerSecond;
constexpr std::int64_t kMostLateNs = 500'000'000;  // beyond, the clock was set or sound was lost

// Puts one channel into a ring. onAudio() is of the device, the rest of one other thread.
class MicRing final : public AudioCallback {
 public:
  MicRing() { ring_.prepare(kRingSamples); }

  void onAudio(const AudioBlock& block) noexcept HISS_NONBLOCKING override {
    if (block.out != nullptr) std::fill_n(block.out, block.samples, 0.0F);
    if (block.in == nullptr) return;
    const auto samples = static_cast<std::size_t>(block.samples);
    const std::size_t taken = ring_.push(std::span<const float>(block.in, samples));
    const bool lost = block.in_overflow || taken < samples;
    if (lost) gaps_.fetch_add(1, std::memory_order_relaxed);
  }
  std::size_t pop(std::span<float> samples) noexcept { return ring_.pop(samples); }
  [[nodiscard]] std::uint64_t gaps() const noexcept { return gaps_.load(); }
  void clear() { ring_.reset(); }

 private:
  SpscRing<float> ring_;
  std::atomic<std::uint64_t> gaps_{0};  // moments at which sound was lost
};

class MicSource final : public Source {
 public:
  MicSource(const Endpoint& endpoint, MonitorLog& log, std::unique_ptr<AudioDevice> device)
      : MicSource(endpoint, log, std::move(device), OptionReader(endpoint)) {}
  ~MicSource() override { stop(); }

  void start(SourceHost& host, std::uint64_t /*position*/) override {
    intake_.begin(host);
    thread_.start(intake_, host, log_, [this] { listen(); });
  }
  void stop() noexcept override { thread_.stop(); }
  [[nodiscard]] bool isLive() const noexcept override { return true; }
  [[nodiscard]] bool isDurable() const noexcept override { return false; }
  [[nodiscard]] SourceStatus status() const override { return intake_.status(); }

 private:
  MicSource(const Endpoint& endpoint, MonitorLog& log, std::unique_ptr<AudioDevice> device,
            OptionReader options)
      : log_(log),
        name_(endpoint.name),
        device_name_(endpoint.uri.path),
        rate_hz_(static_cast<int>(options.integer("rate", 4000, 384000, 16000))),
        stream_(options.text("name", "mic")),
        intake_(name_, DecodeSettings{}, RowIntake::WhenFull::kDrop, true, log),
        device_(std::move(device)) {
    options.done();
    if (!endpoint.uri.has_authority) return;
    throw Failure(FailureKind::kUsage, fmt::format("{}: {}", endpoint.origin, name_),
                  "mic: or mic:DEVICE", "\"//\"");
  }

  void listen() {
    RetryPause pause(kMostPauseSeconds);
    for (bool first = true; !thread_.isStopping(); first = false) {
      if (!first) intake_.countReconnect();
      std::string problem;
      try {
        hear();
        pause.reset();
        problem = Failure(FailureKind::kInput, name_, "a microphone", "that it is gone").what();
      } catch (const Failure& failure) {
        problem = failure.what();
      }
      device_->close();
      if (thread_.isStopping()) return;
      // Said once, until it has come to work again.
      if (std::exchange(said_, problem) != problem) log_.warn(problem + "; trying again");
      intake_.setConnected(false, problem);
      if (!thread_.sleep(pause.next())) return;
    }
  }

  // Until the device is lost or the source is to stop.
  void hear() {
    ring_.clear();
    AudioStreamRequest request;
    request.input = device_name_;
    request.in_rate_hz = rate_hz_;
    request.in_channels = 1;
    request.input_only = true;
    const AudioStreamFormat format = device_->open(request, ring_);
    BandLevels levels(format.in_rate_hz, 1);
    block_.assign(1, std::vector<float>(static_cast<std::size_t>(levels.mostSamplesOfARow())));
    filled_ = 0;
    begin_ns_ = timeOfDayNs();
    gaps_ = ring_.gaps();
    device_->start();
    intake_.setConnected(true);
    log_.info(fmt::format("{}: hearing {} at {} Hz", name_, format.input, format.in_rate_hz));
    said_.clear();
    do {
      if (!takeRows(levels)) return;
    } while (device_->isAlive() && thread_.sleep(kLookSeconds));
    takeRows(levels);
  }

  // False: the monitor stops.
  bool takeRows(BandLevels& levels) {
    for (;;) {
      const auto wanted = static_cast<std::size_t>(levels.samplesOfNextRow());
      filled_ += ring_.pop(std::span(block_[0]).subspan(filled_, wanted - filled_));
      if (filled_ < wanted) return true;
      filled_ = 0;
      levels.next(block_, row_);
      if (!giveRow(levels)) return false;
    }
  }

  bool giveRow(const BandLevels& levels) {
    if (const std::uint64_t gaps = ring_.gaps(); gaps != gaps_) {
      intake_.countDropped(gaps - std::exchange(gaps_, gaps));
    }
    Observation row;
    row.stream = stream_;
    row.stamp_ns = stampOf(levels.rows());
    row.fields.resize(levels.names().size());
    for (std::size_t b = 0; b < row.fields.size(); ++b)
      row.fields[b] = {levels.names()[b], row_[b]};
    return intake_.row(std::move(row));
  }

  // Rows are as regular as the device, not as the moments at which they are seen here.
  std::int64_t stampOf(std::int64_t rows) {
    const std::int64_t now = timeOfDayNs();
    if (std::abs(begin_ns_ + rows * kRowNs - now) > kMostLateNs) begin_ns_ = now - rows * kRowNs;
    return begin_ns_ + rows * kRowNs;
  }

  static std::int64_t timeOfDayNs() {
    return std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  }

  MonitorLog& log_;
  std::string name_;
  std::string device_name_;
  int rate_hz_;
  std::string stream_;
  RowIntake intake_;
  MicRing ring_;
  std::unique_ptr<AudioDevice> device_;
  std::vector<std::vector<float>> block_;  // [1][samples of a row]
  std::size_t filled_ = 0;
  std::vector<double> row_ = std::vector<double>(BandLevels::kBands);
  std::int64_t begin_ns_ = 0;
  std::uint64_t gaps_ = 0;
  std::string said_;
  SourceThread thread_;
};

}  // namespace

std::unique_ptr<Source> makeMicSource(const Endpoint& endpoint, MonitorLog& log,
                                      std::unique_ptr<AudioDevice> device) {
  return std::make_unique<MicSource>(endpoint, log, std::move(device));
}

std::unique_ptr<Source> makeMicSource(const Endpoint& endpoint, MonitorLog& log) {
  return makeMicSource(endpoint, log, makeSystemAudioDevice());
}

}  // namespace hiss
