// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/engine/atomic_output.h"

namespace hiss {

// Writes NumPy's .npz: a zip archive (stored, not compressed; always zip64) of arrays in .npy
// format 1.0. Arrays come one after the other, each in as many pieces as wanted. Every function
// throws Failure(kOutput) if the output cannot be written. Not thread-safe.
class NpzWriter {
 public:
  // Writes at the start of `output`, which must outlive this and is not committed here.
  explicit NpzWriter(AtomicOutput& output) : output_(output) {}

  // The array `name` of elements `type`, NumPy's code without the byte order ("f4", "u8", "U12"),
  // in C order and the machine's byte order.
  void begin(std::string_view name, std::string_view type, std::span<const std::uint64_t> shape);
  void write(std::span<const std::byte> piece);
  void end();
  // After the last array.
  void finish();

 private:
  struct Member {
    std::string name;
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint32_t crc = 0;
  };

  void put(std::span<const std::byte> bytes);

  AtomicOutput& output_;
  std::vector<Member> members_;
  std::uint64_t written_ = 0;
};

}  // namespace hiss
