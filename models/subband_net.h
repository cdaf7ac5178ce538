// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <complex>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "dsp/aligned_buffer.h"
#include "dsp/realtime.h"
#include "models/denoiser_config.h"
#include "models/net_profile.h"
#include "models/state_view.h"
#include "models/subband_net_state.h"
#include "ssm/band_mix.h"
#include "ssm/conv1d.h"
#include "ssm/linear.h"
#include "ssm/norm.h"
#include "ssm/recurrent_block.h"
#include "ssm/tensor.h"

namespace hiss {

// A linear map of two inputs side by side, which need not stand so in memory. [thread-safe]
struct PairLinear {
  Linear left;   // with the bias
  Linear right;  // without

  // left_x [rows, left.inputs()], right_x [rows, right.inputs()] -> y [rows, outputs], all dense;
  // bit for bit what one Linear of [left_x, right_x] gives. No overlap. [audio-thread]
  void forward(const float* left_x, const float* right_x, float* y,
               int rows) const noexcept HISS_NONBLOCKING {
    left.forward(left_x, y, rows);
    right.accumulate(right_x, y, rows, right.inputs(), right.outputs());
  }
};

// The weights of a `subband-mamba` denoiser, batch normalisation folded in, packed for `kernels`.
// Immutable; shared by all channels and streams. [thread-safe]
struct SubbandNetWeights {
  // A state space over time, then mixing along the bands, then along d_model; each residual.
  struct Block {
    std::shared_ptr<const RecurrentBlock> mixer;  // of config.bandBlock()
    LayerNorm band_norm;
    BandMix band_up;    // [band_mult n_band, n_band]
    BandMix band_down;  // [n_band, band_mult n_band]
    LayerNorm chan_norm;
    Linear chan_up;    // [chan_mult d_model, d_model]
    Linear chan_down;  // [d_model, chan_mult d_model]
  };
  // A block over all bands at once, residual; its weights are used once a hop.
  struct Fullband {
    RmsNorm norm;
    Linear chan_down;                             // [rank, d_model]
    Linear down;                                  // [wide, n_band rank]
    std::shared_ptr<const RecurrentBlock> mixer;  // of config.fullbandBlock(), d_model = wide
    WeightFormat mixer_format = WeightFormat::kF32;
    RmsNorm up_norm;
    Linear up;       // [n_band rank, wide]
    Linear chan_up;  // [d_model, rank]
  };
  struct Decoder {
    PairLinear mix;  // [C, 2 C], a convolution with kernel 1
    Conv1d conv;     // [C, C, conv_kernel]
  };

  static constexpr int kTaps = 1;  // spectra that a mask weighs

  DenoiserConfig config;
  const Kernels* kernels = nullptr;
  Conv1d pre;                      // [C, features, kernel], stride `stride`
  std::vector<Conv1d> enc;         // n_conv of [C, C, conv_kernel]
  BandMix band_down;               // [n_band, F]
  Linear chan_down;                // [d_model, C]
  AlignedBuffer<float> band_bias;  // [n_band, d_model], or empty
  Fullband fullband;               // only if config.hasFullband()
  std::vector<Block> blocks;
  Linear chan_up;   // [C, d_model]
  BandMix band_up;  // [F, n_band]
  std::vector<Decoder> dec;
  PairLinear post;       // [C, 2 C], a convolution with kernel 1
  ConvTranspose1d last;  // [C, 2, kernel], stride `stride`

  // Throws what `lookup` throws for a tensor that is missing or has another shape. `kernels` must
  // outlive the result. [main-thread]
  [[nodiscard]] static std::shared_ptr<const SubbandNetWeights> pack(const DenoiserConfig& config,
                                                                     const TensorLookup& lookup,
                                                                     const Kernels& kernels);
};

// Activations of several streams, [streams, rows + 2 padding, columns]; the padding rows are zero.
class PaddedRows {
 public:
  PaddedRows() = default;
  PaddedRows(int streams, int rows, int padding, int columns);

  // Of stream i: the first row, and the first row after the zeros in front.
  float* padded(int i) noexcept HISS_NONBLOCKING { return values_.data() + i * stride_; }
  float* inner(int i) noexcept HISS_NONBLOCKING { return padded(i) + offset_; }

 private:
  AlignedBuffer<float> values_;
  std::ptrdiff_t stride_ = 0;
  std::ptrdiff_t offset_ = 0;
};

// Intermediate results of one hop of up to `max_streams` streams; one a thread is enough, whatever
// the number of channels.
struct SubbandNetScratch {
  SubbandNetScratch() = default;
  explicit SubbandNetScratch(const SubbandNetWeights& weights, int max_streams = 1);

  // Of every stream.
  PaddedRows features;                      // [bins, features]
  std::vector<PaddedRows> skips;            // outputs of the encoder's convolutions, [F, C] each
  AlignedBuffer<float> g;                   // [F, C]
  AlignedBuffer<float> post;                // [F, C]
  AlignedBuffer<float> bands;               // [n_band, C]
  AlignedBuffer<float> z;                   // [n_band, d_model]
  AlignedBuffer<float> y;                   // [n_band, d_model]
  AlignedBuffer<float> wide_band;           // [band_mult n_band, d_model]
  AlignedBuffer<float> wide_chan;           // [n_band, chan_mult d_model]
  AlignedBuffer<std::complex<float>> mask;  // [taps, bins]
  AlignedBuffer<float> narrow;              // [n_band, rank]
  AlignedBuffer<float> wide;                // [fullband_d_model]
  AlignedBuffer<float> wide_norm;           // [fullband_d_model]
  BlockScratch mixer;
  BlockScratch fullband;
  std::vector<BlockState*> block_states;     // [max_streams]
  std::vector<BlockState*> fullband_states;  // [max_streams]
  // Of one stream at a time.
  PaddedRows u;               // [F, C]
  AlignedBuffer<float> t;     // [F, C]
  AlignedBuffer<float> conv;  // scratch of the convolutions
  AlignedBuffer<float> taps;  // scratch of the transposed convolution
};

// The network: one call a hop, from a spectrum to the masked spectrum. Holds no state of a stream.
// [thread-safe]
class SubbandNet {
 public:
  explicit SubbandNet(std::shared_ptr<const SubbandNetWeights> weights);

  [[nodiscard]] const DenoiserConfig& config() const { return weights_->config; }
  [[nodiscard]] const SubbandNetWeights& weights() const { return *weights_; }

  // State of one channel at the start of a stream. [main-thread]
  [[nodiscard]] SubbandNetState makeState() const;

  // The blocks in the order in which they run, with their sub-bands. [main-thread]
  [[nodiscard]] StateLayout stateLayout() const;

  // x [n_fft/2 + 1] -> y [n_fft/2 + 1], which may be x; the top bin of y is zero. A bin that
  // comes out NaN or beyond 1e15 is muted. [audio-thread]
  void step(const std::complex<float>* x, std::complex<float>* y, SubbandNetState& state,
            SubbandNetScratch& scratch) const noexcept HISS_NONBLOCKING;

  // The same for `count` streams at once, each with its spectra and state: x[i] -> y[i]. Bit for
  // bit what the call above gives for each by itself. `scratch` was made for at least as many
  // streams. [audio-thread]
  void step(const std::complex<float>* const* x, std::complex<float>* const* y,
            SubbandNetState* const* states, int count,
            SubbandNetScratch& scratch) const noexcept HISS_NONBLOCKING;

  // Like the first to the bit, and what each part of it took: ticks [at least parts().size()], in
  // nanoseconds of std::chrono::steady_clock. Reading the clock costs some 25 ns a part, which is
  // in the figures. [audio-thread]
  void stepTimed(const std::complex<float>* x, std::complex<float>* y, SubbandNetState& state,
                 SubbandNetScratch& scratch,
                 std::span<std::uint64_t> ticks) const noexcept HISS_NONBLOCKING;

  // The two halves of `step`, for whoever looks at a mask or changes it before it is used.

  // Newest spectra that a mask weighs, and so the rows of a mask: 1, a mask in the narrow sense.
  [[nodiscard]] int taps() const noexcept HISS_NONBLOCKING { return SubbandNetWeights::kTaps; }

  // x [usedBins()] -> mask [taps(), usedBins()]. `probe`, if given, is filled by the block that it
  // names, as in stateLayout(). [audio-thread]
  void estimate(const std::complex<float>* x, std::complex<float>* mask, SubbandNetState& state,
                SubbandNetScratch& scratch,
                const StateProbe* probe = nullptr) const noexcept HISS_NONBLOCKING;

  // y[k] = sum_j mask[j, k] spectra[j][k] for k < usedBins(), with spectra[j] that of j hops ago;
  // what comes out NaN or beyond 1e15 is muted. y may be spectra[0]. [audio-thread]
  void apply(const std::complex<float>* const* spectra, const std::complex<float>* mask,
             std::complex<float>* y) const noexcept HISS_NONBLOCKING;

  // The parts that stepTimed measures, in its order, with the bytes of the weights as they are
  // packed. [main-thread]
  [[nodiscard]] std::vector<NetPart> parts() const;

 private:
  struct Streams {
    const std::complex<float>* const* x = nullptr;
    std::complex<float>* const* y = nullptr;
    SubbandNetState* const* states = nullptr;
    int count = 0;
    const StateProbe* probe = nullptr;
  };

  // `lap()` is called at the end of each part.
  template <class Lap>
  void run(const Streams& streams, SubbandNetScratch& s, Lap& lap) const noexcept HISS_NONBLOCKING;
  template <class Lap>
  void findMasks(const Streams& streams, SubbandNetScratch& s,
                 Lap& lap) const noexcept HISS_NONBLOCKING;
  template <class Lap>
  void encode(const Streams& streams, SubbandNetScratch& s,
              Lap& lap) const noexcept HISS_NONBLOCKING;
  template <class Lap>
  void mixBlocks(const Streams& streams, SubbandNetScratch& s,
                 Lap& lap) const noexcept HISS_NONBLOCKING;
  template <class Lap>
  void mixAllBands(const Streams& streams, const StateProbe* probe, SubbandNetScratch& s,
                   Lap& lap) const noexcept HISS_NONBLOCKING;
  template <class Lap>
  void decode(const Streams& streams, SubbandNetScratch& s,
              Lap& lap) const noexcept HISS_NONBLOCKING;
  [[nodiscard]] std::complex<float>* maskOf(SubbandNetScratch& s,
                                            int stream) const noexcept HISS_NONBLOCKING;

  std::shared_ptr<const SubbandNetWeights> weights_;
};

}  // namespace hiss
