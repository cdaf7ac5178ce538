// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ssm/tensor.h"

namespace hiss {

// Weights as somebody else published them: named tensors, and plain values beside them. The file is
// untrusted; it is read without running anything that it holds, see Pickle. Immutable.
// [thread-safe]
class Checkpoint {
 public:
  // Reads a .safetensors file, or one of torch.save ("zip archive", PyTorch 1.6 or later), whatever
  // its name. Of the latter the tensors are those of the dict `model_state_dict` or `state_dict`,
  // or of the whole file. All numbers become f32. Refused is a tensor that reaches beyond its data,
  // a value that is not finite or beyond f32, and more than 2^30 values in all or four a byte.
  // Throws ModelError. [main-thread]
  [[nodiscard]] static Checkpoint read(const std::filesystem::path& path);
  // The same from memory; `origin` stands for the path in errors.
  [[nodiscard]] static Checkpoint parse(std::span<const std::byte> bytes,
                                        const std::string& origin);

  [[nodiscard]] const std::string& origin() const { return origin_; }
  // In the order of the file.
  [[nodiscard]] const std::vector<TensorSpec>& tensors() const { return specs_; }
  // Null if there is none.
  [[nodiscard]] const TensorSpec* find(std::string_view name) const;
  // Values of a tensor; throws ModelError unless it is there with exactly this shape.
  [[nodiscard]] std::span<const float> require(std::string_view name,
                                               const std::vector<std::int64_t>& shape) const;
  // Extent of a tensor's dimension; throws ModelError unless it is there with so many dimensions.
  [[nodiscard]] int extent(std::string_view name, std::size_t dimension,
                           std::size_t dimensions) const;

  // One more than the greatest number N of the tensors that are called `prefix` N "." and so on; 0
  // if there is none.
  [[nodiscard]] int countOf(std::string_view prefix) const;

  // Plain values of the file beside the tensors, an object; of a .safetensors file empty.
  [[nodiscard]] const nlohmann::json& values() const { return plain_; }

 private:
  Checkpoint() = default;
  static Checkpoint parseTorch(std::span<const std::byte> bytes, const std::string& origin);
  static Checkpoint parseSafetensors(std::span<const std::byte> bytes, const std::string& origin);
  friend class TorchReader;

  std::string origin_;
  std::vector<TensorSpec> specs_;
  std::vector<std::vector<float>> data_;
  nlohmann::json plain_ = nlohmann::json::object();
};

}  // namespace hiss
