// SPDX-License-Identifier: Apache-2.0
#include "models/import/checkpoint.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <map>
#include <system_error>
#include <utility>

#include "models/import/pickle.h"
#include "models/import/zip_archive.h"
#include "models/little_endian.h"
#include "models/model_bytes.h"
#include "models/model_error.h"
#include "models/model_tensors.h"
#include "models/safetensors.h"

namespace hiss {
namespace {

// Values of all tensors for a byte of the file. Two tied tensors of bytes have two; only views that
// repeat a few values over and over have more.
constexpr std::uint64_t kMostValuesOfAByte = 4;
constexpr int kMaxDepth = 8;

// A class of storages: bytes of a value, and the value as f32.
struct StorageType {
  std::string_view name;
  std::size_t bytes;
  float (*value)(std::uint64_t bits);
};
constexpr std::array<StorageType, 10> kStorageTypes = {{
    {"FloatStorage", 4,
     [](std::uint64_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits)); }},
    {"HalfStorage", 2,
     [](std::uint64_t bits) { return fromHalf(static_cast<std::uint32_t>(bits)); }},
    {"BFloat16Storage", 2,
     [](std::uint64_t bits) {
       return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U);
     }},
    {"DoubleStorage", 8,
     [](std::uint64_t bits) { return static_cast<float>(std::bit_cast<double>(bits)); }},
    {"LongStorage", 8,
     [](std::uint64_t bits) { return static_cast<float>(static_cast<std::int64_t>(bits)); }},
    {"IntStorage", 4,
     [](std::uint64_t bits) { return static_cast<float>(static_cast<std::int32_t>(bits)); }},
    {"ShortStorage", 2,
     [](std::uint64_t bits) { return static_cast<float>(static_cast<std::int16_t>(bits)); }},
    {"CharStorage", 1,
     [](std::uint64_t bits) { return static_cast<float>(static_cast<std::int8_t>(bits)); }},
    {"ByteStorage", 1, [](std::uint64_t bits) { return static_cast<float>(bits); }},
    {"BoolStorage", 1, [](std::uint64_t bits) { return bits != 0 ? 1.0F : 0.0F; }},
}};

const StorageType& storageType(std::string_view name) {
  return *std::find_if(kStorageTypes.begin(), kStorageTypes.end(),
                       [&](const StorageType& type) { return type.name == name; });
}

// Visits the values of a tensor in row-major order as offsets into its storage.
template <class Visit>
void forEachOffset(const PickleTensor& tensor, std::uint64_t count, Visit visit) {
  std::vector<std::int64_t> index(tensor.shape.size(), 0);
  std::int64_t offset = tensor.offset;
  for (std::uint64_t i = 0; i < count; ++i) {
    visit(static_cast<std::uint64_t>(offset));
    for (std::size_t d = index.size(); d-- > 0;) {
      offset += tensor.strides[d];
      if (++index[d] < tensor.shape[d]) break;
      offset -= tensor.strides[d] * index[d];
      index[d] = 0;
    }
  }
}

}  // namespace

// Turns one archive of torch.save into a checkpoint.
class TorchReader {
 public:
  TorchReader(std::span<const std::byte> bytes, const std::string& origin)
      : most_values_(std::min<std::uint64_t>(kMaxModelValues, kMostValuesOfAByte * bytes.size())),
        archive_(bytes, origin),
        origin_(origin),
        folder_(findFolder()),
        pickle_(Pickle::parse(archive_.read(folder_ + "data.pkl"), origin)) {}

  Checkpoint read() {
    checkpoint_.origin_ = origin_;
    if (archive_.entries().contains(folder_ + "byteorder")) {
      const auto order = archive_.read(folder_ + "byteorder");
      if (order.empty() || order[0] != std::byte{'l'}) {
        throw ModelError(origin_, "byteorder", "little", "another");
      }
    }
    const PickleValue& root = pickle_.root();
    if (root.kind != PickleKind::kDict) {
      throw ModelError(origin_, "data.pkl", "a dict of tensors", "another object");
    }
    const PickleValue* weights = &root;
    for (const auto& [key, value] : pickle_.dict(root)) {
      const std::string& name = nameOf(key);
      if (value.kind == PickleKind::kDict && (name == "model_state_dict" || name == "state_dict")) {
        weights = &value;
      } else if (value.kind != PickleKind::kTensor) {
        checkpoint_.plain_[name] = plain(value, 0);
      }
    }
    for (const auto& item : pickle_.dict(*weights)) {
      if (item.second.kind == PickleKind::kTensor) ++storageOf(item.second).views;
    }
    for (const auto& [key, value] : pickle_.dict(*weights)) {
      if (value.kind != PickleKind::kTensor) continue;
      addTensor(nameOf(key), pickle_.tensor(value));
      // Large ones are not kept beside what is made of them.
      if (Storage& storage = storageOf(value); --storage.views == 0) storage.bytes = {};
    }
    if (checkpoint_.specs_.empty()) throw ModelError(origin_, "data.pkl", "tensors", "none");
    return std::move(checkpoint_);
  }

 private:
  struct Storage {
    std::size_t views = 0;  // tensors of it still to come
    std::vector<std::byte> bytes;
    bool is_read = false;
  };

  Storage& storageOf(const PickleValue& tensor) {
    return storages_[pickle_.storage(pickle_.tensor(tensor)).key];
  }

  // The archive's one folder, which torch.save calls as it likes.
  std::string findFolder() const {
    constexpr std::string_view kPickle = "data.pkl";
    for (const auto& entry : archive_.entries()) {
      const std::string& name = entry.first;
      const std::size_t slash = name.find('/');
      if (slash != std::string::npos && name.substr(slash + 1) == kPickle) {
        return name.substr(0, slash + 1);
      }
    }
    throw ModelError(origin_, "archive", "data.pkl in a folder, as torch.save writes it", "none");
  }

  const std::string& nameOf(const PickleValue& key) const {
    if (key.kind != PickleKind::kText) {
      throw ModelError(origin_, "data.pkl", "texts as keys", "another value");
    }
    return pickle_.text(key);
  }

  // A value that is no tensor, for whoever wants the configuration; what JSON cannot say is null.
  nlohmann::json plain(const PickleValue& value, int depth) const {
    if (depth > kMaxDepth) {
      throw ModelError(origin_, "data.pkl", "at most 8 levels of nesting", "more");
    }
    switch (value.kind) {
      case PickleKind::kBool:
        return value.integer != 0;
      case PickleKind::kInteger:
        return value.integer;
      case PickleKind::kReal:
        return value.real;
      case PickleKind::kText:
        return pickle_.text(value);
      case PickleKind::kSequence: {
        nlohmann::json list = nlohmann::json::array();
        for (const PickleValue& item : pickle_.sequence(value)) {
          countPlain();
          list.push_back(plain(item, depth + 1));
        }
        return list;
      }
      case PickleKind::kDict: {
        nlohmann::json object = nlohmann::json::object();
        for (const auto& [key, item] : pickle_.dict(value)) {
          countPlain();
          if (key.kind == PickleKind::kText) object[pickle_.text(key)] = plain(item, depth + 1);
        }
        return object;
      }
      default:
        return nullptr;
    }
  }

  // A dict that is named many times over would be copied as often.
  void countPlain() const {
    constexpr std::size_t kMaxPlain = 1U << 16U;
    if (++plain_values_ > kMaxPlain) {
      throw ModelError(origin_, "data.pkl", "at most 65536 values beside the tensors", "more");
    }
  }

  void addTensor(const std::string& name, const PickleTensor& tensor) {
    const std::string field = printableText(name);
    const PickleStorage& storage = pickle_.storage(tensor);
    const StorageType& type = storageType(storage.type);
    const std::span<const std::byte> data = dataOf(storage, type, field);
    const std::uint64_t count = checkView(tensor, data.size() / type.bytes, field);
    if (checkpoint_.find(name) != nullptr) throw ModelError(origin_, field, "one tensor", "two");

    std::vector<float> values;
    values.reserve(count);
    forEachOffset(tensor, count, [&](std::uint64_t offset) {
      const float value =
          type.value(readLittleEndian(data.data() + offset * type.bytes, type.bytes));
      if (!std::isfinite(value)) {
        throw ModelError(origin_, field, "finite values",
                         std::string(std::isnan(value) ? "NaN" : "infinity") + " at index " +
                             std::to_string(values.size()));
      }
      values.push_back(value);
    });
    checkpoint_.specs_.push_back({name, tensor.shape});
    checkpoint_.data_.push_back(std::move(values));
  }

  // Each is looked at once, however many tensors are views of it.
  std::span<const std::byte> dataOf(const PickleStorage& storage, const StorageType& type,
                                    const std::string& field) {
    Storage& place = storages_[storage.key];
    if (!std::exchange(place.is_read, true)) {
      place.bytes = archive_.read(folder_ + "data/" + storage.key);
    }
    const std::uint64_t size = place.bytes.size();
    if (size % type.bytes != 0 || size / type.bytes != static_cast<std::uint64_t>(storage.count)) {
      throw ModelError(
          origin_, field,
          std::to_string(storage.count) + " values of " + std::to_string(type.bytes) + " bytes",
          std::to_string(size) + " bytes");
    }
    return place.bytes;
  }

  // How many values the view has, all of them within `available`.
  std::uint64_t checkView(const PickleTensor& tensor, std::uint64_t available,
                          const std::string& field) {
    if (tensor.shape.size() != tensor.strides.size()) {
      throw ModelError(origin_, field, "as many strides as dimensions",
                       std::to_string(tensor.strides.size()));
    }
    std::uint64_t count = 1;
    std::uint64_t last = static_cast<std::uint64_t>(tensor.offset);
    bool good = tensor.offset >= 0;
    for (std::size_t d = 0; d < tensor.shape.size() && good; ++d) {
      const std::int64_t extent = tensor.shape[d];
      const std::int64_t stride = tensor.strides[d];
      constexpr auto kMost = static_cast<std::int64_t>(kMaxModelValues);
      // Each factor is at most 2^30, so no product or sum can wrap around.
      good = extent >= 1 && extent <= kMost && stride >= 0 && stride <= kMost;
      if (!good) break;
      count *= static_cast<std::uint64_t>(extent);
      last += static_cast<std::uint64_t>(extent - 1) * static_cast<std::uint64_t>(stride);
      good = count <= most_values_ && last < available;
    }
    if (!good || last >= available) {
      throw ModelError(origin_, field,
                       "a tensor within " + std::to_string(available) + " values of data",
                       "shape " + shapeText(tensor.shape) + " and strides " +
                           shapeText(tensor.strides) + " from " + std::to_string(tensor.offset));
    }
    floats_ += count;
    if (floats_ > most_values_) {
      throw ModelError(origin_, field,
                       "at most " + std::to_string(most_values_) + " values in all tensors",
                       "more");
    }
    return count;
  }

  std::uint64_t most_values_;
  ZipArchive archive_;
  const std::string& origin_;
  std::string folder_;
  Pickle pickle_;
  std::map<std::string, Storage> storages_;
  std::uint64_t floats_ = 0;
  mutable std::size_t plain_values_ = 0;
  Checkpoint checkpoint_;
};

Checkpoint Checkpoint::parseTorch(std::span<const std::byte> bytes, const std::string& origin) {
  return TorchReader(bytes, origin).read();
}

Checkpoint Checkpoint::parseSafetensors(std::span<const std::byte> bytes,
                                        const std::string& origin) {
  const SafetensorsFile file = SafetensorsFile::parse(bytes, origin);
  Checkpoint checkpoint;
  checkpoint.origin_ = origin;
  for (const TensorView& tensor : file.tensors()) {
    checkpoint.specs_.push_back({tensor.name, tensor.shape});
    checkpoint.data_.emplace_back(tensor.data.begin(), tensor.data.end());
  }
  return checkpoint;
}

Checkpoint Checkpoint::parse(std::span<const std::byte> bytes, const std::string& origin) {
  // A .safetensors file has '{' behind the 8 bytes of its length, an archive starts with "PK".
  const bool is_archive =
      bytes.size() >= 2 && bytes[0] == std::byte{'P'} && bytes[1] == std::byte{'K'};
  if (is_archive) return parseTorch(bytes, origin);
  if (bytes.size() > 8 && bytes[8] == std::byte{'{'}) return parseSafetensors(bytes, origin);
  throw ModelError(origin, "file", "a .safetensors file, or a zip archive of PyTorch 1.6 or later",
                   "another format");
}

Checkpoint Checkpoint::read(const std::filesystem::path& path) {
  return parse(readModelBytes(path), path.string());
}

const TensorSpec* Checkpoint::find(std::string_view name) const {
  const auto found = std::find_if(specs_.begin(), specs_.end(),
                                  [&](const TensorSpec& spec) { return spec.name == name; });
  return found == specs_.end() ? nullptr : &*found;
}

std::span<const float> Checkpoint::require(std::string_view name,
                                           const std::vector<std::int64_t>& shape) const {
  const TensorSpec* const spec = find(name);
  if (spec == nullptr) {
    throw ModelError(origin_, std::string(name), "a tensor of shape " + shapeText(shape), "none");
  }
  if (spec->shape != shape) {
    throw ModelError(origin_, std::string(name), "shape " + shapeText(shape),
                     "shape " + shapeText(spec->shape));
  }
  return data_[static_cast<std::size_t>(spec - specs_.data())];
}

int Checkpoint::countOf(std::string_view prefix) const {
  int count = 0;
  for (const TensorSpec& spec : specs_) {
    if (!std::string_view(spec.name).starts_with(prefix)) continue;
    int number = 0;
    const char* const end = spec.name.data() + spec.name.size();
    const auto [stop, error] = std::from_chars(spec.name.data() + prefix.size(), end, number);
    constexpr int kMost = 1 << 20;
    if (error != std::errc() || stop == end || *stop != '.' || number < 0 || number > kMost)
      continue;
    count = std::max(count, number + 1);
  }
  return count;
}

int Checkpoint::extent(std::string_view name, std::size_t dimension, std::size_t dimensions) const {
  const TensorSpec* const spec = find(name);
  const std::string expected = "a tensor of " + std::to_string(dimensions) + " dimensions";
  if (spec == nullptr) throw ModelError(origin_, std::string(name), expected, "none");
  if (spec->shape.size() != dimensions) {
    throw ModelError(origin_, std::string(name), expected, "shape " + shapeText(spec->shape));
  }
  return static_cast<int>(spec->shape[dimension]);
}

}  // namespace hiss
