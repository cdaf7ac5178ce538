// SPDX-License-Identifier: Apache-2.0
#include "models/snapshot_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "models/denoiser_model.h"
#include "models/subband_net.h"
#include "ssm/simd/kernels.h"
#include "tests/models/model_maker.h"
#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

// A network that runs on noise, observed by a SnapshotWriter.
class ObservedNet {
 public:
  explicit ObservedNet(const DenoiserConfig& config = smallConfig())
      : net_(DenoiserModel::parse(randomModel(config).bytes(), "m")->pack(scalarKernels())),
        scratch_(net_.weights()),
        state_(net_.makeState()),
        x_(static_cast<std::size_t>(net_.config().stft().bins())),
        y_(x_.size()) {
    writer_.prepare(net_.config(), streamGrid(net_.config(), net_.config().sample_rate));
  }

  void hop(float level) {
    std::normal_distribution<float> normal;
    for (auto& bin : x_) bin = {level * normal(engine_), level * normal(engine_)};
    net_.step(x_.data(), y_.data(), state_, scratch_);
    writer_.write(x_.data(), y_.data(), state_);
  }
  // The state stays, as in endless silence.
  void hopAtRest() { writer_.write(x_.data(), y_.data(), state_); }

  // What the snapshot should say, block by block in the network's order.
  [[nodiscard]] std::vector<double> stateRms() const {
    const DenoiserConfig& config = net_.config();
    std::vector<double> rms;
    for (int layer = 0; layer < config.n_layer; ++layer) {
      if (config.hasFullband() && layer == config.fullbandBefore()) {
        rms.push_back(rmsOf(state_.fullband, 0));
      }
      rms.push_back(rmsOf(state_.blocks, layer));
    }
    return rms;
  }
  SnapshotWriter& writer() { return writer_; }
  SubbandNetState& state() { return state_; }
  [[nodiscard]] std::complex<float> input(std::size_t k) const { return x_[k]; }

 private:
  static double rmsOf(const BlockState& state, int layer) {
    const StateShape& shape = state.shape();
    std::vector<float> h(static_cast<std::size_t>(state.rows() * shape.channels * shape.d_state));
    state.copySsmState(layer, h.data());
    double sum = 0.0;
    for (const float value : h) sum += double{value} * double{value};
    return std::sqrt(sum / static_cast<double>(h.size()));
  }

  SubbandNet net_;
  SubbandNetScratch scratch_;
  SubbandNetState state_;
  std::mt19937 engine_{1};
  std::vector<std::complex<float>> x_;
  std::vector<std::complex<float>> y_;
  SnapshotWriter writer_;
};

void expectState(const DenoiserSnapshot& snapshot, const ObservedNet& net) {
  const std::vector<double> expected = net.stateRms();
  ASSERT_EQ(snapshot.ssm_state_rms.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    EXPECT_GT(expected[i], 0.0);
    EXPECT_NEAR(snapshot.ssm_state_rms[i], expected[i], 1e-5 * expected[i]) << i;
  }
}

TEST(SnapshotWriter, GivesAnAttentiveReaderTheExactState) {
  ObservedNet net;
  DenoiserSnapshot snapshot;
  for (int hop = 1; hop <= 30; ++hop) {
    net.hop(hop % 10 < 5 ? 1.0F : 0.01F);
    ASSERT_TRUE(net.writer().read(snapshot));
    EXPECT_EQ(snapshot.hop_index, static_cast<std::uint64_t>(hop));
    expectState(snapshot, net);
    EXPECT_EQ(snapshot.fullband_layer, -1);
  }
}

TEST(SnapshotWriter, IsNeverMoreThanEightHopsBehind) {
  ObservedNet net;
  DenoiserSnapshot snapshot;
  for (int hop = 0; hop < 20; ++hop) net.hop(1.0F);  // nobody looks
  for (int hop = 0; hop < 8; ++hop) net.hopAtRest();
  ASSERT_TRUE(net.writer().read(snapshot));
  EXPECT_EQ(snapshot.hop_index, 28U);
  expectState(snapshot, net);
  // The spectra are of the newest hop whoever looked before.
  net.hop(1.0F);
  net.hop(3.0F);
  ASSERT_TRUE(net.writer().read(snapshot));
  EXPECT_NEAR(snapshot.input_db[5] - snapshot.input_db[6],
              20.0F * std::log10(std::abs(net.input(5)) / std::abs(net.input(6))), 1e-3F);
}

// It is a layer among the others, with a row of its own.
TEST(SnapshotWriter, ShowsTheBlockOverAllBands) {
  ObservedNet net(smallFullbandConfig());
  DenoiserSnapshot snapshot;
  for (int hop = 0; hop < 5; ++hop) {
    net.hop(1.0F);
    ASSERT_TRUE(net.writer().read(snapshot));
    ASSERT_EQ(snapshot.ssm_state_rms.size(), 3U);
    EXPECT_EQ(snapshot.fullband_layer, 1);
    expectState(snapshot, net);
  }
  for (int hop = 0; hop < 20; ++hop) net.hop(0.1F);  // nobody looks
  for (int hop = 0; hop < 8; ++hop) net.hopAtRest();
  ASSERT_TRUE(net.writer().read(snapshot));
  expectState(snapshot, net);
}

TEST(SnapshotWriter, KnowsTheStateOfEveryKind) {
  for (const BlockKind kind : kBlockKinds) {
    ObservedNet net(smallKindConfig(kind));
    DenoiserSnapshot snapshot;
    for (int hop = 0; hop < 5; ++hop) {
      net.hop(1.0F);
      ASSERT_TRUE(net.writer().read(snapshot));
      expectState(snapshot, net);
    }
  }
}

TEST(SnapshotWriter, ForgetsTheStateOnReset) {
  ObservedNet net(smallFullbandConfig());
  DenoiserSnapshot snapshot;
  for (int hop = 0; hop < 20; ++hop) net.hop(1.0F);
  net.writer().reset();
  net.state().reset();
  net.hopAtRest();
  ASSERT_TRUE(net.writer().read(snapshot));
  EXPECT_EQ(snapshot.hop_index, 1U);
  for (const float rms : snapshot.ssm_state_rms) EXPECT_EQ(rms, 0.0F);
}

TEST(SnapshotWriter, DoesNotAllocateWhileWriting) {
  ObservedNet net(smallFullbandConfig());
  net.hop(1.0F);
  AllocationGuard guard;
  for (int hop = 0; hop < 20; ++hop) net.hopAtRest();
  net.writer().reset();
  EXPECT_EQ(guard.stop(), 0U);
}

}  // namespace
}  // namespace hiss
