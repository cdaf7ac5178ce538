// SPDX-License-Identifier: Apache-2.0
#include "models/safetensors.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>

#include "models/little_endian.h"
#include "models/model_bytes.h"
#include "models/model_error.h"
#include "models/strict_json.h"

namespace hiss {
namespace {

constexpr std::uint64_t kMaxHeaderBytes = std::uint64_t{1} << 20U;
constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxDimensions = 8;

enum class Dtype { kF32, kF16, kBf16 };

struct Entry {
  std::string name;
  Dtype dtype = Dtype::kF32;
  std::vector<std::int64_t> shape;
  std::uint64_t count = 0;  // of values
  std::uint64_t begin = 0;  // bytes into the data
  std::uint64_t end = 0;
};

std::uint64_t bytesOf(Dtype dtype) { return dtype == Dtype::kF32 ? 4 : 2; }

float readValue(const std::byte* bytes, Dtype dtype) {
  const auto bits = static_cast<std::uint32_t>(readLittleEndian(bytes, bytesOf(dtype)));
  switch (dtype) {
    case Dtype::kF32:
      return std::bit_cast<float>(bits);
    case Dtype::kF16:
      return fromHalf(bits);
    case Dtype::kBf16:
      return std::bit_cast<float>(bits << 16U);
  }
  return 0.0F;
}

Dtype parseDtype(const nlohmann::json& value, const std::string& origin, const std::string& field) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text == "F32") return Dtype::kF32;
    if (text == "F16") return Dtype::kF16;
    if (text == "BF16") return Dtype::kBf16;
  }
  throw ModelError(origin, field + ".dtype", "\"F32\", \"F16\" or \"BF16\"", describeJson(value));
}

// Checks one tensor's entry against itself and against the size of the data.
Entry parseEntry(const std::string& name, const nlohmann::json& value, std::uint64_t data_bytes,
                 const std::string& origin) {
  const std::string field = printableText(name);
  if (!value.is_object()) {
    throw ModelError(origin, field, "an object with dtype, shape and data_offsets",
                     describeJson(value));
  }
  for (const char* key : {"dtype", "shape", "data_offsets"}) {
    if (!value.contains(key)) throw ModelError(origin, field + "." + key, "a value", "none");
  }
  for (const auto& item : value.items()) {
    if (item.key() != "dtype" && item.key() != "shape" && item.key() != "data_offsets") {
      throw ModelError(origin, field, "only dtype, shape and data_offsets", quotedText(item.key()));
    }
  }

  Entry entry;
  entry.name = name;
  entry.dtype = parseDtype(value["dtype"], origin, field);

  const nlohmann::json& shape = value["shape"];
  if (!shape.is_array() || shape.size() > kMaxDimensions) {
    throw ModelError(origin, field + ".shape", "an array of at most 8 dimensions",
                     describeJson(shape));
  }
  entry.count = 1;
  for (const nlohmann::json& dimension : shape) {
    if (!dimension.is_number_unsigned() || dimension.get<std::uint64_t>() == 0) {
      throw ModelError(origin, field + ".shape", "positive whole numbers", describeJson(dimension));
    }
    const auto extent = dimension.get<std::uint64_t>();
    // No product can wrap around.
    if (extent > kMaxModelBytes / entry.count) {
      throw ModelError(origin, field + ".shape", "a tensor no larger than the file",
                       "more than " + std::to_string(kMaxModelBytes) + " values");
    }
    entry.count *= extent;
    entry.shape.push_back(static_cast<std::int64_t>(extent));
  }

  const nlohmann::json& offsets = value["data_offsets"];
  if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
      !offsets[1].is_number_unsigned()) {
    throw ModelError(origin, field + ".data_offsets", "[begin, end]", describeJson(offsets));
  }
  entry.begin = offsets[0].get<std::uint64_t>();
  entry.end = offsets[1].get<std::uint64_t>();
  const std::string range = std::to_string(entry.begin) + ".." + std::to_string(entry.end);
  if (entry.begin > entry.end || entry.end > data_bytes) {
    throw ModelError(origin, field + ".data_offsets",
                     "a range within " + std::to_string(data_bytes) + " bytes of data", range);
  }
  const std::uint64_t needed = entry.count * bytesOf(entry.dtype);
  if (entry.end - entry.begin != needed) {
    throw ModelError(origin, field + ".data_offsets",
                     std::to_string(needed) + " bytes for the shape",
                     std::to_string(entry.end - entry.begin) + " bytes (" + range + ")");
  }
  return entry;
}

// The data must be tiled by the tensors: no byte unused, none used twice.
void checkTiling(const std::vector<Entry>& sorted, std::uint64_t data_bytes,
                 const std::string& origin) {
  std::uint64_t position = 0;
  for (const Entry& entry : sorted) {
    if (entry.begin != position) {
      throw ModelError(origin, printableText(entry.name) + ".data_offsets",
                       "data from byte " + std::to_string(position) +
                           (entry.begin < position ? " (no overlap)" : " (no gap)"),
                       "data from byte " + std::to_string(entry.begin));
    }
    position = entry.end;
  }
  if (position != data_bytes) {
    throw ModelError(origin, "data", std::to_string(position) + " bytes of tensors",
                     std::to_string(data_bytes) + " bytes (trailing data)");
  }
}

std::map<std::string, std::string> parseMetadata(const nlohmann::json& value,
                                                 const std::string& origin) {
  if (!value.is_object()) {
    throw ModelError(origin, "__metadata__", "an object", describeJson(value));
  }
  std::map<std::string, std::string> metadata;
  for (const auto& item : value.items()) {
    if (!item.value().is_string()) {
      throw ModelError(origin, "__metadata__." + printableText(item.key()), "a string",
                       describeJson(item.value()));
    }
    metadata.emplace(item.key(), item.value().get<std::string>());
  }
  return metadata;
}

}  // namespace

SafetensorsFile SafetensorsFile::parse(std::span<const std::byte> bytes, std::string origin) {
  if (bytes.size() > kMaxModelBytes) {
    throw ModelError(origin, "file size", "at most " + std::to_string(kMaxModelBytes) + " bytes",
                     std::to_string(bytes.size()));
  }
  if (bytes.size() < kLengthBytes) {
    throw ModelError(origin, "header length", "8 bytes",
                     std::to_string(bytes.size()) + " (truncated or not a .safetensors file)");
  }
  const std::uint64_t header_bytes = readLittleEndian(bytes.data(), kLengthBytes);
  if (header_bytes > kMaxHeaderBytes) {
    throw ModelError(origin, "header length",
                     "at most " + std::to_string(kMaxHeaderBytes) + " bytes",
                     std::to_string(header_bytes) + " (not a .safetensors file?)");
  }
  if (header_bytes > bytes.size() - kLengthBytes) {
    throw ModelError(
        origin, "header length",
        "at most the " + std::to_string(bytes.size() - kLengthBytes) + " bytes that follow it",
        std::to_string(header_bytes) + " (truncated file?)");
  }
  const std::string_view header(reinterpret_cast<const char*>(bytes.data()) + kLengthBytes,
                                static_cast<std::size_t>(header_bytes));
  if (header.empty() || header.front() != '{') {
    throw ModelError(origin, "header", "a JSON object",
                     header.empty() ? "nothing" : quotedText(header.substr(0, 8)));
  }
  const nlohmann::json root = parseJsonObject(header, origin, "header");
  const std::span<const std::byte> data = bytes.subspan(kLengthBytes + header.size());

  SafetensorsFile file;
  std::vector<Entry> entries;
  std::uint64_t total = 0;
  for (const auto& item : root.items()) {
    if (item.key() == "__metadata__") {
      file.metadata_ = parseMetadata(item.value(), origin);
    } else {
      entries.push_back(parseEntry(item.key(), item.value(), data.size(), origin));
      total += entries.back().count;
    }
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const Entry& a, const Entry& b) { return a.begin < b.begin; });
  checkTiling(entries, data.size(), origin);
  if (total > kMaxModelValues) {
    throw ModelError(origin, "data", "at most 2^30 values", std::to_string(total));
  }

  file.values_.reserve(total);  // bounded: the tiling says that the data holds each value once
  for (const Entry& entry : entries) {
    const std::size_t first = file.values_.size();
    const std::byte* source = data.data() + entry.begin;
    for (std::uint64_t i = 0; i < entry.count; ++i) {
      const float value = readValue(source + i * bytesOf(entry.dtype), entry.dtype);
      if (!std::isfinite(value)) {
        throw ModelError(
            origin, printableText(entry.name), "finite values",
            std::string(std::isnan(value) ? "NaN" : "infinity") + " at index " + std::to_string(i));
      }
      file.values_.push_back(value);
    }
    file.tensors_.push_back(
        TensorView{entry.name, entry.shape,
                   std::span<const float>(file.values_.data() + first,
                                          static_cast<std::size_t>(entry.count))});
  }
  file.origin_ = std::move(origin);
  return file;
}

SafetensorsFile SafetensorsFile::read(const std::filesystem::path& path) {
  return parse(readModelBytes(path), path.string());
}

const std::string& SafetensorsFile::metadata(const std::string& key) const {
  const auto found = metadata_.find(key);
  if (found == metadata_.end()) throw ModelError(origin_, "__metadata__." + key, "a value", "none");
  return found->second;
}

const TensorView* SafetensorsFile::find(std::string_view name) const {
  const auto found = std::find_if(tensors_.begin(), tensors_.end(),
                                  [&](const TensorView& tensor) { return tensor.name == name; });
  return found == tensors_.end() ? nullptr : &*found;
}

}  // namespace hiss
