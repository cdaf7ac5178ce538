// SPDX-License-Identifier: Apache-2.0
#include "models/state_tap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/allocation_guard.h"

namespace hiss {
namespace {

StateLayout twoLayers() {
  StateLayout layout;
  layout.layers = {{"block 1", 5, 3, 2, std::vector<float>(6, -1.0F)},
                   {"all bands", 1, 7, 4, std::vector<float>(28, -1.0F)}};
  layout.step_seconds = 0.0125;
  return layout;
}

// Writes steps whose every value says which step, row and array it belongs to.
class Writer {
 public:
  explicit Writer(StateTap& tap) : tap_(tap) {}

  void step() noexcept {
    ++step_;
    const StateProbe* probe = tap_.begin();
    if (probe == nullptr) return;
    const StateLayer& layer = tap_.layout().layers[static_cast<std::size_t>(probe->layer)];
    const float value = valueOf(step_, {probe->layer, probe->row});
    std::fill_n(probe->h, layer.d_inner * layer.d_state, value);
    std::fill_n(probe->x, layer.d_inner, value + 1.0F);
    std::fill_n(probe->dt, layer.d_inner, value + 2.0F);
    std::fill_n(probe->gate, layer.d_inner, value + 3.0F);
    std::fill_n(probe->B, layer.d_state, value + 4.0F);
    std::fill_n(probe->C, layer.d_state, value + 5.0F);
    const std::array<float, 2> rms = {value + 6.0F, value + 7.0F};
    tap_.end(step_, rms);
  }
  [[nodiscard]] std::uint64_t steps() const { return step_; }

  // Exact as floats for less than 10,000 steps, and again after as many.
  static float valueOf(std::uint64_t step, StateFocus focus) {
    return static_cast<float>(step % 10000 * 100) +
           static_cast<float>(focus.layer * 50 + focus.row * 8);
  }

 private:
  StateTap& tap_;
  std::uint64_t step_ = 0;
};

std::vector<float> filled(int count, float value) {
  return std::vector<float>(static_cast<std::size_t>(count), value);
}

// One step of one focus throughout: nothing is torn.
void expectWhole(const StateSnapshot& seen, const StateLayout& layout) {
  const StateLayer& layer = layout.layers[static_cast<std::size_t>(seen.focus.layer)];
  ASSERT_EQ(seen.d_inner, layer.d_inner);
  ASSERT_EQ(seen.d_state, layer.d_state);
  const float value = Writer::valueOf(seen.step, seen.focus);
  ASSERT_EQ(seen.h, filled(layer.d_inner * layer.d_state, value));
  ASSERT_EQ(seen.x, filled(layer.d_inner, value + 1.0F));
  ASSERT_EQ(seen.dt, filled(layer.d_inner, value + 2.0F));
  ASSERT_EQ(seen.gate, filled(layer.d_inner, value + 3.0F));
  ASSERT_EQ(seen.B, filled(layer.d_state, value + 4.0F));
  ASSERT_EQ(seen.C, filled(layer.d_state, value + 5.0F));
  ASSERT_EQ(seen.ssm_state_rms, (std::vector<float>{value + 6.0F, value + 7.0F}));
}

std::string refusal(StateTap& tap, StateFocus focus) {
  try {
    tap.look(focus);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return {};
}

TEST(StateTap, KeepsNothingUntilSomebodyLooks) {
  StateTap tap(twoLayers());
  Writer writer(tap);
  AllocationGuard guard;
  for (int i = 0; i < 10; ++i) writer.step();
  EXPECT_EQ(guard.stop(), 0U);
  StateSnapshot seen;
  seen.step = 77;
  EXPECT_FALSE(tap.next(seen));
  EXPECT_EQ(seen.step, 77U);
  EXPECT_EQ(tap.lost(), 0U);
}

TEST(StateTap, GivesEveryStepOnceAndInOrder) {
  StateTap tap(twoLayers());
  Writer writer(tap);
  writer.step();
  tap.look({.layer = 0, .row = 3});
  StateSnapshot seen;
  for (std::uint64_t step = 2; step < 1000; ++step) {
    writer.step();
    if (step % 100 != 0) continue;
    for (std::uint64_t expected = step - (step == 100 ? 98 : 99); expected <= step; ++expected) {
      ASSERT_TRUE(tap.next(seen));
      ASSERT_EQ(seen.step, expected);
      ASSERT_EQ(seen.focus, (StateFocus{0, 3}));
      expectWhole(seen, tap.layout());
    }
    ASSERT_FALSE(tap.next(seen));
  }
  EXPECT_EQ(tap.lost(), 0U);
}

TEST(StateTap, CountsWhatASlowReaderLoses) {
  StateTap tap(twoLayers());
  Writer writer(tap);
  tap.look({.layer = 1, .row = 0});
  for (std::size_t i = 0; i < StateTap::kSteps + 20; ++i) writer.step();
  EXPECT_EQ(tap.lost(), 20U);
  StateSnapshot seen;
  for (std::uint64_t step = 1; step <= StateTap::kSteps; ++step) {
    ASSERT_TRUE(tap.next(seen));
    ASSERT_EQ(seen.step, step);
    expectWhole(seen, tap.layout());
  }
  EXPECT_FALSE(tap.next(seen));
  writer.step();
  ASSERT_TRUE(tap.next(seen));
  EXPECT_EQ(seen.step, StateTap::kSteps + 21);
}

TEST(StateTap, FollowsTheEye) {
  StateTap tap(twoLayers());
  Writer writer(tap);
  StateSnapshot seen;
  tap.look({.layer = 0, .row = 1});
  writer.step();
  tap.look({.layer = 1, .row = 0});  // what was not read of the other row is of no use any more
  writer.step();
  ASSERT_TRUE(tap.next(seen));
  EXPECT_EQ(seen.step, 2U);
  EXPECT_EQ(seen.focus, (StateFocus{1, 0}));
  expectWhole(seen, tap.layout());
  tap.look({.layer = 1, .row = 0});
  writer.step();
  tap.look({.layer = 1, .row = 0});  // again the same: nothing is dropped
  EXPECT_TRUE(tap.next(seen));
  tap.lookAway();
  writer.step();
  EXPECT_FALSE(tap.next(seen));
}

TEST(StateTap, RefusesWhatIsNotThere) {
  StateTap tap(twoLayers());
  EXPECT_EQ(refusal(tap, {.layer = 2, .row = 0}), "focus: layer: expected 0 to 1, found 2");
  EXPECT_EQ(refusal(tap, {.layer = -1, .row = 0}), "focus: layer: expected 0 to 1, found -1");
  EXPECT_EQ(refusal(tap, {.layer = 0, .row = 5}), "focus: row: expected 0 to 4, found 5");
  EXPECT_EQ(refusal(tap, {.layer = 1, .row = -1}), "focus: row: expected 0 to 0, found -1");
  EXPECT_EQ(refusal(tap, {.layer = 0, .row = 4}), "");
}

TEST(StateTap, WritesWithoutAllocating) {
  StateTap tap(twoLayers());
  Writer writer(tap);
  tap.look({.layer = 0, .row = 1});
  AllocationGuard guard;
  for (std::size_t i = 0; i < StateTap::kSteps + 5; ++i) writer.step();
  EXPECT_EQ(guard.stop(), 0U);
  EXPECT_EQ(tap.lost(), 5U);
}

// A reader that looks here and there while a writer never stops.
TEST(StateTap, GivesWholeStepsToAnotherThread) {
  StateTap tap(twoLayers());
  constexpr std::uint64_t kSeen = 20000;
  Writer writer(tap);
  std::jthread thread([&](const std::stop_token& enough) {
    while (!enough.stop_requested()) {
      for (int i = 0; i < 20; ++i) writer.step();
      std::this_thread::yield();
    }
  });
  std::uint64_t taken = 0;
  std::uint64_t last = 0;
  StateSnapshot seen;
  for (int turn = 0; taken < kSeen; ++turn) {
    if (turn % 50 == 49) tap.lookAway();
    const int row = turn / 7 % 6;
    tap.look(row == 5 ? StateFocus{1, 0} : StateFocus{0, row});
    for (int i = 0; i < 300 && tap.next(seen); ++i, ++taken) {
      ASSERT_GT(seen.step, last);
      last = seen.step;
      expectWhole(seen, tap.layout());
    }
    std::this_thread::yield();
  }
  thread.request_stop();
  thread.join();
  EXPECT_GE(writer.steps(), taken + tap.lost());
}

}  // namespace
}  // namespace hiss
