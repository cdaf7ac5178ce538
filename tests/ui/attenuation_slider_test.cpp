// SPDX-License-Identifier: Apache-2.0
#include "ui/attenuation_slider.h"

#include <gtest/gtest.h>

#include <QLabel>
#include <limits>

namespace hiss {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(AttenuationSlider, StartsWithoutLimit) { EXPECT_EQ(AttenuationSlider().limitDb(), kInfinity); }

TEST(AttenuationSlider, HoldsWholeDecibelsAndNoLimit) {
  AttenuationSlider slider;
  for (const float limit_db : {1.0F, 12.0F, 60.0F, kInfinity}) {
    slider.setLimitDb(limit_db);
    EXPECT_EQ(slider.limitDb(), limit_db);
    EXPECT_EQ(slider.findChild<QLabel*>()->text(), limitText(limit_db));
  }
  slider.setLimitDb(0.0F);
  EXPECT_EQ(slider.limitDb(), 1.0F);
}

TEST(AttenuationSlider, SpellsTheLimit) {
  EXPECT_EQ(limitText(12.0F), "12 dB");
  EXPECT_EQ(limitText(kInfinity), "no limit");
}

}  // namespace
}  // namespace hiss
