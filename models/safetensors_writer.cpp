// SPDX-License-Identifier: Apache-2.0
#include "models/safetensors_writer.h"

#include <bit>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "models/model_bytes.h"
#include "models/model_error.h"

namespace hiss {
namespace {

constexpr std::size_t kAlignment = 8;

// Writes a number at `at`; returns where the next one goes.
template <class Number>
std::byte* put(std::byte* at, Number value) {
  for (std::size_t i = 0; i < sizeof value; ++i) {
    at[i] = static_cast<std::byte>(value >> (8 * i) & 0xffU);
  }
  return at + sizeof value;
}

}  // namespace

std::vector<std::byte> safetensorsBytes(const std::map<std::string, std::string>& metadata,
                                        std::span<const TensorView> tensors,
                                        const std::string& origin) {
  nlohmann::ordered_json header;
  header["__metadata__"] = metadata;
  std::uint64_t offset = 0;
  for (const TensorView& tensor : tensors) {
    const std::uint64_t end = offset + tensor.data.size_bytes();
    header[tensor.name] = {
        {"dtype", "F32"}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = header.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  if (kAlignment + text.size() + offset > kMaxModelBytes) {
    throw ModelError(origin, "weights", "at most 4096 MiB as f32",
                     std::to_string(offset >> 20U) + " MiB");
  }
  std::vector<std::byte> bytes(kAlignment + text.size() + static_cast<std::size_t>(offset));
  std::byte* at = put(bytes.data(), static_cast<std::uint64_t>(text.size()));
  for (const char c : text) at = put(at, static_cast<std::uint8_t>(c));
  for (const TensorView& tensor : tensors) {
    for (const float value : tensor.data) at = put(at, std::bit_cast<std::uint32_t>(value));
  }
  return bytes;
}

}  // namespace hiss
