// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <utility>

namespace hiss {

// Device and inode: equal for two names of one file, whether by a symbolic or a hard link.
using FileIdentity = std::pair<std::uint64_t, std::uint64_t>;

// Identity of the regular file at `path` ("-": standard input or output); empty if there is none.
enum class StandardStream { kInput, kOutput };
std::optional<FileIdentity> fileIdentity(const std::filesystem::path& path, StandardStream stream);

// Throws Failure(kOutput) if both names mean the same existing file.
void requireDifferentFiles(const std::filesystem::path& input, const std::filesystem::path& output);

}  // namespace hiss
