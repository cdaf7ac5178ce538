// SPDX-License-Identifier: Apache-2.0
// Files of torch.save: what is read of them, and what they are refused for.
#include <gtest/gtest.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "models/import/checkpoint.h"
#include "models/model_bytes.h"
#include "models/model_error.h"
#include "tests/models/torch_file_maker.h"
#include "tests/support/golden.h"

namespace hiss {
namespace {

template <class Number>
std::string bytesOf(const std::vector<Number>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Number)};
}

std::string refusal(const std::vector<std::byte>& file) {
  try {
    (void)Checkpoint::parse(file, "file.pt");
  } catch (const ModelError& error) {
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return error.what();
  }
  return "taken";
}

std::string refusalOfPickle(const std::string& pickle) { return refusal(torchBytes(pickle)); }

std::vector<std::byte> fileOf(const PickledTensor& tensor, const std::string& data) {
  return torchBytes(pickleDict("w", pickleTensor(tensor)), {{"0", data}});
}

std::vector<float> valuesOf(const std::vector<std::byte>& file,
                            const std::vector<std::int64_t>& shape) {
  const Checkpoint checkpoint = Checkpoint::parse(file, "file.pt");
  const auto values = checkpoint.require("w", shape);
  return {values.begin(), values.end()};
}

// 0 ... 5 as each type has them.
struct Typed {
  const char* type;
  std::string bytes;
};
std::vector<Typed> typedValues() {
  return {{"FloatStorage", bytesOf<float>({0, 1, 2, 3, 4, 5})},
          {"DoubleStorage", bytesOf<double>({0, 1, 2, 3, 4, 5})},
          {"HalfStorage", bytesOf<std::uint16_t>({0, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500})},
          {"BFloat16Storage", bytesOf<std::uint16_t>({0, 0x3f80, 0x4000, 0x4040, 0x4080, 0x40a0})},
          {"LongStorage", bytesOf<std::int64_t>({0, 1, 2, 3, 4, 5})},
          {"IntStorage", bytesOf<std::int32_t>({0, 1, 2, 3, 4, 5})},
          {"ShortStorage", bytesOf<std::int16_t>({0, 1, 2, 3, 4, 5})},
          {"CharStorage", bytesOf<std::int8_t>({0, 1, 2, 3, 4, 5})},
          {"ByteStorage", bytesOf<std::uint8_t>({0, 1, 2, 3, 4, 5})}};
}

TEST(Checkpoint, ReadsWhatTorchSaves) {
  const Checkpoint checkpoint = Checkpoint::read(goldenPath("cleanumamba_tiny.pkl"));
  EXPECT_EQ(checkpoint.tensors().size(), 52U);
  EXPECT_EQ(checkpoint.tensors().front().name, "encoder.0.0.weight");
  EXPECT_EQ(checkpoint.extent("encoder.0.0.weight", 2, 3), 4);
  // log(1 ... 4) in half precision.
  const auto A_log = checkpoint.require("tsfm_Mamba_layers.0.mixer.A_log", {8, 4});
  EXPECT_EQ(A_log[0], 0.0F);
  EXPECT_NEAR(A_log[6], 1.0986F, 1e-3F);
  EXPECT_EQ(checkpoint.values().at("network_config").at("encoder_n_layers"), 3);
  EXPECT_EQ(checkpoint.values().at("iter"), 1);
}

TEST(Checkpoint, ReadsEveryTypeOfNumber) {
  for (const Typed& typed : typedValues()) {
    const auto file =
        fileOf({.type = typed.type, .count = 6, .shape = {2, 3}, .strides = {3, 1}}, typed.bytes);
    EXPECT_EQ(valuesOf(file, {2, 3}), (std::vector<float>{0, 1, 2, 3, 4, 5})) << typed.type;
  }
  const auto flags =
      fileOf({.type = "BoolStorage", .count = 2, .shape = {2}, .strides = {1}}, {"\0\1", 2});
  EXPECT_EQ(valuesOf(flags, {2}), (std::vector<float>{0, 1}));
}

TEST(Checkpoint, ReadsViewsOfAStorage) {
  const std::string six = bytesOf<float>({0, 1, 2, 3, 4, 5});
  EXPECT_EQ(valuesOf(fileOf({.count = 6, .shape = {3, 2}, .strides = {1, 3}}, six), {3, 2}),
            (std::vector<float>{0, 3, 1, 4, 2, 5}));
  EXPECT_EQ(valuesOf(fileOf({.count = 6, .offset = 4, .shape = {2}, .strides = {1}}, six), {2}),
            (std::vector<float>{4, 5}));
  EXPECT_EQ(valuesOf(fileOf({.count = 6, .offset = 5, .shape = {}, .strides = {}}, six), {}),
            (std::vector<float>{5}));
  EXPECT_EQ(valuesOf(fileOf({.count = 6, .shape = {2, 2}, .strides = {0, 1}}, six), {2, 2}),
            (std::vector<float>{0, 1, 0, 1}));
}

TEST(Checkpoint, RefusesWhatWouldRunCode) {
  EXPECT_NE(refusalOfPickle(pickleGlobal("os", "system") + "(" + pickleText("true") + "tR.")
                .find("expected only the globals of tensors, found global \"os.system\""),
            std::string::npos);
  // By the instruction that takes the name from the stack.
  EXPECT_NE(refusalOfPickle("\x80\x04" + pickleText("builtins") + pickleText("eval") + "\x93.")
                .find("global \"builtins.eval\""),
            std::string::npos);
  EXPECT_NE(refusalOfPickle(pickleGlobal("torch.storage", "_load_from_bytes") + ".")
                .find("torch.storage._load_from_bytes"),
            std::string::npos);
  // INST, OBJ, NEWOBJ, EXT1, and BUILD of what is no dict.
  for (const std::string code : {"(ios\nsystem\n.", "(o.", "\x81.", "\x82\x01."}) {
    EXPECT_NE(refusalOfPickle(code).find("found instruction"), std::string::npos) << code;
  }
  EXPECT_NE(refusalOfPickle("K\x01Nb.").find("an OrderedDict that is given attributes"),
            std::string::npos);
  // A known global is not called but as PyTorch does.
  const std::string storage = pickleGlobal("torch", "FloatStorage");
  EXPECT_NE(refusalOfPickle(storage + "K\x01\x85R.").find("torch.FloatStorage"), std::string::npos);
}

TEST(Checkpoint, RefusesADamagedPickle) {
  for (const std::string code :
       {"", "\x80\x02", "X\xff\xff\xff\x7f", ".", "0.", "t.", "s.", "Q.", "R.", "h\x07.", "(1.",
        "\x85.", "]K\x01u.", "\x8a\x09", "(K\x01s.", "\x80\x09.", "(0."}) {
    EXPECT_NE(refusalOfPickle(code).find("file.pt: data.pkl byte "), std::string::npos) << code;
  }
  EXPECT_NE(refusalOfPickle("]."), "taken");  // no dict
  EXPECT_NE(refusalOfPickle("}."), "taken");  // no tensors
  EXPECT_NE(refusalOfPickle(std::string(5U << 20U, 'N')).find("4194304"), std::string::npos);
  EXPECT_NE(refusalOfPickle(std::string(2U << 20U, ']') + ".").find("2^20"), std::string::npos);
  EXPECT_NE(refusalOfPickle(std::string(2U << 20U, '(') + ".").find("2^20"), std::string::npos);
  // A list that holds itself as a plain value of the file.
  EXPECT_NE(
      refusalOfPickle(std::string("}") + pickleText("a") + "]q\x01h\x01" + "as.").find("8 levels"),
      std::string::npos);
}

TEST(Checkpoint, CopiesNoValueOverAndOver) {
  // Lists of 16 times the list before, seven deep.
  std::string code = std::string("}") + pickleText("a") + "]K\x01" + "aq\x01";
  for (int depth = 0; depth < 7; ++depth) {
    code += "0](";
    for (int i = 0; i < 16; ++i) code += "h\x01";
    code += "eq\x01";
  }
  EXPECT_NE(refusalOfPickle(code + "s.").find("65536 values"), std::string::npos);
}

TEST(Checkpoint, RefusesATensorThatReachesBeyondItsData) {
  const std::string six = bytesOf<float>({0, 1, 2, 3, 4, 5});
  const std::vector<PickledTensor> wrong = {
      {.count = 6, .shape = {7}, .strides = {1}},
      {.count = 6, .offset = 1, .shape = {2, 3}, .strides = {3, 1}},
      {.count = 6, .offset = -1, .shape = {1}, .strides = {1}},
      {.count = 6, .offset = 6, .shape = {}, .strides = {}},
      {.count = 6, .shape = {-2}, .strides = {1}},
      {.count = 6, .shape = {0}, .strides = {1}},
      {.count = 6, .shape = {2}, .strides = {-1}},
      {.count = 6, .shape = {2, 3}, .strides = {1}},
      {.count = 6, .shape = {0x7fffffff, 0x7fffffff}, .strides = {0x7fffffff, 0x7fffffff}},
      {.count = 6, .shape = {1 << 20, 1 << 20}, .strides = {0, 0}},
      {.count = 5, .shape = {2}, .strides = {1}},
      {.key = "1", .count = 6, .shape = {2}, .strides = {1}},
  };
  for (const PickledTensor& tensor : wrong) {
    EXPECT_NE(refusal(fileOf(tensor, six)), "taken");
  }
  EXPECT_NE(refusal(fileOf(wrong[0], six)).find("file.pt: w: expected a tensor within 6 values"),
            std::string::npos);
  EXPECT_NE(refusal(fileOf({.type = "FloatStorage2", .shape = {1}, .strides = {1}}, six))
                .find("torch.FloatStorage2"),
            std::string::npos);
}

// A view that repeats one value asks for no more than a few times the file.
TEST(Checkpoint, RefusesATensorFarLargerThanTheFile) {
  const std::string six = bytesOf<float>({0, 1, 2, 3, 4, 5});
  const PickledTensor wide = {.count = 6, .shape = {1 << 14, 1 << 14}, .strides = {0, 0}};
  EXPECT_NE(refusal(fileOf(wide, six)).find("expected a tensor within 6 values of data"),
            std::string::npos);
  std::string pickle = "\x80\x02}(";
  for (const char* const name : {"a", "b", "c", "d", "e", "f", "g", "h"}) {
    pickle += pickleText(name) + pickleTensor({.count = 6, .shape = {1 << 10}, .strides = {0}});
  }
  EXPECT_NE(refusal(torchBytes(pickle + "u.", {{.name = "0", .bytes = six}}))
                .find("values in all tensors, found more"),
            std::string::npos);
}

TEST(Checkpoint, RefusesValuesThatAreNotFinite) {
  const PickledTensor tensor = {.count = 2, .shape = {2}, .strides = {1}};
  const std::string bad = bytesOf<std::uint32_t>({0x3f800000, 0x7fc00000});
  EXPECT_NE(refusal(fileOf(tensor, bad)).find("w: expected finite values, found NaN at index 1"),
            std::string::npos);
  const PickledTensor wide = {.type = "DoubleStorage", .shape = {1}, .strides = {1}};
  EXPECT_NE(refusal(fileOf(wide, bytesOf<double>({1e300}))).find("infinity"), std::string::npos);
}

TEST(Checkpoint, RefusesADamagedArchive) {
  const std::vector<std::byte> good = readModelBytes(goldenPath("cleanumamba_tiny.pkl"));
  ASSERT_EQ(refusal(good), "taken");
  std::vector<std::byte> cut = good;
  cut.resize(good.size() / 2);
  EXPECT_NE(refusal(cut).find("a zip archive, as PyTorch writes"), std::string::npos);
  // A bit of a weight: the checksum tells.
  std::vector<std::byte> flipped = good;
  flipped[good.size() / 2] ^= std::byte{1};
  EXPECT_NE(refusal(flipped), "taken");
  EXPECT_NE(refusal({}).find("another format"), std::string::npos);
  EXPECT_NE(refusal(zipBytes({{"a/data.pk", "x"}})).find("data.pkl"), std::string::npos);
  EXPECT_NE(refusal(zipBytes({{"a/data.pkl", "}."}, {"a/data.pkl", "}."}})).find("already exists"),
            std::string::npos);
  EXPECT_NE(refusal(zipBytes({{"a/byteorder", "big"}, {"a/data.pkl", "}."}})).find("little"),
            std::string::npos);
  EXPECT_NE(refusal(zipBytes({{.name = "a/data.pkl", .bytes = "}.", .method = 12}}))
                .find("a/data.pkl: expected a file that is stored or deflated, found compression "
                      "method 12"),
            std::string::npos);
  // Nothing is read, and no memory taken, for what unpacks to a thousand times the archive.
  EXPECT_NE(refusal(zipBytes({{.name = "a/data.pkl",
                               .bytes = "}.",
                               .deflated = true,
                               .more = std::uint64_t{1} << 30U}}))
                .find("expected files of at most 16 times the archive's bytes"),
            std::string::npos);
  EXPECT_NE(refusal(zipBytes({{.name = "a/data.pkl", .bytes = "}.", .deflated = true, .more = 9}})),
            "taken");
}

TEST(Checkpoint, ReadsArchivesThatWerePackedAnew) {
  const std::string pickle =
      pickleDict("w", pickleTensor({.count = 6, .shape = {2, 3}, .strides = {3, 1}}));
  const std::string six = bytesOf<float>({0, 1, 2, 3, 4, 5});
  for (const bool deflated : {false, true}) {
    for (const bool zip64 : {false, true}) {
      const auto file =
          zipBytes({{.name = "a/data.pkl", .bytes = pickle, .deflated = deflated, .zip64 = zip64},
                    {.name = "a/data/0", .bytes = six, .deflated = deflated, .zip64 = zip64}});
      EXPECT_EQ(valuesOf(file, {2, 3}), (std::vector<float>{0, 1, 2, 3, 4, 5}))
          << deflated << zip64;
    }
  }
}

// Two views of one storage beside another storage: none is read from what was let go.
TEST(Checkpoint, ReadsTensorsThatShareAStorage) {
  const PickledTensor first = {.count = 2, .shape = {2}, .strides = {1}};
  const PickledTensor other = {.key = "1", .count = 1, .shape = {1}, .strides = {1}};
  const std::string pickle = "\x80\x02}(" + pickleText("a") + pickleTensor(first) +
                             pickleText("b") + pickleTensor(other) + pickleText("c") +
                             pickleTensor(first) + "u.";
  const Checkpoint checkpoint =
      Checkpoint::parse(torchBytes(pickle, {{.name = "0", .bytes = bytesOf<float>({1, 2})},
                                            {.name = "1", .bytes = bytesOf<float>({3})}}),
                        "file.pt");
  EXPECT_EQ(checkpoint.require("c", {2})[1], 2.0F);
  EXPECT_EQ(checkpoint.require("b", {1})[0], 3.0F);
}

}  // namespace
}  // namespace hiss
