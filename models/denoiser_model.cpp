// SPDX-License-Identifier: Apache-2.0
#include "models/denoiser_model.h"

#include <algorithm>
#include <bit>
#include <string_view>
#include <utility>
#include <vector>

#include "models/high_band.h"
#include "models/model_error.h"
#include "models/subband_net.h"

namespace hiss {
namespace {

std::string shapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t extent : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  return text + "]";
}

void requireMetadata(const SafetensorsFile& file, const std::string& key,
                     const std::string& expected) {
  const std::string& found = file.metadata(key);
  if (found != expected) {
    throw ModelError(file.origin(), "__metadata__." + key, quotedText(expected), quotedText(found));
  }
}

// FNV-1a over 32-bit words.
class Fingerprint {
 public:
  void add(std::uint32_t word) { hash_ = (hash_ ^ word) * 0x100000001b3U; }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace

DenoiserModel::DenoiserModel(SafetensorsFile file) : file_(std::move(file)) {
  checkFormat();
  requireMetadata(file_, "hiss.task", "denoise");
  config_ = parseDenoiserConfig(file_.metadata("hiss.config"), path());
  // An engine that reads format 1 only would not know what to do with the rest.
  if (!config_.isPlain()) requireMetadata(file_, "hiss.format", kModelFormat);
  card_ = parseModelCard(file_.metadata("hiss.card"), path());
  checkTensors();

  Fingerprint fingerprint;
  for (const char c : toJson(config_)) fingerprint.add(static_cast<unsigned char>(c));
  for (const TensorSpec& spec : denoiserTensors(config_)) {
    for (const float value : file_.find(spec.name)->data) {
      fingerprint.add(std::bit_cast<std::uint32_t>(value));
    }
  }
  fingerprint_ = fingerprint.value();
}

std::shared_ptr<const DenoiserModel> DenoiserModel::load(const std::filesystem::path& path) {
  return std::shared_ptr<const DenoiserModel>(new DenoiserModel(SafetensorsFile::read(path)));
}

std::shared_ptr<const DenoiserModel> DenoiserModel::parse(std::span<const std::byte> bytes,
                                                          std::string origin) {
  return std::shared_ptr<const DenoiserModel>(
      new DenoiserModel(SafetensorsFile::parse(bytes, std::move(origin))));
}

void DenoiserModel::checkFormat() const {
  const std::string& format = file_.metadata("hiss.format");
  if (format == kModelFormat || format == kPlainModelFormat) return;
  throw ModelError(path(), "__metadata__.hiss.format",
                   quotedText(kPlainModelFormat) + " or " + quotedText(kModelFormat),
                   quotedText(format));
}

void DenoiserModel::checkTensors() const {
  const std::vector<TensorSpec> specs = denoiserTensors(config_);
  for (const TensorSpec& spec : specs) {
    const std::span<const float> values = lookup(spec.name, spec.shape);
    if (!std::string_view(spec.name).ends_with(".running_var")) continue;
    const auto negative =
        std::find_if(values.begin(), values.end(), [](float value) { return value < 0.0F; });
    if (negative != values.end()) {
      throw ModelError(
          path(), spec.name, "variances of at least 0",
          std::to_string(*negative) + " at index " + std::to_string(negative - values.begin()));
    }
  }
  if (file_.tensors().size() == specs.size()) return;
  for (const TensorView& tensor : file_.tensors()) {
    if (std::none_of(specs.begin(), specs.end(),
                     [&](const TensorSpec& spec) { return spec.name == tensor.name; })) {
      throw ModelError(path(), printableText(tensor.name), "no tensor of this name",
                       "one of shape " + shapeText(tensor.shape));
    }
  }
}

std::span<const float> DenoiserModel::lookup(const std::string& name,
                                             const std::vector<std::int64_t>& shape) const {
  const TensorView* tensor = file_.find(name);
  if (tensor == nullptr) {
    throw ModelError(path(), name, "a tensor of shape " + shapeText(shape), "none");
  }
  if (tensor->shape != shape) {
    throw ModelError(path(), name, "shape " + shapeText(shape),
                     "shape " + shapeText(tensor->shape));
  }
  return tensor->data;
}

std::size_t DenoiserModel::parameterCount() const {
  std::size_t count = 0;
  for (const TensorView& tensor : file_.tensors()) {
    if (tensor.name.find(".running_") == std::string::npos) count += tensor.data.size();
  }
  return count;
}

std::shared_ptr<const SubbandNetWeights> DenoiserModel::pack(const Kernels& kernels) const {
  return SubbandNetWeights::pack(
      config_,
      [this](std::string_view name, const std::vector<std::int64_t>& shape) {
        return lookup(std::string(name), shape);
      },
      kernels);
}

std::shared_ptr<const HighBand> DenoiserModel::packHighBand(const Kernels& kernels) const {
  if (!config_.high_band) return nullptr;
  return std::make_shared<const HighBand>(
      *config_.high_band, config_.usedBins(),
      [this](std::string_view name, const std::vector<std::int64_t>& shape) {
        return lookup(std::string(name), shape);
      },
      kernels);
}

}  // namespace hiss
