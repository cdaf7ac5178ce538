// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>

#include "app/engine/byte_file.h"

namespace hiss {

// How many bytes of sound a container's header promises, and how many the file has room for.
// libsndfile silently shortens a WAV, AIFF or CAF file that was cut off; this tells the difference.
struct DeclaredLength {
  std::int64_t promised_bytes = 0;
  std::int64_t present_bytes = 0;

  bool isTruncated() const noexcept { return present_bytes < promised_bytes; }
};

// Reads the chunk headers of WAV (RIFF, RIFX, RF64, BW64), Wave64, AIFF/AIFC, CAF and AU files.
// Empty for other formats, for headers that are damaged before the sound data (the decoder says
// that better), and for the length placeholders that programs writing to a pipe leave behind
// (0, 0x7FFFF000..0x80000000, 0xFFFFF000..0xFFFFFFFF, and -1 in CAF). Leaves the position at 0.
std::optional<DeclaredLength> declaredLength(ByteFile& file);

}  // namespace hiss
