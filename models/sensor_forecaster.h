// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "models/forecaster_config.h"
#include "models/model_card.h"
#include "models/safetensors.h"
#include "models/state_view.h"
#include "ssm/linear.h"
#include "ssm/mamba_stack.h"
#include "ssm/norm.h"
#include "ssm/simd/dispatch.h"
#include "ssm/state.h"

namespace hiss {

// A forecaster of sensor channels with its weights, from a model file that was checked in full:
// format, task, config, card, and every tensor by name, shape and values. One Mamba serves all
// channels of all streams; what it says of a channel depends on that channel's past alone.
// Immutable: one object serves any number of streams. [thread-safe]
class SensorForecaster {
 public:
  static constexpr int kFeatures = ForecasterConfig::kFeatures;
  static constexpr int kHorizons = static_cast<int>(ForecasterConfig::kHorizons.size());
  static constexpr int kQuantiles = static_cast<int>(ForecasterConfig::kQuantiles.size());
  static constexpr int kPerRow = kHorizons * kQuantiles;

  // What so many channels remember: reset(), savedBytes(), save() and load().
  using State = MambaState;

  // Intermediate results of a step; one a thread is enough. Not thread-safe.
  class Scratch {
   public:
    Scratch() = default;
    // For states of up to `max_channels`. [main-thread]
    Scratch(const SensorForecaster& model, int max_channels);
    [[nodiscard]] int maxChannels() const noexcept { return mamba_.maxRows(); }

   private:
    friend class SensorForecaster;

    AlignedBuffer<float> x_;       // [channels, d_model]
    AlignedBuffer<float> raw_;     // [channels, kOutputs], the head's outputs
    AlignedBuffer<float> spread_;  // [channels, kOutputs], softplus of them
    MambaScratch mamba_;
  };

  // Throws ModelError, and std::runtime_error if HISS_SIMD names no set of this CPU. `kernels` must
  // outlive the result. [main-thread]
  [[nodiscard]] static std::shared_ptr<const SensorForecaster> load(
      const std::filesystem::path& path, const Kernels& kernels = defaultKernels());
  // The same from memory; `origin` stands for the path in errors.
  [[nodiscard]] static std::shared_ptr<const SensorForecaster> parse(
      std::span<const std::byte> bytes, std::string origin,
      const Kernels& kernels = defaultKernels());

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const ForecasterConfig& config() const noexcept { return config_; }
  [[nodiscard]] const ModelCard& card() const { return card_; }
  // Number of trained values.
  [[nodiscard]] std::size_t parameterCount() const noexcept { return parameters_; }
  // Hash of the config and all weights: tells whether a saved state belongs to this model.
  [[nodiscard]] std::uint64_t fingerprint() const noexcept { return fingerprint_; }
  // Memory that the state of a channel takes.
  [[nodiscard]] std::size_t stateBytesPerChannel() const noexcept;

  // State of `channels` >= 1 channels at the start of their streams. [main-thread]
  [[nodiscard]] State makeState(int channels) const;

  // The Mamba blocks of so many channels. [main-thread]
  [[nodiscard]] StateLayout stateLayout(int channels) const;

  // One row of every channel of `state`, at most scratch.maxChannels(). features [channels,
  // kFeatures] -> quantiles [channels, kHorizons, kQuantiles], rising, in usual steps from the
  // present value; logits [channels] of "something is wrong now". All are finite where the features
  // are. A channel's outputs do not depend on the others, to the bit. `probe`, if given, is filled
  // by the block that it names. [audio-thread]
  void step(const float* features, State& state, Scratch& scratch, float* quantiles, float* logits,
            const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING;

 private:
  SensorForecaster(const SafetensorsFile& file, const Kernels& kernels);

  std::string path_;
  ForecasterConfig config_;
  ModelCard card_;
  std::size_t parameters_ = 0;
  std::uint64_t fingerprint_ = 0;
  const Kernels* kernels_ = nullptr;
  Linear embed_;  // [d_model, kFeatures]
  MambaStack stack_;
  RmsNorm norm_;
  Linear head_;  // [kOutputs, d_model]
};

}  // namespace hiss
