// SPDX-License-Identifier: Apache-2.0
// What the fuzz target looks for, without a fuzzer: a fixed number of damaged model files, the same
// in every run.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <random>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tests/fuzz/model_file_check.h"
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

constexpr int kMutations = 10000;  // of each model

std::vector<std::byte> bytesOf(std::string_view text) {
  std::vector<std::byte> bytes;
  for (const char c : text) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

// Applies one to four small changes at places drawn from `engine`, most of them in the header.
void mutate(std::vector<std::byte>& bytes, std::size_t header_end, std::mt19937& engine) {
  static const std::vector<std::string_view> kPieces = {
      "-1",         "0",       "1e309",    "99999999999999999999",
      "null",       "[]",      "{}",       "\"",
      "\\u0000",    ",",       "[[[[",     "18446744073709551615",
      "4294967296", "\"F16\"", "\"BF16\"", "NaN",
      "1.5",        "\xff",    "true"};
  const auto below = [&](std::size_t n) { return n == 0 ? 0 : engine() % n; };
  const std::size_t changes = 1 + below(4);
  for (std::size_t i = 0; i < changes && !bytes.empty(); ++i) {
    const std::size_t limit = below(8) == 0 ? bytes.size() : std::min(header_end, bytes.size());
    const std::size_t at = below(limit);
    const auto where = bytes.begin() + static_cast<std::ptrdiff_t>(at);
    switch (below(6)) {
      case 0:  // one bit
        bytes[at] ^= static_cast<std::byte>(1U << below(8));
        break;
      case 1:  // one byte
        bytes[at] = static_cast<std::byte>(below(256));
        break;
      case 2:  // cut the end off
        bytes.resize(below(8) == 0 ? at : bytes.size() - below(std::min<std::size_t>(64, at + 1)));
        break;
      case 3: {  // take a stretch out
        const std::size_t count = std::min(below(32), bytes.size() - at);
        bytes.erase(where, where + static_cast<std::ptrdiff_t>(count));
        break;
      }
      case 4: {  // put JSON in
        const std::vector<std::byte> piece = bytesOf(kPieces[below(kPieces.size())]);
        bytes.insert(where, piece.begin(), piece.end());
        break;
      }
      default: {  // repeat a stretch
        const std::size_t count = std::min(below(64), bytes.size() - at);
        const std::vector<std::byte> piece(where, where + static_cast<std::ptrdiff_t>(count));
        bytes.insert(where, piece.begin(), piece.end());
        break;
      }
    }
  }
}

void checkMutations(const TestModel& model,
                    bool (*check)(std::span<const std::byte>) = checkModelBytes) {
  const std::vector<std::byte> valid = model.bytes();
  const std::size_t header_end = 8 + headerOf(model.tensors, model.metadata).size();
  ASSERT_TRUE(check(valid));
  std::mt19937 engine(20261121);
  int taken = 0;
  for (int i = 0; i < kMutations; ++i) {
    std::vector<std::byte> bytes = valid;
    mutate(bytes, header_end, engine);
    taken += check(bytes) ? 1 : 0;
  }
  // Some changes are harmless (a weight, the card's text), most are not.
  EXPECT_GT(taken, 0);
  EXPECT_LT(taken, kMutations / 2);
}

TEST(ModelFileMutation, NeverCrashesTheReader) {
  checkMutations(randomModel(smallConfig()));
  checkMutations(randomModel(smallHighBandConfig()));
  for (const BlockKind kind : kBlockKinds) checkMutations(randomModel(smallKindConfig(kind)));
  checkMutations(randomForecaster(), checkForecasterBytes);
}

TEST(ModelFileMutation, NeverCrashesTheReaderOfSequenceModels) {
  using Input = SequenceConfig::Input;
  Input input = Input::kTokens;
  for (const BlockKind kind : kBlockKinds) {
    checkMutations(randomSequenceModel(smallSequenceConfig(kind, input)), checkSequenceBytes);
    input = input == Input::kTokens ? Input::kFeatures : Input::kTokens;
  }
}

TEST(ModelFileMutation, NeverCrashesOnExtremeWeights) {
  std::mt19937 engine(7);
  for (int i = 0; i < 400; ++i) {
    const BlockKind kind = kBlockKinds[static_cast<std::size_t>(i / 2) % std::size(kBlockKinds)];
    TestModel model = randomModel(i % 2 == 0 ? smallHighBandConfig() : smallKindConfig(kind),
                                  static_cast<std::uint32_t>(i));
    for (TestTensor& tensor : model.tensors) {
      if (engine() % 4 != 0) continue;
      const float value = engine() % 2 == 0                      ? 3e38F
                          : tensor.name.ends_with("running_var") ? 0.0F
                                                                 : -3e38F;
      tensor.data = floatBytes(std::vector<float>(tensor.data.size() / sizeof(float), value));
    }
    (void)checkModelBytes(model.bytes());
  }
}

TEST(ModelFileMutation, NeverCrashesOnExtremeWeightsOfAForecaster) {
  std::mt19937 engine(8);
  for (int i = 0; i < 400; ++i) {
    TestModel model = randomForecaster(smallForecasterConfig(), static_cast<std::uint32_t>(i));
    for (TestTensor& tensor : model.tensors) {
      if (engine() % 4 != 0) continue;
      const float value = engine() % 2 == 0 ? 3e38F : -3e38F;
      tensor.data = floatBytes(std::vector<float>(tensor.data.size() / sizeof(float), value));
    }
    EXPECT_TRUE(checkForecasterBytes(model.bytes()));
  }
}

TEST(ModelFileMutation, NeverCrashesOnExtremeWeightsOfASequenceModel) {
  std::mt19937 engine(9);
  for (std::uint32_t i = 0; i < 400; ++i) {
    const BlockKind kind = kBlockKinds[i % std::size(kBlockKinds)];
    const auto input = static_cast<SequenceConfig::Input>(engine() % 2);
    TestModel model = randomSequenceModel(smallSequenceConfig(kind, input), i);
    for (TestTensor& tensor : model.tensors) {
      if (engine() % 4 != 0) continue;
      const float value = engine() % 2 == 0 ? 3e38F : -3e38F;
      tensor.data = floatBytes(std::vector<float>(tensor.data.size() / sizeof(float), value));
    }
    EXPECT_TRUE(checkSequenceBytes(model.bytes()));
  }
}

}  // namespace
}  // namespace hiss
