// SPDX-License-Identifier: Apache-2.0
#include "app/engine/history/spill_ring.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>

namespace hiss {
namespace {

std::vector<std::byte> bytesOf(std::size_t size, int value) {
  return std::vector<std::byte>(size, static_cast<std::byte>(value));
}

TEST(SpillRing, KeepsTheNewestPiecesWithinItsBoundAndTellsOfTheOthers) {
  std::map<std::size_t, std::deque<std::pair<SpillRing::Piece, int>>> kept;
  std::uint64_t size = 0;
  SpillRing ring(1000, [&](std::size_t owner) {
    size -= kept[owner].front().first.size;
    kept[owner].pop_front();
  });
  std::uint64_t highest = 0;
  for (int i = 0; i < 500; ++i) {
    const auto owner = static_cast<std::size_t>(i % 3);
    const auto piece =
        ring.add(owner, bytesOf(static_cast<std::size_t>(1 + i * 37 % 300), i % 251));
    ASSERT_TRUE(piece.has_value());
    kept[owner].emplace_back(*piece, i % 251);
    size += piece->size;
    highest = std::max(highest, piece->offset + piece->size);
    ASSERT_EQ(ring.bytes(), size);
    for (const auto& [who, pieces] : kept) {
      for (const auto& [each, value] : pieces) {
        std::vector<std::byte> read(each.size);
        ASSERT_TRUE(ring.read(each, 0, read));
        ASSERT_EQ(read, bytesOf(each.size, value)) << i;
      }
    }
  }
  EXPECT_LE(highest, 1000U);
  EXPECT_GT(size, 300U);
}

TEST(SpillRing, RefusesWhatIsLargerThanItself) {
  SpillRing ring(100, [](std::size_t) { FAIL(); });
  EXPECT_FALSE(ring.add(0, bytesOf(101, 1)).has_value());
  EXPECT_FALSE(ring.problem().empty());
  EXPECT_TRUE(ring.add(0, bytesOf(100, 1)).has_value());
}

}  // namespace
}  // namespace hiss
