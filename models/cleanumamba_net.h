// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "models/cleanumamba_config.h"
#include "models/state_io.h"
#include "models/state_view.h"
#include "ssm/conv1d.h"
#include "ssm/linear.h"
#include "ssm/mamba_block.h"
#include "ssm/norm.h"
#include "ssm/tensor.h"

namespace hiss {

// The weights of a `cleanumamba` denoiser, packed for `kernels`. Immutable; shared by all channels
// and streams. [thread-safe]
struct CleanUMambaWeights {
  // value sigmoid(gate), of a convolution of kernel 1 cut in two.
  struct Gated {
    Linear value;
    Linear gate;
  };
  struct Encoder {
    Conv1d conv;  // halves the rate; ReLU behind it
    Gated gated;
  };
  struct Decoder {
    Gated gated;
    Linear up;  // [2 c_out, 2 gate_channels]: two outputs from the position before and this one
  };
  struct Block {
    LayerNorm norm;
    MambaBlock mamba;
  };

  CleanUMambaConfig config;
  const Kernels* kernels = nullptr;
  std::vector<Encoder> encoder;  // finest first
  Linear in;                     // tsfm_conv1
  std::vector<Block> blocks;
  LayerNorm norm_f;
  Linear out;                    // tsfm_conv2
  std::vector<Decoder> decoder;  // deepest first

  // Throws what `lookup` throws for a tensor that is missing or has another shape. `kernels` must
  // outlive the result. [main-thread]
  [[nodiscard]] static std::shared_ptr<const CleanUMambaWeights> pack(
      const CleanUMambaConfig& config, const TensorLookup& lookup, const Kernels& kernels);
};

// What the network remembers of one channel. Starts at zero. Not thread-safe.
class CleanUMambaState {
 public:
  explicit CleanUMambaState(const CleanUMambaConfig& config);

  // [audio-thread]
  void reset() noexcept HISS_NONBLOCKING;
  // Root mean square of ssm_state of a block. [audio-thread]
  [[nodiscard]] float ssmStateRms(int layer) const noexcept HISS_NONBLOCKING;

  void save(StateWriter& writer) const;
  // Throws std::runtime_error; this is then of no more use. [main-thread]
  void load(StateReader& reader);

 private:
  friend class CleanUMambaNet;

  // Rows of channels of three hops, newest last; the oldest hop's are for the decoder.
  struct Rows {
    AlignedBuffer<float> values;  // [count, columns]
    int count = 0;
    int columns = 0;
  };

  std::vector<Rows> levels_;                 // samples, then what each stage of the encoder gives
  std::vector<AlignedBuffer<float>> tails_;  // [gate_channels], of each stage of the decoder
  std::vector<MambaState> blocks_;
  std::vector<float> block_values_;  // [n_layer], values in ssm_state
  int hops_ = 0;                     // seen, up to kLookAheadHops
};

// Intermediate results of one hop; one a thread is enough. Holds nothing between hops.
struct CleanUMambaScratch {
  explicit CleanUMambaScratch(const CleanUMambaConfig& config);

  AlignedBuffer<float> conv;                // behind the convolution that halves the rate
  AlignedBuffer<float> gate;                // of either half
  std::vector<AlignedBuffer<float>> gated;  // [1 + rows, gate_channels], of the decoder's stages
  AlignedBuffer<float> x;                   // what the decoder hands down
  AlignedBuffer<float> z;                   // [d_model]
  AlignedBuffer<float> u;                   // [d_model]
  std::vector<MambaScratch> blocks;
};

// The network in recurrent form: one call a hop of 2^levels samples. Each output hop is what the
// reference's convolutions give of the whole sound, kLookAheadHops hops later. Holds no state of a
// stream. [thread-safe]
class CleanUMambaNet {
 public:
  explicit CleanUMambaNet(std::shared_ptr<const CleanUMambaWeights> weights);

  [[nodiscard]] const CleanUMambaConfig& config() const { return weights_->config; }
  [[nodiscard]] StateLayout stateLayout() const;

  // in [hop] -> out [hop], which belongs to the samples of kLookAheadHops hops ago; zeros before
  // the first. out may be in. `probe`, if given, is filled by the block that it names. Returns
  // whether the blocks ran, which they do not in the first kLookAheadHops hops. [audio-thread]
  bool step(const float* in, float* out, CleanUMambaState& state, CleanUMambaScratch& scratch,
            const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING;

 private:
  void encode(const float* in, CleanUMambaState& state,
              CleanUMambaScratch& s) const noexcept HISS_NONBLOCKING;
  void mix(CleanUMambaState& state, CleanUMambaScratch& s,
           const StateProbe* probe) const noexcept HISS_NONBLOCKING;
  void decode(float* out, CleanUMambaState& state,
              CleanUMambaScratch& s) const noexcept HISS_NONBLOCKING;
  void gate(const CleanUMambaWeights::Gated& gated, const float* x, float* y, int rows,
            CleanUMambaScratch& s) const noexcept HISS_NONBLOCKING;

  std::shared_ptr<const CleanUMambaWeights> weights_;
};

}  // namespace hiss
