// SPDX-License-Identifier: Apache-2.0
// Internal to models/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

namespace hiss {

// The largest file that is read as a model, in whatever format.
inline constexpr std::uint64_t kMaxModelBytes = std::uint64_t{256} << 20U;

// The bytes of the regular file at `path`. Throws ModelError. [main-thread]
[[nodiscard]] std::vector<std::byte> readModelBytes(const std::filesystem::path& path);

}  // namespace hiss
