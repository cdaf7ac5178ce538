// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace hiss {

// The largest file that is read as a model, in whatever format, and the most values in one: 4 GiB
// of f32. Bounds what a file can ask for in memory to a few times its own size.
inline constexpr std::uint64_t kMaxModelBytes = std::uint64_t{1} << 32U;
inline constexpr std::uint64_t kMaxModelValues = kMaxModelBytes / 4;

// The bytes of the regular file at `path`, at most `most` of them. Throws ModelError. [main-thread]
[[nodiscard]] std::vector<std::byte> readModelBytes(const std::filesystem::path& path,
                                                    std::uint64_t most = kMaxModelBytes);

}  // namespace hiss
