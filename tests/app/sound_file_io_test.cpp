// SPDX-License-Identifier: Apache-2.0
#include "app/engine/sound_file_io.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "app/engine/failure.h"
#include "tests/app/sounds.h"
#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

class SoundFileIoTest : public TemporaryFolderTest {
 protected:
  // Text of the failure that reading `name` to its end gives; empty if there is none.
  std::string failureOf(const std::string& name) const {
    try {
      readSound(path(name));
    } catch (const Failure& failure) {
      EXPECT_EQ(failure.kind(), FailureKind::kInput);
      return failure.what();
    }
    return {};
  }
};

TEST_F(SoundFileIoTest, FloatsComeBackAsTheyWere) {
  const Sound sound = makeTone(3, 2500);
  for (const char* container : {"wav", "aiff", "caf", "w64", "rf64", "au"}) {
    writeSound(path("a"), sound, 44100, container, "float");
    SoundFileReader reader(path("a"));
    EXPECT_EQ(reader.spec().container, container);
    EXPECT_EQ(reader.spec().subtype, "float");
    EXPECT_EQ(reader.spec().sample_rate_hz, 44100);
    EXPECT_EQ(reader.spec().samples, 2500);
    EXPECT_EQ(readSound(reader), sound) << container;
    EXPECT_EQ(reader.position(), 2500);
  }
}

TEST_F(SoundFileIoTest, BlockSizeDoesNotMatter) {
  const Sound sound = makeTone(2, 10000);
  writeSound(path("a.wav"), sound);
  for (const int block : {1, 7, 999, 10000, 20000}) {
    SoundFileReader reader(path("a.wav"));
    EXPECT_EQ(readSound(reader, block), sound) << block;
  }
}

TEST_F(SoundFileIoTest, ReadingGoesOnWhereItIsSent) {
  constexpr int kSamples = 5000;
  for (const char* container : {"wav", "flac", "ogg"}) {
    const auto file = path(std::string("seek.") + container);
    writeSound(file, makeTone(2, kSamples), 16000, container, "");
    const Sound whole = readSound(file);
    SoundFileReader reader(file);
    for (const int from : {3000, 10, 10, 4999, 0}) {
      reader.seek(from);
      EXPECT_EQ(reader.position(), from);
      const Sound rest = readSound(reader);
      ASSERT_EQ(rest[1].size(), static_cast<std::size_t>(kSamples - from)) << container;
      EXPECT_TRUE(std::equal(rest[1].begin(), rest[1].end(), whole[1].begin() + from)) << container;
    }
    EXPECT_THROW(reader.seek(kSamples + 1), Failure);
  }
}

TEST_F(SoundFileIoTest, IntegersSurviveReadingAndWritingBitForBit) {
  for (const char* subtype : {"pcm16", "pcm24"}) {
    for (const char* container : {"wav", "flac", "aiff", "caf"}) {
      writeSound(path("a"), makeTone(2, 3000), 16000, container, subtype);
      const Sound once = readSound(path("a"));
      writeSound(path("b"), once, 16000, container, subtype);
      EXPECT_EQ(readSound(path("b")), once) << container << ' ' << subtype;
    }
  }
}

TEST_F(SoundFileIoTest, IntegersAreRoundedToNearest) {
  const float step = 1.0F / 32768.0F;
  writeSound(path("a.wav"), {{0.4F * step, 0.6F * step, -0.4F * step, -0.6F * step}}, 16000, "wav",
             "pcm16");
  EXPECT_EQ(readSound(path("a.wav")), (Sound{{0.0F, step, 0.0F, -step}}));
}

TEST_F(SoundFileIoTest, IntegersAreClampedAndCounted) {
  const Sound sound = {{2.0F, -2.0F, 0.5F, 1.0F, -1.0F, 32767.0F / 32768.0F}};
  ByteFile file = ByteFile::createNew(path("a.wav"));
  SoundFileWriter writer(file, "a.wav", makeSpec(sound, 16000, "wav", "pcm16"));
  const float* const planar = sound.front().data();
  writer.write(&planar, 6);
  writer.close();
  EXPECT_EQ(writer.clippedValues(), 3);  // 2, -2 and 1, which is one step too high
  const float top = 32767.0F / 32768.0F;
  EXPECT_EQ(readSound(path("a.wav")), (Sound{{top, -1.0F, 0.5F, top, -1.0F, top}}));
}

TEST_F(SoundFileIoTest, LengthSurvivesEveryLossyFormat) {
  for (const int samples : {1, 575, 1152, 30000}) {
    const Sound sound = makeTone(2, samples);
    writeSound(path("a"), sound, 48000, "ogg", "vorbis");
    EXPECT_EQ(readSound(path("a")).front().size(), samples);
    writeSound(path("b"), sound, 48000, "ogg", "opus");
    EXPECT_EQ(readSound(path("b")).front().size(), samples);
    writeSound(path("c"), sound, 48000, "mp3", "mp3");
    EXPECT_EQ(readSound(path("c")).front().size(), samples);
  }
}

TEST_F(SoundFileIoTest, RefusesNonFiniteSamples) {
  Sound sound = makeTone(2, 3000);
  sound[1][2345] = std::numeric_limits<float>::quiet_NaN();
  writeSound(path("a.wav"), sound);
  EXPECT_NE(failureOf("a.wav").find("NaN at sample 2345 of channel 2"), std::string::npos);
  sound[1][2345] = -std::numeric_limits<float>::infinity();
  writeSound(path("a.wav"), sound);
  EXPECT_NE(failureOf("a.wav").find("Inf at sample 2345 of channel 2"), std::string::npos);
}

TEST_F(SoundFileIoTest, RefusesTruncatedFilesUnlessAllowed) {
  for (const char* container : {"wav", "flac", "aiff", "caf", "w64", "rf64", "au", "ogg", "mp3"}) {
    writeSound(path("a"), makeTone(1, 480000), 16000, container, "");
    const auto size = std::filesystem::file_size(path("a"));
    std::filesystem::resize_file(path("a"), size * 2 / 3);
    EXPECT_NE(failureOf("a").find("truncated"), std::string::npos) << container;
    if (std::string(container) == "caf") continue;  // libsndfile opens no shortened CAF file
    SoundFileReader reader(path("a"), true);
    const std::size_t samples = readSound(reader).front().size();
    EXPECT_GT(samples, 160000U) << container;
    EXPECT_LT(samples, 480000U) << container;
  }
}

TEST_F(SoundFileIoTest, RefusesWhatIsNoSound) {
  write("empty.wav", "");
  EXPECT_NE(failureOf("empty.wav").find("an empty file"), std::string::npos);
  write("text.wav", "no sound");
  EXPECT_NE(failureOf("text.wav").find("no sound format known"), std::string::npos);
  EXPECT_NE(failureOf("missing.wav").find("No such file"), std::string::npos);
  EXPECT_NE(failureOf("").find("a directory"), std::string::npos);
}

TEST(ResolveOutput, KeepsTheInputsFormat) {
  for (const char* container : {"wav", "wavex", "rf64", "flac", "caf"}) {
    const SoundSpec input = makeSpec(makeTone(2, 10), 48000, container, "pcm24");
    EXPECT_EQ(resolveOutput(input, {}, "out").format_code, input.format_code);
    EXPECT_EQ(resolveOutput(input, {}, "out.unknown").format_code, input.format_code);
  }
  // All of these are called .wav.
  for (const char* container : {"wav", "wavex", "rf64"}) {
    const SoundSpec input = makeSpec(makeTone(2, 10), 48000, container, "pcm24");
    EXPECT_EQ(resolveOutput(input, {}, "out.WAV").container, container);
  }
}

TEST(ResolveOutput, ExtensionOrWishChooseAnotherContainer) {
  struct Case {
    const char *subtype, *output, *wish, *container, *found;
  };
  for (const Case& c :
       {Case{"pcm24", "a.flac", "", "flac", "pcm24"}, Case{"float", "a.flac", "", "flac", "pcm24"},
        Case{"pcm32", "a.flac", "", "flac", "pcm24"}, Case{"pcmu8", "a.flac", "", "flac", "pcm8"},
        Case{"double", "a.aiff", "", "aiff", "double"}, Case{"pcm16", "a.ogg", "", "ogg", "vorbis"},
        Case{"pcm16", "a.opus", "", "ogg", "opus"}, Case{"pcm16", "a.MP3", "", "mp3", "mp3"},
        Case{"pcm16", "a.mp3", "caf", "caf", "pcm16"},
        Case{"pcm24", "a.rf64", "", "rf64", "pcm24"}}) {
    const SoundSpec input = makeSpec(makeTone(2, 10), 48000, "wav", c.subtype);
    const SoundSpec output = resolveOutput(input, {c.wish, ""}, c.output);
    EXPECT_EQ(output.container, c.container) << c.output;
    EXPECT_EQ(output.subtype, c.found) << c.subtype << ' ' << c.output;
  }
}

TEST(ResolveOutput, LossyInputBecomesSixteenBits) {
  for (const char* container : {"ogg", "mp3"}) {
    const SoundSpec input = makeSpec(makeTone(2, 10), 48000, container, "");
    EXPECT_EQ(resolveOutput(input, {}, "a.wav").subtype, "pcm16");
    EXPECT_EQ(resolveOutput(input, {}, "a.flac").subtype, "pcm16");
  }
}

TEST(ResolveOutput, RefusesWhatTheFormatCannotHold) {
  const SoundSpec input = makeSpec(makeTone(8, 10), 44100, "wav", "pcm16");
  EXPECT_THROW(resolveOutput(input, {}, "a.mp3"), Failure);
  EXPECT_THROW(resolveOutput(input, {}, "a.opus"), Failure);
  EXPECT_THROW(resolveOutput(input, {"flac", "float"}, "a"), Failure);
  EXPECT_NO_THROW(resolveOutput(input, {}, "a.ogg"));
}

TEST(ResolveOutput, WavPastFourGigabytesBecomesRf64) {
  SoundSpec input = makeSpec(makeTone(2, 10), 48000, "flac", "pcm24");
  input.samples = std::int64_t{36000} * 48000;
  EXPECT_EQ(resolveOutput(input, {}, "a.wav").container, "rf64");
  input.samples /= 10;
  EXPECT_EQ(resolveOutput(input, {}, "a.wav").container, "wav");
}

TEST(SoundNames, ExtensionsTellSounds) {
  EXPECT_TRUE(hasSoundExtension("a/b.FLAC"));
  EXPECT_TRUE(hasSoundExtension("c.opus"));
  EXPECT_FALSE(hasSoundExtension("wav"));
  EXPECT_FALSE(hasSoundExtension("a.txt"));
  for (const std::string& name : containerNames()) {
    EXPECT_TRUE(hasSoundExtension("a" + extensionOf(name))) << name;
  }
}

}  // namespace
}  // namespace hiss
