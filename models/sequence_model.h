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
#include "models/model_card.h"
#include "models/safetensors.h"
#include "models/sequence_config.h"
#include "models/state_view.h"
#include "ssm/block_stack.h"
#include "ssm/linear.h"
#include "ssm/norm.h"
#include "ssm/simd/dispatch.h"

namespace hiss {

// A model of sequences, of any kind of block, from a file that was checked in full: format, task,
// config, card, and every tensor by name, shape and values. It says something of each step from
// that step and those before it. Immutable: one object serves any number of streams. [thread-safe]
class SequenceModel {
 public:
  // What so many rows (independent sequences) remember: reset(), savedBytes(), save() and load().
  using State = BlockState;

  // Intermediate results of a step; one a thread is enough. Not thread-safe.
  class Scratch {
   public:
    Scratch() = default;
    // For states of up to `max_rows`. [main-thread]
    Scratch(const SequenceModel& model, int max_rows);

   private:
    friend class SequenceModel;

    AlignedBuffer<float> x_;  // [max_rows, d_model]
    BlockScratch blocks_;
  };

  // Throws ModelError, and std::runtime_error if HISS_SIMD names no set of this CPU. `kernels` must
  // outlive the result. [main-thread]
  [[nodiscard]] static std::shared_ptr<const SequenceModel> load(
      const std::filesystem::path& path, const Kernels& kernels = defaultKernels());
  // The same from memory; `origin` stands for the path in errors.
  [[nodiscard]] static std::shared_ptr<const SequenceModel> parse(
      std::span<const std::byte> bytes, std::string origin,
      const Kernels& kernels = defaultKernels());

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] const SequenceConfig& config() const noexcept { return config_; }
  [[nodiscard]] const ModelCard& card() const { return card_; }
  // Number of trained values.
  [[nodiscard]] std::size_t parameterCount() const noexcept { return parameters_; }
  // Hash of the config and all weights: tells whether a saved state belongs to this model.
  [[nodiscard]] std::uint64_t fingerprint() const noexcept { return fingerprint_; }
  // What one row remembers, whatever the length of its sequence.
  [[nodiscard]] std::int64_t stateBytesPerRow() const noexcept;

  // State of `rows` >= 1 sequences at their starts. [main-thread]
  [[nodiscard]] State makeState(int rows) const;

  // The blocks of so many rows, each as the ProbeShape of its kind. [main-thread]
  [[nodiscard]] StateLayout stateLayout(int rows) const;

  // One step of every row of `state`, at most as many as `scratch` is for. features [rows, n_in] or
  // tokens [rows] -> out [rows, n_out], as config().input says. A row's output does not depend on
  // the others, to the bit. The blocks pass over a row with a feature that is not finite, or a
  // token that is not from 0 to vocab - 1, as RecurrentBlock::step states. `probe`, if given, is
  // filled by the block that it names. [audio-thread]
  void step(const float* features, State& state, Scratch& scratch, float* out,
            const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING;
  void step(const std::int32_t* tokens, State& state, Scratch& scratch, float* out,
            const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING;

 private:
  SequenceModel(const SafetensorsFile& file, const Kernels& kernels);
  void advance(State& state, Scratch& scratch, float* out,
               const StateProbe* probe) const noexcept HISS_NONBLOCKING;

  std::string path_;
  SequenceConfig config_;
  ModelCard card_;
  std::size_t parameters_ = 0;
  std::uint64_t fingerprint_ = 0;
  AlignedBuffer<float> embedding_;  // [vocab, d_model]; of features none
  Linear embed_;                    // [d_model, n_in]; of tokens none
  BlockStack stack_;
  RmsNorm norm_f_;
  Linear head_;  // [n_out, d_model]
};

}  // namespace hiss
