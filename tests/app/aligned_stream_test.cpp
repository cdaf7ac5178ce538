// SPDX-License-Identifier: Apache-2.0
#include "app/engine/aligned_stream.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/fake_processor.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class AlignedStreamTest : public TemporaryFolderTest {};

TEST_F(AlignedStreamTest, OutputIsAlignedAndAsLongAsTheInput) {
  for (const int samples : {1, 2, 4095, 4096, 4097, 10000}) {
    const Sound sound = makeTone(2, samples);
    writeSound(path("a.wav"), sound);
    for (const int latency : {0, 1, 512, 4095, 4096, 4097, 20000}) {
      SoundFileReader reader(path("a.wav"));
      FakeProcessor processor(latency);
      Sound in(2);
      Sound out(2);
      const auto append = [](Sound& to) {
        return [&to](const float* const* planar, int n) {
          for (std::size_t c = 0; c < to.size(); ++c) {
            to[c].insert(to[c].end(), planar[c], planar[c] + n);
          }
        };
      };
      AlignedStreamHooks hooks;
      hooks.on_input = append(in);
      hooks.on_output = append(out);
      const AlignedStreamTotals totals = runAligned(reader, processor, hooks);
      EXPECT_EQ(in, sound);
      EXPECT_EQ(out, sound) << samples << " samples, latency " << latency;
      EXPECT_EQ(totals.samples, samples);
      EXPECT_EQ(totals.latency_samples, latency);
      EXPECT_GE(totals.process_cpu_seconds, 0.0);
    }
  }
}

TEST_F(AlignedStreamTest, PreparesForTheFile) {
  writeSound(path("a.wav"), makeTone(5, 10), 44100);
  SoundFileReader reader(path("a.wav"));
  FakeProcessor processor(0);
  runAligned(reader, processor, {});
  EXPECT_EQ(processor.spec().sample_rate_hz, 44100);
  EXPECT_EQ(processor.spec().channels, 5);
  EXPECT_EQ(processor.spec().max_block, kFileBlockSamples);
}

TEST_F(AlignedStreamTest, ReportsProgressAndStopsOnRequest) {
  writeSound(path("a.wav"), makeTone(1, 10000));
  FakeProcessor processor(0);
  std::vector<std::int64_t> done;
  AlignedStreamHooks hooks;
  hooks.on_progress = [&](std::int64_t at, std::int64_t total) {
    EXPECT_EQ(total, 10000);
    done.push_back(at);
    return true;
  };
  SoundFileReader reader(path("a.wav"));
  runAligned(reader, processor, hooks);
  EXPECT_EQ(done, (std::vector<std::int64_t>{4096, 8192, 10000}));

  hooks.on_progress = [](std::int64_t, std::int64_t) { return false; };
  SoundFileReader again(path("a.wav"));
  try {
    runAligned(again, processor, hooks);
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kCancelled);
  }
}

TEST_F(AlignedStreamTest, RefusesWhatTheDenoiserCannotTake) {
  const auto refuses = [&](int channels, int rate) {
    writeSound(path("a.wav"), makeTone(channels, 10), rate);
    const SoundFileReader reader(path("a.wav"));
    EXPECT_THROW(requireProcessable(reader), Failure) << channels << ' ' << rate;
  };
  refuses(1, 3999);
  refuses(1, 384001);
  refuses(33, 48000);
  writeSound(path("b.wav"), makeTone(32, 10), 384000);
  EXPECT_NO_THROW(requireProcessable(SoundFileReader(path("b.wav"))));
}

}  // namespace
}  // namespace hiss
