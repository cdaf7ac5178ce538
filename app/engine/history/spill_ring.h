// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "app/engine/byte_file.h"

namespace hiss {

// Pieces of bytes in a temporary file without a name, at most so many bytes of it: the oldest
// pieces make room for new ones. Not thread-safe.
class SpillRing {
 public:
  struct Piece {
    std::uint64_t offset = 0;
    std::size_t size = 0;
    std::size_t owner = 0;  // whose it is
  };
  // A piece, the oldest of its owner, is gone.
  using OnGone = std::function<void(std::size_t owner)>;

  SpillRing(std::uint64_t most_bytes, OnGone on_gone);

  // Empty: it was not stored, and problem() says why. If the disk is full, the ring is made as
  // small as what it holds, and goes on.
  std::optional<Piece> add(std::size_t owner, std::span<const std::byte> bytes);
  // `from` the piece's beginning. False: the disk could not be read.
  bool read(const Piece& piece, std::size_t from, std::span<std::byte> bytes) const noexcept;

  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  void makeRoom(std::size_t size);
  void dropOldest();
  [[nodiscard]] int write(std::span<const std::byte> bytes) const noexcept;

  std::uint64_t most_bytes_;
  OnGone on_gone_;
  ByteFile file_;
  std::deque<Piece> pieces_;  // oldest first
  std::uint64_t next_ = 0;    // where the next piece goes
  std::uint64_t bytes_ = 0;
  std::string problem_;
};

}  // namespace hiss
