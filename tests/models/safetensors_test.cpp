// SPDX-License-Identifier: Apache-2.0
#include "models/safetensors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <string>
#include <vector>

#include "models/model_error.h"
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

// The error text that `bytes` are refused with; empty if they are read.
std::string refusal(const std::vector<std::byte>& bytes) {
  try {
    (void)SafetensorsFile::parse(bytes, "m");
  } catch (const ModelError& error) {
    return error.what();
  }
  return {};
}

// The same for a header given as text and zeros as data.
std::string refusal(const std::string& header, std::size_t data_bytes) {
  return refusal(assembleFile(header, std::vector<std::byte>(data_bytes)));
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets +
         "}}";
}

TEST(Safetensors, ReadsTensorsAndMetadata) {
  const std::vector<float> a = {1.0F, -2.5F, 3e-8F, 4.0F, 5.0F, 6.0F};
  const std::vector<float> b = {7.0F};
  const auto bytes = safetensorsBytes({floatTensor("a", {2, 3}, a), floatTensor("b", {}, b)},
                                      {{"hiss.task", "denoise"}});
  const SafetensorsFile file = SafetensorsFile::parse(bytes, "m");
  ASSERT_EQ(file.tensors().size(), 2U);
  const TensorView* view = file.find("a");
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(view->shape, (std::vector<std::int64_t>{2, 3}));
  EXPECT_EQ(std::vector<float>(view->data.begin(), view->data.end()), a);
  EXPECT_EQ(file.find("b")->data.size(), 1U);
  EXPECT_EQ(file.find("c"), nullptr);
  EXPECT_EQ(file.metadata("hiss.task"), "denoise");
  EXPECT_THROW((void)file.metadata("hiss.format"), ModelError);
}

TEST(Safetensors, ViewsSurviveAMove) {
  const std::vector<float> a = {1.0F, 2.0F};
  SafetensorsFile first =
      SafetensorsFile::parse(safetensorsBytes({floatTensor("a", {2}, a)}, {}), "m");
  const SafetensorsFile second = std::move(first);
  EXPECT_EQ(second.find("a")->data[1], 2.0F);
}

TEST(Safetensors, ConvertsHalfPrecision) {
  // 1, -2, largest, smallest normal, smallest subnormal, largest subnormal, -0
  const std::vector<std::uint16_t> bits = {0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x03ff, 0x8000};
  const std::vector<float> expected = {
      1.0F, -2.0F, 65504.0F, std::ldexp(1.0F, -14), std::ldexp(1.0F, -24), std::ldexp(1023.0F, -24),
      -0.0F};
  const auto file =
      SafetensorsFile::parse(safetensorsBytes({{"h", "F16", {7}, halfBytes(bits)}}, {}), "m");
  for (std::size_t i = 0; i < bits.size(); ++i) {
    EXPECT_EQ(file.find("h")->data[i], expected[i]);
    EXPECT_EQ(std::signbit(file.find("h")->data[i]), std::signbit(expected[i]));
  }
}

TEST(Safetensors, ConvertsBfloat16) {
  const std::vector<std::uint16_t> bits = {0x3f80, 0xc000, 0x7f7f, 0x0001};
  const auto file =
      SafetensorsFile::parse(safetensorsBytes({{"b", "BF16", {4}, halfBytes(bits)}}, {}), "m");
  const auto data = file.find("b")->data;
  EXPECT_EQ(data[0], 1.0F);
  EXPECT_EQ(data[1], -2.0F);
  EXPECT_EQ(data[2], std::ldexp(255.0F, 120));
  EXPECT_EQ(data[3], std::ldexp(1.0F, -133));
}

TEST(Safetensors, AcceptsTensorsInAnyOrderAndPaddedHeader) {
  const std::string header = R"({"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]},)"
                             R"("a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}   )";
  const auto file = SafetensorsFile::parse(assembleFile(header, std::vector<std::byte>(8)), "m");
  EXPECT_EQ(file.tensors()[0].name, "a");
}

TEST(Safetensors, RefusesABadLength) {
  EXPECT_EQ(refusal(std::vector<std::byte>(5)),
            "m: header length: expected 8 bytes, found 5 (truncated or not a .safetensors file)");
  EXPECT_EQ(refusal(std::vector<std::byte>(8)), "m: header: expected a JSON object, found nothing");
  std::vector<std::byte> bytes = assembleFile("{}", {});
  bytes[0] = std::byte{3};
  EXPECT_EQ(refusal(bytes),
            "m: header length: expected at most the 2 bytes that follow it, found 3 (truncated "
            "file?)");
  bytes[7] = std::byte{0xff};
  EXPECT_EQ(refusal(bytes),
            "m: header length: expected at most 1048576 bytes, found 18374686479671623683 (not a "
            ".safetensors file?)");
}

TEST(Safetensors, RefusesBadJson) {
  EXPECT_EQ(refusal("[]", 0), "m: header: expected a JSON object, found \"[]\"");
  EXPECT_EQ(refusal(R"({"a":)", 0), "m: header: expected valid JSON, found an error at byte 6");
  EXPECT_EQ(refusal("{} x", 0), "m: header: expected valid JSON, found an error at byte 4");
  EXPECT_EQ(refusal("{\"\xff\":1}", 0), "m: header: expected valid JSON, found an error at byte 3");
  EXPECT_EQ(refusal("{" + std::string(1000, '['), 0),
            "m: header: expected valid JSON, found an error at byte 2");
  EXPECT_EQ(refusal(R"({"a":)" + std::string(100000, '['), 0),
            "m: header: expected at most 8 levels of nesting, found more");
}

TEST(Safetensors, RefusesDuplicateNames) {
  const std::string one = R"({"dtype":"F32","shape":[1],"data_offsets":[0,4]})";
  EXPECT_EQ(refusal(R"({"a":)" + one + R"(,"a":)" + one + "}", 4),
            "m: header: expected each key once, found \"a\" twice");
  EXPECT_EQ(refusal(R"({"a":{"dtype":"F32","dtype":"F16","shape":[1],"data_offsets":[0,4]}})", 4),
            "m: header: expected each key once, found \"dtype\" twice");
}

TEST(Safetensors, RefusesBadMetadata) {
  EXPECT_EQ(refusal(R"({"__metadata__":[]})", 0),
            "m: __metadata__: expected an object, found an array of 0");
  EXPECT_EQ(refusal(R"({"__metadata__":{"k":1}})", 0),
            "m: __metadata__.k: expected a string, found 1");
}

TEST(Safetensors, RefusesAnIncompleteEntry) {
  EXPECT_EQ(refusal(R"({"a":1})", 0),
            "m: a: expected an object with dtype, shape and data_offsets, found 1");
  EXPECT_EQ(refusal(R"({"a":{"dtype":"F32","shape":[1]}})", 0),
            "m: a.data_offsets: expected a value, found none");
  EXPECT_EQ(refusal(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":0}})", 4),
            "m: a: expected only dtype, shape and data_offsets, found \"x\"");
}

TEST(Safetensors, RefusesAnUnknownDtype) {
  EXPECT_EQ(refusal(entry("\"I64\"", "[1]", "[0,8]"), 8),
            "m: a.dtype: expected \"F32\", \"F16\" or \"BF16\", found \"I64\"");
  EXPECT_EQ(refusal(entry("7", "[1]", "[0,8]"), 8),
            "m: a.dtype: expected \"F32\", \"F16\" or \"BF16\", found 7");
}

TEST(Safetensors, RefusesABadShape) {
  EXPECT_EQ(refusal(entry("\"F32\"", "4", "[0,4]"), 4),
            "m: a.shape: expected an array of at most 8 dimensions, found 4");
  EXPECT_EQ(refusal(entry("\"F32\"", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4),
            "m: a.shape: expected an array of at most 8 dimensions, found an array of 9");
  for (const char* bad : {"-1", "0", "1.5", "\"1\"", "null", "1e3"}) {
    const std::string text = refusal(entry("\"F32\"", std::string("[") + bad + "]", "[0,4]"), 4);
    EXPECT_EQ(text.find("m: a.shape: expected positive whole numbers, found "), 0U) << text;
  }
  // Both the product and each factor could wrap around.
  EXPECT_EQ(refusal(entry("\"F32\"", "[4294967296,4294967296]", "[0,0]"), 0),
            "m: a.shape: expected a tensor no larger than the file, found more than 4294967296 "
            "values");
  EXPECT_EQ(refusal(entry("\"F32\"", "[18446744073709551615,2]", "[0,4]"), 4),
            "m: a.shape: expected a tensor no larger than the file, found more than 4294967296 "
            "values");
}

TEST(Safetensors, RefusesBadOffsets) {
  EXPECT_EQ(refusal(entry("\"F32\"", "[1]", "[0]"), 4),
            "m: a.data_offsets: expected [begin, end], found an array of 1");
  EXPECT_EQ(refusal(entry("\"F32\"", "[1]", "[-4,0]"), 4),
            "m: a.data_offsets: expected [begin, end], found an array of 2");
  EXPECT_EQ(refusal(entry("\"F32\"", "[1]", "[4,0]"), 4),
            "m: a.data_offsets: expected a range within 4 bytes of data, found 4..0");
  EXPECT_EQ(refusal(entry("\"F32\"", "[2]", "[0,8]"), 4),
            "m: a.data_offsets: expected a range within 4 bytes of data, found 0..8");
  EXPECT_EQ(refusal(entry("\"F32\"", "[1]", "[18446744073709551612,18446744073709551615]"), 4),
            "m: a.data_offsets: expected a range within 4 bytes of data, found "
            "18446744073709551612..18446744073709551615");
  EXPECT_EQ(refusal(entry("\"F32\"", "[2]", "[0,4]"), 4),
            "m: a.data_offsets: expected 8 bytes for the shape, found 4 bytes (0..4)");
}

TEST(Safetensors, RefusesOverlapGapAndTrailingBytes) {
  const auto two = [](const std::string& first, const std::string& second) {
    return R"({"a":{"dtype":"F32","shape":[1],"data_offsets":)" + first +
           R"(},"b":{"dtype":"F32","shape":[1],"data_offsets":)" + second + "}}";
  };
  EXPECT_EQ(refusal(two("[0,4]", "[2,6]"), 6),
            "m: b.data_offsets: expected data from byte 4 (no overlap), found data from byte 2");
  EXPECT_EQ(refusal(two("[0,4]", "[0,4]"), 4),
            "m: b.data_offsets: expected data from byte 4 (no overlap), found data from byte 0");
  EXPECT_EQ(refusal(two("[0,4]", "[8,12]"), 12),
            "m: b.data_offsets: expected data from byte 4 (no gap), found data from byte 8");
  EXPECT_EQ(refusal(two("[0,4]", "[4,8]"), 9),
            "m: data: expected 8 bytes of tensors, found 9 bytes (trailing data)");
}

TEST(Safetensors, RefusesValuesThatAreNotFinite) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(refusal(safetensorsBytes({floatTensor("w", {2}, std::vector<float>{1.0F, nan})}, {})),
            "m: w: expected finite values, found NaN at index 1");
  EXPECT_EQ(refusal(safetensorsBytes({floatTensor("w", {1}, std::vector<float>{-infinity})}, {})),
            "m: w: expected finite values, found infinity at index 0");
  const std::vector<std::uint16_t> half_infinity = {0x7c00};
  EXPECT_EQ(refusal(safetensorsBytes({{"w", "F16", {1}, halfBytes(half_infinity)}}, {})),
            "m: w: expected finite values, found infinity at index 0");
  const std::vector<std::uint16_t> bf16_nan = {0x7fc0};
  EXPECT_EQ(refusal(safetensorsBytes({{"w", "BF16", {1}, halfBytes(bf16_nan)}}, {})),
            "m: w: expected finite values, found NaN at index 0");
}

TEST(Safetensors, KeepsErrorsToOneShortLine) {
  const std::string name = "a\\n\\u001b[31m" + std::string(300, 'x');
  const std::string text = refusal("{\"" + name + "\":1}", 0);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_EQ(text.find("m: a\\x0a\\x1b[31mxxx"), 0U) << text;
  EXPECT_LT(text.size(), 200U);
}

TEST(Safetensors, RefusesEveryTruncation) {
  const std::vector<float> values(10, 1.0F);
  const auto bytes = safetensorsBytes({floatTensor("a", {10}, values)}, {{"k", "v"}});
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const std::vector<std::byte> cut(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_NE(refusal(cut), "") << n;
  }
  EXPECT_EQ(refusal(bytes), "");
}

TEST(Safetensors, RefusesWhatIsNoFile) {
  const auto refusal_of = [](const std::filesystem::path& path) {
    try {
      (void)SafetensorsFile::read(path);
    } catch (const ModelError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::filesystem::path folder = testing::TempDir();
  const std::string missing = (folder / "no-such.safetensors").string();
  EXPECT_EQ(refusal_of(missing), missing + ": file: expected a model file, found no such file");
  EXPECT_EQ(refusal_of(folder),
            folder.string() + ": file: expected a model file, found a directory");
  EXPECT_EQ(refusal_of("/dev/null"),
            "/dev/null: file: expected a regular file, found something else");
}

}  // namespace
}  // namespace hiss
