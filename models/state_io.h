// SPDX-License-Identifier: Apache-2.0
// Internal to models/: how the parts of a saved stream are written one after the other.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace hiss {

// Appends values in the machine's byte order. [main-thread]
class StateWriter {
 public:
  void integer(std::uint64_t value) { append(&value, sizeof value); }
  void floats(std::span<const float> values) { append(values.data(), values.size_bytes()); }
  void doubles(std::span<const double> values) { append(values.data(), values.size_bytes()); }
  // Room for `count` bytes that somebody else fills.
  std::span<std::byte> reserve(std::size_t count) {
    bytes_.resize(bytes_.size() + count);
    return std::span<std::byte>(bytes_).last(count);
  }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  void append(const void* data, std::size_t size) {
    if (size > 0) std::memcpy(reserve(size).data(), data, size);
  }
  std::vector<std::byte> bytes_;
};

// Reads back what StateWriter wrote. Throws std::runtime_error if the bytes end early or hold what
// no stream can have written. [main-thread]
class StateReader {
 public:
  explicit StateReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  // A whole number up to `most`.
  std::uint64_t integer(const char* field, std::uint64_t most) {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    if (value > most) {
      throw std::runtime_error(std::string("saved state: ") + field + ": expected at most " +
                               std::to_string(most) + ", found " + std::to_string(value));
    }
    return value;
  }
  // Finite values.
  void floats(std::span<float> out) { finite(out); }
  void doubles(std::span<double> out) { finite(out); }
  std::span<const std::byte> take(std::size_t count) {
    if (count > bytes_.size()) {
      throw std::runtime_error("saved state: size: expected " + std::to_string(count) +
                               " more bytes, found " + std::to_string(bytes_.size()));
    }
    const std::span<const std::byte> taken = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return taken;
  }
  [[nodiscard]] std::size_t left() const { return bytes_.size(); }
  // Throws unless everything was read.
  void finish() const {
    if (bytes_.empty()) return;
    throw std::runtime_error("saved state: bytes left over: expected 0, found " +
                             std::to_string(bytes_.size()));
  }

 private:
  template <class Number>
  void finite(std::span<Number> out) {
    if (out.empty()) return;
    std::memcpy(out.data(), take(out.size_bytes()).data(), out.size_bytes());
    for (const Number value : out) {
      if (!std::isfinite(value)) {
        throw std::runtime_error("saved state: samples: expected finite values, found another");
      }
    }
  }

  std::span<const std::byte> bytes_;
};

// FNV-1a of a saved stream, to tell damage. [thread-safe]
inline std::uint64_t stateChecksum(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const std::byte byte : bytes) {
    hash = (hash ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3U;
  }
  return hash;
}

// Of a part that keeps its past as plain floats. [main-thread]
template <class Part>
void saveFloats(const Part& part, StateWriter& writer) {
  std::vector<float> floats(part.stateFloats());
  part.saveState(floats.data());
  writer.floats(floats);
}

template <class Part>
void loadFloats(Part& part, StateReader& reader) {
  std::vector<float> floats(part.stateFloats());
  reader.floats(floats);
  part.loadState(floats.data());
}

}  // namespace hiss
