// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "app/engine/atomic_output.h"
#include "app/engine/sound_file_io.h"

namespace hiss {

// A recording in memory, planar [channels][samples].
using Sound = std::vector<std::vector<float>>;

inline Sound makeTone(int channels, int samples) {
  Sound sound(static_cast<std::size_t>(channels));
  for (int c = 0; c < channels; ++c) {
    for (int i = 0; i < samples; ++i) {
      sound[c].push_back(0.5F * std::sin(0.05F * static_cast<float>((c + 1) * i)));
    }
  }
  return sound;
}

// `container` and `subtype` by name; the rest of the spec from the arguments.
inline SoundSpec makeSpec(const Sound& sound, int rate, const std::string& container,
                          const std::string& subtype) {
  SoundSpec spec;
  spec.sample_rate_hz = rate;
  spec.channels = static_cast<int>(sound.size());
  spec.samples = static_cast<std::int64_t>(sound.front().size());
  spec.format_code = 0x010002;  // WAV with 16 bits, as libsndfile counts
  return resolveOutput(spec, {container, subtype}, "x");
}

inline void writeSound(const std::filesystem::path& path, const Sound& sound, int rate = 16000,
                       const std::string& container = "wav", const std::string& subtype = "float") {
  AtomicOutput output(path, AtomicOutput::Existing::kReplace);
  SoundFileWriter writer(output.file(), path.string(), makeSpec(sound, rate, container, subtype));
  std::vector<const float*> planar;
  for (const std::vector<float>& channel : sound) planar.push_back(channel.data());
  writer.write(planar.data(), static_cast<int>(sound.front().size()));
  writer.close();
  output.commit();
}

// Reads all of `reader` in blocks of `block` samples.
inline Sound readSound(SoundFileReader& reader, int block = 1000) {
  Sound sound(static_cast<std::size_t>(reader.spec().channels));
  Sound buffer(sound.size(), std::vector<float>(static_cast<std::size_t>(block)));
  std::vector<float*> planar;
  for (std::vector<float>& channel : buffer) planar.push_back(channel.data());
  while (const int n = reader.read(planar.data(), block)) {
    for (std::size_t c = 0; c < sound.size(); ++c) {
      sound[c].insert(sound[c].end(), buffer[c].begin(), buffer[c].begin() + n);
    }
  }
  return sound;
}

inline Sound readSound(const std::filesystem::path& path) {
  SoundFileReader reader(path);
  return readSound(reader);
}

}  // namespace hiss
