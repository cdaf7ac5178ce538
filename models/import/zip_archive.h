// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace hiss {

// The files of a zip archive as PyTorch writes it: one disk, nothing compressed or encrypted. The
// archive is untrusted: every offset and size is checked before it is followed, a file is checked
// against its CRC-32, and nothing is copied. `bytes` must outlive this. [thread-safe]
class ZipArchive {
 public:
  // Reads the directory. `origin` stands for the path in errors. Throws ModelError. [main-thread]
  ZipArchive(std::span<const std::byte> bytes, std::string origin);

  // The names, in order.
  [[nodiscard]] const auto& entries() const { return entries_; }
  // The bytes of a file; throws ModelError if it is missing or damaged.
  [[nodiscard]] std::span<const std::byte> read(std::string_view name) const;

 private:
  struct Entry {
    std::uint32_t crc = 0;
    std::uint64_t size = 0;
    std::uint64_t local_header = 0;  // offset
  };

  void addEntry(std::uint64_t& at, std::uint64_t end);

  std::span<const std::byte> bytes_;
  std::string origin_;
  std::uint64_t directory_ = 0;  // offset; files lie before it
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace hiss
