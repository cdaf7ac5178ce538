// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct zip;

namespace hiss {

// The files of a zip archive, by libzip: stored or deflated ones, zip64 as well, none encrypted.
// The archive is untrusted: a file is checked against its size and its CRC-32, and refused is an
// archive with a name twice, or whose files would take more than kMostExpansion times its bytes.
// `bytes` must outlive this. Not thread-safe.
class ZipArchive {
 public:
  static constexpr std::uint64_t kMostExpansion = 16;

  // Reads the directory. `origin` stands for the path in errors. Throws ModelError. [main-thread]
  ZipArchive(std::span<const std::byte> bytes, std::string origin);

  // The names, in order.
  [[nodiscard]] const auto& entries() const { return entries_; }
  // The bytes of a file; throws ModelError if it is missing or damaged. [main-thread]
  [[nodiscard]] std::vector<std::byte> read(std::string_view name);

 private:
  struct Entry {
    std::uint64_t index = 0;
    std::uint64_t size = 0;  // unpacked
  };
  struct Discard {
    void operator()(zip* archive) const noexcept;
  };

  void addEntry(std::uint64_t index, std::uint64_t& room);

  std::string origin_;
  std::unique_ptr<zip, Discard> archive_;
  std::map<std::string, Entry, std::less<>> entries_;
};

}  // namespace hiss
