// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/device_list.h"

#include <gtest/gtest.h>

#include "app/engine/failure.h"

namespace hiss {
namespace {

std::vector<AudioDeviceInfo> someDevices() {
  return {{0, "USB Microphone: Audio (hw:1,0)", "ALSA", 1, 0, 48000, false, false},
          {1, "HDA Intel: Analog (hw:0,0)", "ALSA", 2, 2, 44100, false, true},
          {2, "pulse", "ALSA", 32, 32, 44100, true, false},
          {3, "HDA Intel: HDMI (hw:0,3)", "ALSA", 0, 8, 44100, false, false}};
}

int indexOf(const std::string& wanted, AudioDirection direction) {
  return findAudioDevice(someDevices(), wanted, direction).index;
}

TEST(DeviceListTest, FindsByNamePartIndexAndDefault) {
  EXPECT_EQ(indexOf("pulse", AudioDirection::kInput), 2);
  EXPECT_EQ(indexOf("ALSA: pulse", AudioDirection::kInput), 2);
  EXPECT_EQ(indexOf("usb micro", AudioDirection::kInput), 0);
  EXPECT_EQ(indexOf("1", AudioDirection::kInput), 1);
  EXPECT_EQ(indexOf("", AudioDirection::kInput), 2);
  EXPECT_EQ(indexOf("default", AudioDirection::kOutput), 1);
  EXPECT_EQ(indexOf("hdmi", AudioDirection::kOutput), 3);
  // One of the two plays only.
  EXPECT_EQ(indexOf("HDA Intel", AudioDirection::kInput), 1);
}

std::string complaint(const std::string& wanted, AudioDirection direction,
                      const std::vector<AudioDeviceInfo>& devices) {
  try {
    findAudioDevice(devices, wanted, direction);
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.kind(), FailureKind::kUsage);
    return failure.what();
  }
  ADD_FAILURE() << wanted;
  return {};
}

TEST(DeviceListTest, SaysWhichNamesAreClosest) {
  const std::string text = complaint("plus", AudioDirection::kInput, someDevices());
  EXPECT_NE(text.find("the closest are \"pulse\""), std::string::npos) << text;
  const std::string usb = complaint("ubs microphone", AudioDirection::kInput, someDevices());
  EXPECT_NE(usb.find("the closest are \"USB Microphone"), std::string::npos) << usb;
  const std::string two = complaint("hda", AudioDirection::kOutput, someDevices());
  EXPECT_NE(two.find("found that of \"HDA Intel: Analog"), std::string::npos) << two;
  EXPECT_NE(complaint("x", AudioDirection::kInput, {}).find("expected an input device, found none"),
            std::string::npos);
}

}  // namespace
}  // namespace hiss
