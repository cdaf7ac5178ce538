// SPDX-License-Identifier: Apache-2.0
#include "app/engine/declared_length.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "tests/app/temporary_folder.h"

namespace hiss {
namespace {

std::string little(std::uint64_t value, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(value >> (8 * i));
  return text;
}

std::string big(std::uint64_t value, int bytes) {
  std::string text = little(value, bytes);
  return {text.rbegin(), text.rend()};
}

std::string silence(int bytes) { return std::string(static_cast<std::size_t>(bytes), '\0'); }

std::string wav(std::uint64_t promised, int present) {
  return "RIFF" + little(36 + promised, 4) + "WAVEfmt " + little(16, 4) + silence(16) + "LIST" +
         little(3, 4) + silence(4) + "data" + little(promised, 4) + silence(present);
}

class DeclaredLengthTest : public TemporaryFolderTest {
 protected:
  // -1: nothing declared; else the bytes missing.
  std::int64_t missing(const std::string& content) {
    ByteFile file = ByteFile::openForReading(write("file", content));
    const std::optional<DeclaredLength> length = declaredLength(file);
    EXPECT_EQ(file.position(), 0);
    if (!length) return -1;
    EXPECT_EQ(length->isTruncated(), length->present_bytes < length->promised_bytes);
    return length->promised_bytes - length->present_bytes;
  }
};

TEST_F(DeclaredLengthTest, Wav) {
  EXPECT_EQ(missing(wav(1000, 1000)), 0);
  EXPECT_EQ(missing(wav(1000, 1200)), 0);  // chunks after the sound
  EXPECT_EQ(missing(wav(1001, 1001)), 0);  // the padding byte may lack
  EXPECT_EQ(missing(wav(1000, 999)), 1);
  EXPECT_EQ(missing(wav(1000, 0)), 1000);
}

TEST_F(DeclaredLengthTest, PlaceholdersDeclareNothing) {
  for (const std::uint64_t size : {0x0U, 0xFFFFFFFFU, 0xFFFFF000U, 0x7FFFF000U, 0x80000000U}) {
    EXPECT_EQ(missing(wav(size, 500)), -1) << size;
  }
  EXPECT_EQ(missing(wav(0x70000000U, 500)), 0x70000000 - 500);
}

TEST_F(DeclaredLengthTest, BigEndianWav) {
  const std::string header = "RIFX" + big(1036, 4) + "WAVEfmt " + big(16, 4) + silence(16);
  EXPECT_EQ(missing(header + "data" + big(1000, 4) + silence(1000)), 0);
  EXPECT_EQ(missing(header + "data" + big(1000, 4) + silence(900)), 100);
}

TEST_F(DeclaredLengthTest, Rf64TakesTheLengthFromDs64) {
  const std::string header = "RF64" + little(0xFFFFFFFF, 4) + "WAVEds64" + little(28, 4) +
                             little(0, 8) + little(1000, 8) + silence(12) + "fmt " + little(16, 4) +
                             silence(16) + "data" + little(0xFFFFFFFF, 4);
  EXPECT_EQ(missing(header + silence(1000)), 0);
  EXPECT_EQ(missing(header + silence(400)), 600);
}

TEST_F(DeclaredLengthTest, Wave64) {
  const auto chunk = [](const std::string& tag, std::uint64_t size) {
    return tag + silence(12) + little(size, 8);
  };
  const std::string header =
      chunk("riff", 0) + "wave" + silence(12) + chunk("fmt ", 40) + silence(16);
  EXPECT_EQ(missing(header + chunk("data", 1024) + silence(1000)), 0);
  EXPECT_EQ(missing(header + chunk("data", 1024) + silence(10)), 990);
  EXPECT_EQ(missing(header + chunk("data", 5) + silence(10)), -1);
}

TEST_F(DeclaredLengthTest, Aiff) {
  const std::string header = "FORM" + big(0, 4) + "AIFFCOMM" + big(18, 4) + silence(18);
  EXPECT_EQ(missing(header + "SSND" + big(1008, 4) + silence(1008)), 0);
  EXPECT_EQ(missing(header + "SSND" + big(1008, 4) + silence(508)), 500);
}

TEST_F(DeclaredLengthTest, Caf) {
  const std::string header = "caff" + silence(4) + "desc" + big(32, 8) + silence(32);
  EXPECT_EQ(missing(header + "data" + big(1000, 8) + silence(1000)), 0);
  EXPECT_EQ(missing(header + "data" + big(1000, 8) + silence(500)), 500);
  EXPECT_EQ(missing(header + "data" + big(~std::uint64_t{0}, 8) + silence(500)), -1);
}

TEST_F(DeclaredLengthTest, Au) {
  EXPECT_EQ(missing(".snd" + big(24, 4) + big(100, 4) + silence(12) + silence(100)), 0);
  EXPECT_EQ(missing(".snd" + big(24, 4) + big(100, 4) + silence(12) + silence(30)), 70);
  EXPECT_EQ(missing(".snd" + big(24, 4) + big(0xFFFFFFFF, 4) + silence(50)), -1);
}

TEST_F(DeclaredLengthTest, OtherAndDamagedFilesDeclareNothing) {
  EXPECT_EQ(missing("fLaC" + silence(100)), -1);
  EXPECT_EQ(missing("RI"), -1);
  EXPECT_EQ(missing(wav(1000, 1000).substr(0, 50)), -1);
  // Chunks without end.
  std::string endless = "RIFF" + little(0, 4) + "WAVE";
  for (int i = 0; i < 5000; ++i) endless += "junk" + little(0, 4);
  EXPECT_EQ(missing(endless + "data" + little(1000, 4)), -1);
}

}  // namespace
}  // namespace hiss
