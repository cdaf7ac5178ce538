// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "models/cleanumamba_config.h"
#include "models/denoiser_config.h"
#include "models/model_card.h"
#include "models/safetensors.h"
#include "ssm/simd/kernels.h"

namespace hiss {

struct CleanUMambaWeights;
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
  // Of a model of arch `cleanumamba` only sample_rate, hop and latencySamples() count.
  [[nodiscard]] const DenoiserConfig& config() const { return config_; }
  // The network's shape if the model is of arch `cleanumamba`, else null.
  [[nodiscard]] const CleanUMambaConfig* cleanUMamba() const {
    return cleanumamba_ ? &*cleanumamba_ : nullptr;
  }
  [[nodiscard]] const ModelCard& card() const { return card_; }
  // Number of trained values in the file.
  [[nodiscard]] std::size_t parameterCount() const;
  // Multiply-accumulates for one channel, as model cards count them.
  [[nodiscard]] double macsPerSecond() const;
  // Hash of the config and all weights: tells whether a saved state belongs to this model.
  [[nodiscard]] std::uint64_t fingerprint() const { return fingerprint_; }

  // The weights packed for `kernels`, which must outlive them. Takes memory at each call: make one
  // and share it. Throws std::invalid_argument for a model of arch `cleanumamba`. [main-thread]
  [[nodiscard]] std::shared_ptr<const SubbandNetWeights> pack(const Kernels& kernels) const;
  // The same for the head above the network's band; null for a model without one. [main-thread]
  [[nodiscard]] std::shared_ptr<const HighBand> packHighBand(const Kernels& kernels) const;
  // The weights of a model of arch `cleanumamba`; null for others. [main-thread]
  [[nodiscard]] std::shared_ptr<const CleanUMambaWeights> packCleanUMamba(
      const Kernels& kernels) const;

 private:
  explicit DenoiserModel(SafetensorsFile file);
  // Values of a tensor; throws ModelError unless it is there with exactly this shape.
  [[nodiscard]] std::span<const float> lookup(const std::string& name,
                                              const std::vector<std::int64_t>& shape) const;
  [[nodiscard]] TensorLookup tensorLookup() const;
  void readConfig();
  void checkFormat() const;
  void checkTensors(const std::vector<TensorSpec>& specs) const;

  SafetensorsFile file_;
  DenoiserConfig config_;
  std::optional<CleanUMambaConfig> cleanumamba_;
  ModelCard card_;
  std::uint64_t fingerprint_ = 0;
};

}  // namespace hiss
