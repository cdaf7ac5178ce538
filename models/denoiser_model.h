// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "models/denoiser_config.h"
#include "models/model_card.h"
#include "models/safetensors.h"
#include "ssm/simd/kernels.h"

namespace hiss {

class HighBand;
struct SubbandNetWeights;

// Versions of the model file format that this engine reads (`hiss.format`): the newest, and the one
// that knows none of DenoiserConfig's optional members; see models/README.md.
inline constexpr const char* kModelFormat = "2";
inline constexpr const char* kPlainModelFormat = "1";

// A denoiser's model file, read and checked in full: format, task, config, card, and every tensor
// by name, shape and values. Immutable, so one object serves any number of streams. [thread-safe]
class DenoiserModel {
 public:
  // Throws ModelError. [main-thread]
  [[nodiscard]] static std::shared_ptr<const DenoiserModel> load(const std::filesystem::path& path);
  // The same from memory; `origin` stands for the path in errors.
  [[nodiscard]] static std::shared_ptr<const DenoiserModel> parse(std::span<const std::byte> bytes,
                                                                  std::string origin);

  [[nodiscard]] const std::string& path() const { return file_.origin(); }
  [[nodiscard]] const DenoiserConfig& config() const { return config_; }
  [[nodiscard]] const ModelCard& card() const { return card_; }
  // Number of trained values in the file.
  [[nodiscard]] std::size_t parameterCount() const;
  // Hash of the config and all weights: tells whether a saved state belongs to this model.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

  // The weights packed for `kernels`, which must outlive them. Takes memory at each call: make one
  // and share it. [main-thread]
  [[nodiscard]] std::shared_ptr<const SubbandNetWeights> pack(const Kernels& kernels) const;
  // The same for the head above the network's band; null for a model without one. [main-thread]
  [[nodiscard]] std::shared_ptr<const HighBand> packHighBand(const Kernels& kernels) const;

 private:
  explicit DenoiserModel(SafetensorsFile file);
  // Values of a tensor; throws ModelError unless it is there with exactly this shape.
  [[nodiscard]] std::span<const float> lookup(const std::string& name,
                                              const std::vector<std::int64_t>& shape) const;
  void checkFormat() const;
  void checkTensors() const;

  SafetensorsFile file_;
  DenoiserConfig config_;
  ModelCard card_;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace hiss
