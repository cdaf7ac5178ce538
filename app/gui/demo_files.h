// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

namespace hiss {

// Data that the program shows itself with when there is no microphone and no sensor.
inline constexpr std::string_view kDemoRecording = "cafe_noisy.flac";
inline constexpr std::string_view kDemoSensorRows = "nyc_taxi.csv";

// The first of these folders that holds `name`: $HISS_DEMO_DIR, ../share/hiss/demo beside the
// running program, the folder of `cmake --install`, the source tree. Reads the environment, so not
// while another thread changes it. [main-thread]
[[nodiscard]] std::optional<std::filesystem::path> demoFile(std::string_view name);

}  // namespace hiss
