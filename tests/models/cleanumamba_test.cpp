// SPDX-License-Identifier: Apache-2.0
// The CleanUMamba network hop by hop against PyTorch, which computes the whole sound at once.
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/cleanumamba_net.h"
#include "models/import/checkpoint.h"
#include "models/import/cleanumamba_import.h"
#include "models/safetensors.h"
#include "ssm/simd/dispatch.h"
#include "tests/models/stream_tools.h"
#include "tests/support/allocation_guard.h"
#include "tests/support/golden.h"
#include "tests/support/tolerance.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

constexpr double kLeastSnrDb = 80.0;

CleanUMambaNet netOf(const fs::path& path, const Kernels& kernels) {
  const Checkpoint weights = Checkpoint::read(path);
  const CleanUMambaConfig config =
      cleanUMambaConfigOf(weights, weights.values().at("network_config"));
  return CleanUMambaNet(CleanUMambaWeights::pack(
      config,
      [&](std::string_view name, const std::vector<std::int64_t>& shape) {
        return weights.require(name, shape);
      },
      kernels));
}

// The output that belongs to `sound`, whole hops, whose look-ahead is made of zeros.
std::vector<float> run(const CleanUMambaNet& net, std::vector<float> sound, float deviation) {
  const auto hop = static_cast<std::size_t>(net.config().hop());
  const std::size_t ahead = hop * CleanUMambaConfig::kLookAheadHops;
  CleanUMambaState state(net.config());
  CleanUMambaScratch scratch(net.config());
  sound.resize(sound.size() + ahead);
  for (float& sample : sound) sample /= deviation;
  for (std::size_t i = 0; i < sound.size(); i += hop) {
    net.step(sound.data() + i, sound.data() + i, state, scratch);
  }
  for (float& sample : sound) sample *= deviation;
  return {sound.begin() + static_cast<std::ptrdiff_t>(ahead), sound.end()};
}

struct Vectors {
  explicit Vectors(const fs::path& path) : file(SafetensorsFile::read(path)) {}
  [[nodiscard]] std::vector<float> values(const char* name) const {
    const TensorView* const tensor = file.find(name);
    return {tensor->data.begin(), tensor->data.end()};
  }
  SafetensorsFile file;
};

// Prints and checks the distance of every instruction set's output from PyTorch's.
void expectEqualToPyTorch(const fs::path& checkpoint, const fs::path& vectors) {
  const Vectors expected(vectors);
  for (const Kernels* kernels : availableKernels()) {
    const CleanUMambaNet net = netOf(checkpoint, *kernels);
    const std::vector<float> output =
        run(net, expected.values("input"), expected.values("deviation")[0]);
    const double snr = snrDb(expected.values("output"), output);
    std::printf("%-40s %-8s %6.1f dB\n", checkpoint.filename().c_str(), kernels->name, snr);
    EXPECT_GE(snr, kLeastSnrDb) << checkpoint << ' ' << kernels->name;
  }
}

const fs::path kTiny = goldenPath("cleanumamba_tiny.pkl");

TEST(CleanUMamba, EqualsPyTorch) {
  expectEqualToPyTorch(kTiny, goldenPath("cleanumamba_tiny_vectors.safetensors"));
}

// Checkpoints of the authors with what make_cleanumamba_golden.py --check wrote beside them.
TEST(CleanUMamba, EqualsPyTorchWithTheAuthorsWeights) {
  const char* const folder = std::getenv("HISS_CLEANUMAMBA_DIR");
  if (folder == nullptr) {
    GTEST_SKIP() << "HISS_CLEANUMAMBA_DIR names no folder with the authors' checkpoints";
  }
  int found = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder)) {
    const fs::path vectors = entry.path().string() + ".safetensors";
    if (entry.path().extension() != ".pkl" || !fs::exists(vectors)) continue;
    expectEqualToPyTorch(entry.path(), vectors);
    ++found;
  }
  EXPECT_GT(found, 0) << "no NAME.pkl with NAME.pkl.safetensors in " << folder;
}

TEST(CleanUMamba, TellsItsSizes) {
  const CleanUMambaNet net = netOf(kTiny, scalarKernels());
  const CleanUMambaConfig& config = net.config();
  EXPECT_EQ(config.hop(), 8);
  EXPECT_EQ(config.latencySamples(), 24);
  EXPECT_EQ(config.channels, (std::vector<int>{5, 8, 6}));
  EXPECT_EQ(config.d_inner, (std::vector<int>{8, 13}));
  const StateLayout layout = net.stateLayout();
  ASSERT_EQ(layout.layers.size(), 2U);
  EXPECT_EQ(layout.layers[1].d_inner, 13);
  EXPECT_EQ(layout.layers[1].d_state, 5);
  EXPECT_EQ(toJson(parseCleanUMambaConfig(toJson(config), "again")), toJson(config));
}

TEST(CleanUMamba, StateGoesOnToTheBit) {
  const CleanUMambaNet net = netOf(kTiny, defaultKernels());
  const std::vector<float> sound = noisySignal(16000, 160);
  CleanUMambaScratch scratch(net.config());
  CleanUMambaState whole(net.config());
  CleanUMambaState again(net.config());
  std::vector<float> out(8);
  std::vector<float> out_again(8);
  for (std::size_t i = 0; i < sound.size(); i += 8) {
    StateWriter writer;
    whole.save(writer);
    again.reset();
    StateReader reader(writer.bytes());
    again.load(reader);
    EXPECT_EQ(reader.left(), 0U);
    net.step(sound.data() + i, out.data(), whole, scratch);
    net.step(sound.data() + i, out_again.data(), again, scratch);
    ASSERT_TRUE(sameBits(out, out_again)) << "at sample " << i;
  }
}

TEST(CleanUMamba, StepAllocatesNothing) {
  const CleanUMambaNet net = netOf(kTiny, defaultKernels());
  CleanUMambaState state(net.config());
  CleanUMambaScratch scratch(net.config());
  std::vector<float> sound(8, 0.1F);
  AllocationGuard guard;
  for (int i = 0; i < 5; ++i) net.step(sound.data(), sound.data(), state, scratch);
  state.reset();
  EXPECT_EQ(guard.stop(), 0U);
}

}  // namespace
}  // namespace hiss
