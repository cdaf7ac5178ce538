// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "models/denoiser.h"
#include "tests/models/model_maker.h"
#include "tests/models/stream_tools.h"
#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

static_assert(noexcept(std::declval<DenoiserPool&>().process(nullptr, nullptr)));
static_assert(noexcept(std::declval<DenoiserPool&>().join()));
static_assert(noexcept(std::declval<DenoiserPool&>().leave(0)));

std::shared_ptr<const DenoiserModel> smallModel() {
  static const auto kModel = DenoiserModel::parse(randomModel(smallConfig()).bytes(), "small");
  return kModel;
}
std::shared_ptr<const DenoiserModel> fullModel() {
  static const auto kModel = DenoiserModel::parse(randomModel().bytes(), "full");
  return kModel;
}

std::shared_ptr<const DenoiserModel> fullbandModel() {
  static const auto kModel =
      DenoiserModel::parse(randomModel(smallFullbandConfig()).bytes(), "fullband");
  return kModel;
}

// A caller in the pool: its own sound, and what came out so far.
struct Caller {
  std::vector<float> input;
  std::vector<float> output;
};

// Buffers for `process`, one hop a slot.
class Hops {
 public:
  explicit Hops(const DenoiserPool& pool) : hop_(static_cast<std::size_t>(pool.hop())) {
    for (int slot = 0; slot < pool.capacity(); ++slot) {
      buffers_.emplace_back(hop_);
      in_.push_back(buffers_.back().data());
      out_.push_back(buffers_.back().data());
    }
  }
  [[nodiscard]] std::vector<float>& at(int slot) {
    return buffers_[static_cast<std::size_t>(slot)];
  }
  [[nodiscard]] const float* const* in() const { return in_.data(); }
  [[nodiscard]] float* const* out() const { return out_.data(); }

 private:
  std::size_t hop_;
  std::vector<std::vector<float>> buffers_;
  std::vector<const float*> in_;
  std::vector<float*> out_;
};

// One tick: every caller's next hop goes in, and what comes out is appended.
void tick(DenoiserPool& pool, Hops& hops, std::map<int, Caller>& callers) {
  for (auto& [slot, caller] : callers) {
    const auto from = caller.input.begin() + static_cast<std::ptrdiff_t>(caller.output.size());
    std::copy_n(from, pool.hop(), hops.at(slot).begin());
  }
  pool.process(hops.in(), hops.out());
  for (auto& [slot, caller] : callers) {
    caller.output.insert(caller.output.end(), hops.at(slot).begin(), hops.at(slot).end());
  }
}

// The same sound through a Denoiser: bit for bit, one hop later.
void expectSameAsAlone(const Caller& caller, const std::shared_ptr<const DenoiserModel>& model,
                       const Kernels& kernels, const std::string& what) {
  const auto hop = static_cast<std::size_t>(model->config().hop);
  std::vector<float> input(caller.output.size() + hop);
  std::copy_n(caller.input.begin(), caller.output.size(), input.begin());
  Denoiser denoiser(model, kernels);
  denoiser.prepare({model->config().sample_rate, 1, 4096});
  const std::vector<float> alone = runMono(denoiser, input, 4096);
  const std::vector<float> later(alone.begin() + static_cast<std::ptrdiff_t>(hop), alone.end());
  EXPECT_TRUE(sameBits(caller.output, later)) << what;
}

TEST(DenoiserPool, RefusesImpossibleSizes) {
  const auto refusal = [](int capacity, int at_once) {
    try {
      const DenoiserPool pool(smallModel(), capacity, scalarKernels(), at_once);
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refusal(0, 1), "capacity: expected at least 1, found 0");
  EXPECT_EQ(refusal(-3, 1), "capacity: expected at least 1, found -3");
  EXPECT_EQ(refusal(1, 0), "streams at once: expected at least 1, found 0");
  EXPECT_EQ(refusal(1, 9), "");
}

TEST(DenoiserPool, GivesOutSlotsUntilItIsFull) {
  DenoiserPool pool(smallModel(), 3);
  EXPECT_EQ(pool.capacity(), 3);
  EXPECT_EQ(pool.hop(), smallConfig().hop);
  EXPECT_EQ(pool.latencySamples(), smallConfig().synthesis_length - smallConfig().hop);
  EXPECT_EQ(pool.activeCount(), 0);
  EXPECT_EQ(pool.join(), 0);
  EXPECT_EQ(pool.join(), 1);
  EXPECT_EQ(pool.join(), 2);
  EXPECT_EQ(pool.join(), -1);
  EXPECT_EQ(pool.activeCount(), 3);
  pool.leave(1);
  pool.leave(1);
  pool.leave(-1);
  pool.leave(3);
  EXPECT_EQ(pool.activeCount(), 2);
  EXPECT_TRUE(pool.active(0));
  EXPECT_FALSE(pool.active(1));
  EXPECT_TRUE(pool.active(2));
  EXPECT_FALSE(pool.active(-1));
  EXPECT_FALSE(pool.active(3));
  EXPECT_EQ(pool.join(), 1);
}

TEST(DenoiserPool, LeavesSlotsWithoutAStreamAlone) {
  DenoiserPool pool(smallModel(), 4);
  (void)pool.join();
  const int gone = pool.join();
  pool.leave(gone);
  std::vector<float> hop(static_cast<std::size_t>(pool.hop()), 0.25F);
  const std::vector<const float*> in = {hop.data(), nullptr, nullptr, nullptr};
  const std::vector<float*> out = {hop.data(), nullptr, nullptr, nullptr};
  pool.process(in.data(), out.data());  // would crash if it looked at the others
  pool.leave(0);
  pool.process(nullptr, nullptr);
  EXPECT_EQ(pool.activeCount(), 0);
}

// Streams come and go at random; each must sound as if it had been alone.
void expectEachAsAlone(const std::shared_ptr<const DenoiserModel>& model) {
  constexpr int kTicks = 60;
  for (const Kernels* kernels : availableKernels()) {
    for (const int at_once : {1, 2, 3, 8}) {
      const std::string what = std::string(kernels->name) + ", " + std::to_string(at_once);
      DenoiserPool pool(model, 7, *kernels, at_once);
      Hops hops(pool);
      std::map<int, Caller> callers;
      std::minstd_rand engine(static_cast<unsigned>(at_once));
      int finished = 0;
      for (int t = 0; t < kTicks; ++t) {
        const auto dice = engine() % 4;
        if (dice == 0 && !callers.empty()) {
          const auto leaving = std::next(callers.begin(), engine() % callers.size());
          expectSameAsAlone(leaving->second, model, *kernels, what);
          pool.leave(leaving->first);
          callers.erase(leaving);
          ++finished;
        } else if (dice <= 2) {
          const int slot = pool.join();
          if (slot >= 0) {
            const auto length =
                static_cast<std::size_t>(kTicks) * static_cast<std::size_t>(pool.hop());
            callers[slot].input = noisySignal(16000, length, static_cast<std::uint32_t>(engine()));
          }
        }
        tick(pool, hops, callers);
      }
      EXPECT_GT(finished, 5);
      EXPECT_GT(callers.size(), 2U);
      for (const auto& [slot, caller] : callers) {
        expectSameAsAlone(caller, model, *kernels, what + ", slot " + std::to_string(slot));
      }
    }
  }
}

TEST(DenoiserPool, GivesEachStreamTheBitsItWouldGetAlone) {
  expectEachAsAlone(smallModel());
  expectEachAsAlone(fullbandModel());
}

TEST(DenoiserPool, ServesTheFullNetwork) {
  DenoiserPool pool(fullModel(), 5);
  Hops hops(pool);
  std::map<int, Caller> callers;
  for (int i = 0; i < 5; ++i) {
    const int slot = pool.join();
    callers[slot].input = noisySignal(16000, 60 * 256, static_cast<std::uint32_t>(i + 1));
    for (int t = 0; t < 3; ++t) tick(pool, hops, callers);
  }
  for (int t = 0; t < 30; ++t) tick(pool, hops, callers);
  for (const auto& [slot, caller] : callers) {
    expectSameAsAlone(caller, fullModel(), pool.kernels(), "slot " + std::to_string(slot));
  }
}

TEST(DenoiserPool, ReplacesAndCountsWhatIsNotFinite) {
  DenoiserPool pool(smallModel(), 2);
  Hops hops(pool);
  std::map<int, Caller> callers;
  for (int i = 0; i < 2; ++i) callers[pool.join()].input = noisySignal(16000, 4096);
  callers[0].input[100] = std::numeric_limits<float>::quiet_NaN();
  callers[0].input[101] = -std::numeric_limits<float>::infinity();
  callers[0].input[500] = 1e30F;
  for (int t = 0; t < 100; ++t) tick(pool, hops, callers);
  EXPECT_EQ(pool.nonFiniteSamples(0), 2U);
  EXPECT_EQ(pool.nonFiniteSamples(1), 0U);
  EXPECT_EQ(pool.nonFiniteSamples(2), 0U);
  for (const auto& [slot, caller] : callers) {
    expectSameAsAlone(caller, smallModel(), pool.kernels(), "slot " + std::to_string(slot));
    for (const float sample : caller.output) ASSERT_TRUE(std::isfinite(sample));
  }
  pool.leave(0);
  EXPECT_EQ(pool.join(), 0);
  EXPECT_EQ(pool.nonFiniteSamples(0), 0U);
}

void expectNoAllocation(const std::shared_ptr<const DenoiserModel>& model) {
  DenoiserPool pool(model, 6);
  Hops hops(pool);
  AllocationGuard guard;
  for (int t = 0; t < 40; ++t) {
    if (t % 3 == 0) (void)pool.join();
    if (t % 7 == 6) pool.leave(t % 5);
    pool.process(hops.in(), hops.out());
  }
  EXPECT_EQ(guard.stop(), 0U);
  EXPECT_GT(pool.activeCount(), 1);
}

TEST(DenoiserPool, NeitherAllocatesNorFrees) {
  expectNoAllocation(fullModel());
  expectNoAllocation(fullbandModel());
}

}  // namespace
}  // namespace hiss
