// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/device_list.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "app/engine/edit_distance.h"
#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr std::size_t kMostSuggestions = 3;

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// How far a name is from what was asked for; a name is not worse for being longer.
std::size_t distanceTo(const std::string& wanted, const std::string& name) {
  std::size_t best = editDistance(wanted, name);
  for (std::size_t at = 0; at + wanted.size() <= name.size(); ++at) {
    best = std::min(best, editDistance(wanted, name.substr(at, wanted.size())) + 1);
  }
  return best;
}

std::string quotedNames(const std::vector<const AudioDeviceInfo*>& devices) {
  std::string text;
  for (std::size_t i = 0; i < std::min(devices.size(), kMostSuggestions); ++i) {
    text += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", devices[i]->name);
  }
  return text;
}

}  // namespace

const AudioDeviceInfo& findAudioDevice(const std::vector<AudioDeviceInfo>& devices,
                                       const std::string& wanted, AudioDirection direction) {
  const bool is_input = direction == AudioDirection::kInput;
  const char* const kind = is_input ? "input" : "output";
  std::vector<const AudioDeviceInfo*> usable;
  for (const AudioDeviceInfo& device : devices) {
    if ((is_input ? device.in_channels : device.out_channels) > 0) usable.push_back(&device);
  }
  if (usable.empty()) {
    throw Failure(FailureKind::kUsage, "sound devices", fmt::format("an {} device", kind), "none");
  }
  const std::string name = lowered(wanted);
  std::vector<const AudioDeviceInfo*> parts;
  for (const AudioDeviceInfo* device : usable) {
    const bool is_default = is_input ? device->is_default_input : device->is_default_output;
    const bool asks_default = name.empty() || name == "default";
    if ((asks_default && is_default) || wanted == std::to_string(device->index)) return *device;
    const std::string own = lowered(device->name);
    if (!asks_default && (own == name || lowered(device->host) + ": " + own == name)) {
      return *device;
    }
    if (!name.empty() && own.find(name) != std::string::npos) parts.push_back(device);
  }
  if (parts.size() == 1) return *parts.front();
  if (name.empty()) return *usable.front();
  if (parts.size() > 1) {
    throw Failure(FailureKind::kUsage, wanted, fmt::format("the name of one {} device", kind),
                  "that of " + quotedNames(parts));
  }
  std::stable_sort(usable.begin(), usable.end(), [&](const auto* a, const auto* b) {
    return distanceTo(name, lowered(a->name)) < distanceTo(name, lowered(b->name));
  });
  throw Failure(FailureKind::kUsage, wanted,
                fmt::format("an {} device (hiss devices lists them)", kind),
                "none of that name; the closest are " + quotedNames(usable));
}

}  // namespace hiss
