// SPDX-License-Identifier: Apache-2.0
#include "dsp/aligned_buffer.h"

#include <gtest/gtest.h>

#include <complex>
#include <cstdint>
#include <numeric>

namespace hiss {
namespace {

static_assert(std::is_nothrow_move_constructible_v<AlignedBuffer<float>>);
static_assert(std::is_nothrow_move_assignable_v<AlignedBuffer<float>>);

TEST(AlignedBuffer, StartsAlignedAndZeroedAtEverySize) {
  for (std::size_t size = 1; size <= 130; ++size) {
    const AlignedBuffer<float> buffer(size);
    ASSERT_EQ(buffer.size(), size);
    ASSERT_EQ(reinterpret_cast<std::uintptr_t>(buffer.data()) % AlignedBuffer<float>::kAlignment,
              0U);
    for (const float v : buffer) ASSERT_EQ(v, 0.0F);
  }
}

TEST(AlignedBuffer, EmptyHasNoData) {
  const AlignedBuffer<double> buffer;
  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.data(), nullptr);
  EXPECT_EQ(buffer.begin(), buffer.end());
  EXPECT_EQ(AlignedBuffer<double>(0).data(), nullptr);
}

TEST(AlignedBuffer, ResizeZeroes) {
  AlignedBuffer<int> buffer(4);
  buffer.fill(7);
  buffer.resize(6);
  EXPECT_EQ(std::accumulate(buffer.begin(), buffer.end(), 0), 0);
  EXPECT_EQ(buffer.size(), 6U);
}

TEST(AlignedBuffer, CopiesAreIndependentAndMovesTakeTheMemory) {
  AlignedBuffer<std::complex<float>> a(3);
  a.fill({1.0F, 2.0F});
  AlignedBuffer<std::complex<float>> b = a;
  a[0] = {};
  EXPECT_EQ(b[0], std::complex<float>(1.0F, 2.0F));

  const auto* address = b.data();
  AlignedBuffer<std::complex<float>> c = std::move(b);
  EXPECT_EQ(c.data(), address);
  a = c;
  EXPECT_NE(a.data(), c.data());
  EXPECT_EQ(a[2], c[2]);
  a = std::move(c);
  EXPECT_EQ(a.data(), address);
  EXPECT_EQ(a.span().size(), 3U);
}

TEST(AlignedBuffer, ImpossibleSizeThrows) {
  AlignedBuffer<float> buffer(5);
  EXPECT_THROW(buffer.resize(static_cast<std::size_t>(-1) / 2), std::bad_alloc);
  EXPECT_EQ(buffer.size(), 5U) << "a failed resize must leave the buffer as it was";
}

}  // namespace
}  // namespace hiss
