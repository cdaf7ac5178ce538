// SPDX-License-Identifier: Apache-2.0
//
// wav: and mic:, which must give the same numbers.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cmath>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/monitor/sources/mic_source.h"
#include "app/engine/sensors/band_rows.h"
#include "tests/app/monitor/sources/source_test.h"
#include "tests/app/sounds.h"

namespace hiss {
namespace {

constexpr int kRateHz = 16000;

std::vector<float> machine(int samples) {
  std::vector<float> sound;
  for (int i = 0; i < samples; ++i) {
    sound.push_back(static_cast<float>(0.3 * std::sin(0.05 * i) + 0.1 * std::sin(1e-5 * i * i)));
  }
  return sound;
}

// Plays a sound once each time it is started, in blocks of any size and never too fast, and is gone
// then.
class PlayingDevice final : public AudioDevice {
 public:
  explicit PlayingDevice(std::vector<float> sound) : sound_(std::move(sound)) {}
  ~PlayingDevice() override { PlayingDevice::close(); }

  AudioStreamFormat open(const AudioStreamRequest& request, AudioCallback& callback) override {
    if (opens_++ == 1) throw Failure(FailureKind::kInput, "device", "a device", "none");
    callback_ = &callback;
    AudioStreamFormat format;
    format.input = "playing device";
    format.in_rate_hz = request.in_rate_hz;
    format.in_channels = request.in_channels;
    return format;
  }
  void start() override {
    close();
    alive_ = true;
    thread_ = std::thread([this] {
      std::size_t at = 0;
      for (std::size_t k = 0; at < sound_.size(); ++k) {
        AudioBlock block;
        block.samples = static_cast<int>(std::min(sound_.size() - at, (k * 77) % 700));
        block.in = sound_.data() + at;
        callback_->onAudio(block);
        at += static_cast<std::size_t>(block.samples);
        std::this_thread::sleep_for(std::chrono::duration<double>(1.0 * block.samples / kRateHz));
      }
      alive_ = false;
    });
  }
  void close() noexcept override {
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] bool isAlive() noexcept override { return alive_; }
  [[nodiscard]] double now() const noexcept HISS_NONBLOCKING override { return 0.0; }

 private:
  std::vector<float> sound_;
  AudioCallback* callback_ = nullptr;
  std::atomic<int> opens_{0};
  std::atomic<bool> alive_{false};
  std::thread thread_;
};

class SoundSourcesTest : public SourceTest {
 protected:
  void expectRowsAsOf(const std::filesystem::path& file, std::size_t first_row) {
    BandRows expected(file, false);
    const std::vector<Observation> rows = host_.rows();
    SensorRow row;
    for (std::size_t r = first_row; expected.next(row); ++r) {
      ASSERT_LT(r, rows.size());
      ASSERT_EQ(rows[r].fields.size(), row.values.size());
      for (std::size_t b = 0; b < row.values.size(); ++b) {
        EXPECT_EQ(rows[r].fields[b].name, expected.channels()[b]);
        EXPECT_EQ(rows[r].fields[b].value, row.values[b]) << r << " " << b;
      }
    }
  }
};

TEST_F(SoundSourcesTest, GivesTheBandsOfARecording) {
  writeSound(path("fan.wav"), {machine(kRateHz)}, kRateHz);
  const Source& source = start(fmt::format("wav:{}", path("fan.wav").string()));
  EXPECT_TRUE(source.isDurable());
  ASSERT_TRUE(host_.waitForEnd());
  const std::vector<Observation> rows = host_.rows();
  ASSERT_EQ(rows.size(), 16U);
  EXPECT_EQ(rows[0].stream, "fan");
  EXPECT_EQ(rows[15].stamp_ns, 1'000'000'000);
  EXPECT_EQ(rows[15].next_position, 16U);
  expectRowsAsOf(path("fan.wav"), 0);
}

TEST_F(SoundSourcesTest, BeginsTheTimeOfARecordingWhereItIsTold) {
  writeSound(path("fan.wav"), {machine(kRateHz)}, kRateHz);
  start(fmt::format("wav:{}?name=x&start=2026-11-22T14:30:05&loop=2", path("fan.wav").string()),
        15);
  ASSERT_TRUE(host_.waitForEnd());
  const std::vector<Observation> rows = host_.rows();
  ASSERT_EQ(rows.size(), 17U);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].stream, "x");
    EXPECT_EQ(rows[i].stamp_ns,
              1'795'357'805'000'000'000 + static_cast<std::int64_t>(16 + i) * 62'500'000);
  }
  EXPECT_THROW(make(fmt::format("wav:{}?start=soon", path("fan.wav").string())), Failure);
  EXPECT_THROW(start("wav:/nowhere.wav"), Failure);
}

TEST_F(SoundSourcesTest, HearsAMicrophoneAndFindsItAgain) {
  writeSound(path("fan.wav"), {machine(kRateHz / 2)}, kRateHz);
  source_ = makeMicSource(makeEndpoint("mic:?name=fan", "test"), *log_,
                          std::make_unique<PlayingDevice>(machine(kRateHz / 2)));
  source_->start(host_, 0);
  EXPECT_TRUE(source_->isLive());
  ASSERT_TRUE(host_.waitForRows(8));
  expectRowsAsOf(path("fan.wav"), 0);
  // It is gone, cannot be opened once, and is there again with nothing of the past.
  ASSERT_TRUE(host_.waitForRows(16));
  expectRowsAsOf(path("fan.wav"), 8);
  const std::vector<Observation> rows = host_.rows();
  for (std::size_t i = 1; i < 8; ++i) {
    EXPECT_GE(*rows[i].stamp_ns - *rows[i - 1].stamp_ns, 62'500'000);
    EXPECT_EQ(rows[i].stream, "fan");
  }
  EXPECT_GE(source_->status().reconnects, 2U);
}

TEST_F(SoundSourcesTest, RefusesOptionsItDoesNotKnow) {
  for (const char* const uri : {"mic:?rate=10", "mic:?what=1", "mic://host"}) {
    EXPECT_THROW(makeMicSource(makeEndpoint(uri, "test"), *log_,
                               std::make_unique<PlayingDevice>(std::vector<float>())),
                 Failure)
        << uri;
  }
}

}  // namespace
}  // namespace hiss
