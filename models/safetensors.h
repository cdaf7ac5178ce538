// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ssm/tensor.h"

namespace hiss {

// A .safetensors file, read and checked as a whole:
//
//   8 bytes    length n of the header, unsigned, little-endian
//   n bytes    JSON: {"__metadata__": {text: text}, NAME: {"dtype", "shape", "data_offsets"}, ...}
//   the rest   tensor data, row-major, little-endian
//
// The file is untrusted. Refused, before memory is taken for it, is a file over 4 GiB or 2^30
// values, a header over 1 MiB or longer than the file, JSON that is invalid or holds a key twice, a
// dtype other than F32, F16 and BF16, a shape whose byte count overflows or differs from its
// offsets, and offsets that overlap, leave a gap, or do not end with the file; after that, any
// value that is not finite. All values are converted to f32.
//
// Immutable once read, so any number of threads may use it. [thread-safe]
class SafetensorsFile {
 public:
  // Reads the regular file at `path`. Throws ModelError. [main-thread]
  [[nodiscard]] static SafetensorsFile read(const std::filesystem::path& path);
  // The same from memory; `origin` stands for the path in errors.
  [[nodiscard]] static SafetensorsFile parse(std::span<const std::byte> bytes, std::string origin);

  SafetensorsFile(SafetensorsFile&&) noexcept = default;
  SafetensorsFile& operator=(SafetensorsFile&&) noexcept = default;
  SafetensorsFile(const SafetensorsFile&) = delete;
  SafetensorsFile& operator=(const SafetensorsFile&) = delete;
  ~SafetensorsFile() = default;

  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const { return metadata_; }
  // Value of a metadata key; throws ModelError naming the key if it is missing.
  [[nodiscard]] const std::string& metadata(const std::string& key) const;

  // In the order of their data. The views live as long as this object.
  [[nodiscard]] const std::vector<TensorView>& tensors() const { return tensors_; }
  // The tensor called `name`, or null.
  [[nodiscard]] const TensorView* find(std::string_view name) const;

 private:
  SafetensorsFile() = default;

  std::string origin_;
  std::map<std::string, std::string> metadata_;
  std::vector<float> values_;  // every tensor, one after the other
  std::vector<TensorView> tensors_;
};

}  // namespace hiss
