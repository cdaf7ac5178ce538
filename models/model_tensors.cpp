// SPDX-License-Identifier: Apache-2.0
#include "models/model_tensors.h"

#include <algorithm>
#include <bit>
#include <utility>

#include "models/model_error.h"

namespace hiss {
namespace {

// FNV-1a over 32-bit words.
class Fingerprint {
 public:
  void add(std::uint32_t word) { hash_ = (hash_ ^ word) * 0x100000001b3U; }
  [[nodiscard]] std::uint64_t value() const { return hash_; }

 private:
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

}  // namespace

void requireMetadata(const SafetensorsFile& file, const std::string& key,
                     const std::string& expected) {
  const std::string& found = file.metadata(key);
  if (found != expected) {
    throw ModelError(file.origin(), "__metadata__." + key, quotedText(expected), quotedText(found));
  }
}

std::span<const float> requireTensor(const SafetensorsFile& file, std::string_view name,
                                     const std::vector<std::int64_t>& shape) {
  const TensorView* tensor = file.find(name);
  if (tensor == nullptr) {
    throw ModelError(file.origin(), std::string(name), "a tensor of shape " + shapeText(shape),
                     "none");
  }
  if (tensor->shape != shape) {
    throw ModelError(file.origin(), std::string(name), "shape " + shapeText(shape),
                     "shape " + shapeText(tensor->shape));
  }
  return tensor->data;
}

Linear requireLinear(const SafetensorsFile& file, const std::string& name, int n_out, int n_in,
                     const Kernels& kernels) {
  return {requireTensor(file, name + ".weight", {n_out, n_in}),
          requireTensor(file, name + ".bias", {n_out}), n_out, n_in, kernels};
}

void requireTensors(const SafetensorsFile& file, const std::vector<TensorSpec>& specs) {
  for (const TensorSpec& spec : specs) (void)requireTensor(file, spec.name, spec.shape);
  if (file.tensors().size() == specs.size()) return;
  for (const TensorView& tensor : file.tensors()) {
    if (std::none_of(specs.begin(), specs.end(),
                     [&](const TensorSpec& spec) { return spec.name == tensor.name; })) {
      throw ModelError(file.origin(), printableText(tensor.name), "no tensor of this name",
                       "one of shape " + shapeText(tensor.shape));
    }
  }
}

void addBlockTensors(std::vector<TensorSpec>& specs, const std::string& name,
                     const BlockConfig& config) {
  for (TensorSpec& spec : blockTensors(config)) {
    specs.push_back({name + spec.name, std::move(spec.shape)});
  }
}

void addMixerTensors(std::vector<TensorSpec>& specs, const std::string& name,
                     const BlockConfig& config) {
  BlockConfig mixer = config;
  mixer.norm = false;
  addBlockTensors(specs, name, mixer);
}

std::uint64_t modelFingerprint(const SafetensorsFile& file, std::string_view config,
                               const std::vector<TensorSpec>& specs) {
  Fingerprint fingerprint;
  for (const char c : config) fingerprint.add(static_cast<unsigned char>(c));
  for (const TensorSpec& spec : specs) {
    for (const float value : file.find(spec.name)->data) {
      fingerprint.add(std::bit_cast<std::uint32_t>(value));
    }
  }
  return fingerprint.value();
}

}  // namespace hiss
