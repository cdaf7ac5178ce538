// SPDX-License-Identifier: Apache-2.0
//
// Devices that go away, and recordings that live through it.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <thread>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/live/live_recorder.h"
#include "app/engine/live/live_session.h"
#include "tests/app/fake_processor.h"
#include "tests/app/live/live_simulation.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class LiveReconnectTest : public TemporaryFolderTest {};

// Counts resets; the sound goes through.
class ResetCounter final : public StreamProcessor {
 public:
  void prepare(const StreamSpec&) override {}
  void process(const float* const*, float* const*, int) noexcept HISS_NONBLOCKING override {}
  void reset() noexcept HISS_NONBLOCKING override { ++resets; }
  [[nodiscard]] int latencySamples() const noexcept HISS_NONBLOCKING override { return 0; }
  [[nodiscard]] std::vector<std::byte> saveState() const override { return {}; }
  void loadState(std::span<const std::byte>) override {}
  int resets = 0;
};

FakeDeviceConfig tone() {
  FakeDeviceConfig config;
  config.source = [](std::uint64_t index, int) {
    return 0.5F * std::sin(0.05F * static_cast<float>(index % 48000));
  };
  return config;
}

TEST_F(LiveReconnectTest, ALostDeviceIsOpenedAgainWithBackOffAndAFreshState) {
  FakeDeviceConfig config = tone();
  config.losses_s = {5.0};
  config.failing_opens = 3;
  ResetCounter processor;
  LiveSimulation simulation(config, processor);
  simulation.start();
  simulation.run(4.0);
  const int resets_before = processor.resets;
  simulation.run(8.0);
  // Tried after 0.25, 0.5, 1 and 2 s more.
  EXPECT_EQ(simulation.device().opens(), 5U);
  EXPECT_EQ(simulation.session().reconnections(), 1U);
  EXPECT_EQ(processor.resets, resets_before + 1);
  ASSERT_EQ(simulation.lines.size(), 2U);
  EXPECT_NE(simulation.lines[0].find("expected a device that runs, found none"), std::string::npos);
  EXPECT_NE(simulation.lines[1].find("back after 3."), std::string::npos) << simulation.lines[1];
  EXPECT_TRUE(simulation.last.playing);
  EXPECT_NEAR(simulation.last.latency.rings(), simulation.last.target_rings_s, 0.002);
}

TEST_F(LiveReconnectTest, ADeviceThatGoesSilentCountsAsLost) {
  FakeDeviceConfig config = tone();
  config.one_clock = true;
  config.in.stalls = {{5.0, 10.0, false}};
  ResetCounter processor;
  LiveSimulation simulation(config, processor);
  simulation.start();
  simulation.run(20.0);
  ASSERT_GE(simulation.lines.size(), 2U);
  EXPECT_NE(simulation.lines[0].find("brings no sound"), std::string::npos);
  EXPECT_TRUE(simulation.last.playing);
}

TEST_F(LiveReconnectTest, RecordingsSurviveTheLossAndAreValid) {
  FakeDeviceConfig config = tone();
  config.losses_s = {3.0};
  config.failing_opens = 1;
  FakeProcessor halve(0, 0.5F);
  LiveSimulation simulation(config, halve);
  {
    LiveRecorder in(path("in.wav"), 48000, 1, AtomicOutput::Existing::kRefuse);
    LiveRecorder out(path("out.flac"), 48000, 1, AtomicOutput::Existing::kRefuse);
    simulation.start(&in, &out);
    for (int k = 0; k < 80; ++k) {
      simulation.run(0.1);
      in.pump();
      out.pump();
    }
    // Nothing has the final name before it is complete.
    for (const std::string& name : files()) EXPECT_EQ(name.rfind(".hiss-", 0), 0U) << name;
    simulation.session().close();
    in.finish();
    out.finish();
    EXPECT_EQ(in.lostSamples() + out.lostSamples(), 0U);
  }
  EXPECT_EQ(files(), (std::vector<std::string>{"in.wav", "out.flac"}));
  const Sound in = readSound(path("in.wav"));
  const Sound out = readSound(path("out.flac"));
  // The 0.75 s without a device are silence, so that the recordings keep time.
  EXPECT_NEAR(static_cast<double>(in[0].size()), 8.0 * 48000, 500.0);
  std::size_t silent = 0;
  for (std::size_t i = 3 * 48000 - 480; i < 4 * 48000; ++i) silent += in[0][i] == 0.0F ? 1 : 0;
  EXPECT_NEAR(static_cast<double>(silent), 0.8 * 48000, 0.06 * 48000);
  EXPECT_LE(std::count(in[0].begin() + 4 * 48000, in[0].end(), 0.0F), 5);
  ASSERT_EQ(in[0].size(), out[0].size());
  for (std::size_t i = 0; i < in[0].size(); ++i) ASSERT_NEAR(out[0][i], 0.5F * in[0][i], 1e-6F);
}

TEST_F(LiveReconnectTest, ARecordingThatIsNotFinishedLeavesNothing) {
  { LiveRecorder in(path("in.wav"), 48000, 1, AtomicOutput::Existing::kRefuse); }
  EXPECT_TRUE(files().empty());
  write("in.wav", "there");
  EXPECT_THROW(LiveRecorder(path("in.wav"), 48000, 1, AtomicOutput::Existing::kRefuse), Failure);
  EXPECT_EQ(read("in.wav"), "there");
}

// Writes 4.4 GB: only with ctest -C Slow.
TEST_F(LiveReconnectTest, DISABLED_ARecordingBeyondFourGibibytesIsWholeRf64) {
  constexpr std::int64_t kSamples = 34'500'000;
  constexpr int kChannels = 32;
  {
    LiveRecorder recorder(path("long.wav"), 48000, kChannels, AtomicOutput::Existing::kRefuse);
    recorder.takeSilence(kSamples);
    const std::vector<float> last(1, 0.5F);
    const std::vector<const float*> rows(kChannels, last.data());
    recorder.take(rows.data(), 1);
    recorder.finish();
  }
  EXPECT_GT(std::filesystem::file_size(path("long.wav")), std::uintmax_t{1} << 32);
  const SoundFileReader reader(path("long.wav"));
  EXPECT_EQ(reader.spec().container, "rf64");
  EXPECT_EQ(reader.spec().samples, kSamples + 1);
}

// Real time, with the worker's own thread, for a moment.
TEST_F(LiveReconnectTest, AThreadOfItsOwnWorksToo) {
  class ClockedDevice final : public AudioDevice {
   public:
    ~ClockedDevice() override { ClockedDevice::close(); }
    AudioStreamFormat open(const AudioStreamRequest&, AudioCallback& callback) override {
      callback_ = &callback;
      AudioStreamFormat format;
      format.input = "clocked";
      format.in_rate_hz = format.out_rate_hz = 48000;
      format.in_channels = format.out_channels = 1;
      format.one_clock = true;
      return format;
    }
    void start() override {
      run_.store(true);
      thread_ = std::thread([this] {
        std::vector<float> in(480, 0.25F);
        std::vector<float> out(480);
        for (auto due = std::chrono::steady_clock::now(); run_.load();) {
          due += std::chrono::milliseconds(10);
          std::this_thread::sleep_until(due);
          AudioBlock block;
          block.in = in.data();
          block.out = out.data();
          block.samples = 480;
          block.time_s = now();
          callback_->onAudio(block);
          if (out.back() == 0.25F) heard.fetch_add(1);
        }
      });
    }
    void close() noexcept override {
      run_.store(false);
      if (thread_.joinable()) thread_.join();
    }
    [[nodiscard]] bool isAlive() noexcept override { return run_.load(); }
    [[nodiscard]] double now() const noexcept HISS_NONBLOCKING override {
      return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch())
          .count();
    }
    std::atomic<int> heard{0};

   private:
    AudioCallback* callback_ = nullptr;
    std::atomic<bool> run_{false};
    std::thread thread_;
  };
  ClockedDevice device;
  FakeProcessor through(0);
  LiveSession session(device, through, {});
  session.open();
  session.start();
  LiveStats stats;
  for (int k = 0; k < 300 && device.heard.load() < 20; ++k) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_FALSE(session.supervise().has_value());
  }
  EXPECT_GE(device.heard.load(), 20);
  ASSERT_TRUE(session.latestStats(stats));
  EXPECT_GT(stats.processed_s, 0.1);
  session.close();
  const int heard = device.heard.load();
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_EQ(device.heard.load(), heard);
}

}  // namespace
}  // namespace hiss
