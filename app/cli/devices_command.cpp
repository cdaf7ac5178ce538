// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "app/cli/commands.h"
#include "app/cli/report.h"
#include "app/engine/live/device_list.h"

namespace hiss {

ExitCode runDevices(const DevicesOptions& options) {
  const std::vector<AudioDeviceInfo> devices = listAudioDevices();
  if (options.json) {
    nlohmann::json list = nlohmann::json::array();
    for (const AudioDeviceInfo& device : devices) {
      list.push_back({{"index", device.index},
                      {"name", device.name},
                      {"host", device.host},
                      {"input_channels", device.in_channels},
                      {"output_channels", device.out_channels},
                      {"default_rate_hz", device.default_rate_hz},
                      {"default_input", device.is_default_input},
                      {"default_output", device.is_default_output}});
    }
    printJson({{"hiss", HISS_VERSION}, {"devices", list}});
    return ExitCode::kOk;
  }
  std::string text = "     in out rate   name\n";
  for (const AudioDeviceInfo& device : devices) {
    text += fmt::format("{:>3}{}{} {:>3} {:>3} {:<6} {}: {}\n", device.index,
                        device.is_default_input ? "<" : " ", device.is_default_output ? ">" : " ",
                        device.in_channels, device.out_channels, device.default_rate_hz,
                        oneLine(device.host), oneLine(device.name));
  }
  printText(text + "< default input, > default output; in and out are channels\n");
  return ExitCode::kOk;
}

}  // namespace hiss
