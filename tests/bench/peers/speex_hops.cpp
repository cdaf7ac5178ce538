// SPDX-License-Identifier: Apache-2.0
// The noise reduction of speexdsp's preprocessor, hop by hop (hop_driver.h says how).
#include <speex/speex_preprocess.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/peers/hop_driver.h"

namespace hiss::peers {
namespace {

constexpr int kHopMs = 20;  // what its manual calls the usual choice

class SpeexStream final : public HopProcessor {
 public:
  SpeexStream(int hop, int sample_rate_hz)
      : state_(speex_preprocess_state_init(hop, sample_rate_hz)),
        pcm_(static_cast<std::size_t>(hop)) {
    int on = 1;
    speex_preprocess_ctl(state_, SPEEX_PREPROCESS_SET_DENOISE, &on);
  }
  ~SpeexStream() override { speex_preprocess_state_destroy(state_); }

  void process(const float* in, float* out) override {
    for (std::size_t i = 0; i < pcm_.size(); ++i) {
      const float scaled = std::clamp(in[i] * 32768.0F, -32768.0F, 32767.0F);
      pcm_[i] = static_cast<spx_int16_t>(std::lrint(scaled));
    }
    speex_preprocess_run(state_, pcm_.data());
    for (std::size_t i = 0; i < pcm_.size(); ++i) {
      out[i] = static_cast<float>(pcm_[i]) / 32768.0F;
    }
  }

 private:
  SpeexPreprocessState* state_;
  std::vector<spx_int16_t> pcm_;
};

HopDenoiser makeSpeex(int sample_rate_hz) {
  const int hop = sample_rate_hz * kHopMs / 1000;
  SpeexPreprocessState* state = speex_preprocess_state_init(hop, sample_rate_hz);
  int suppress_db = 0;
  speex_preprocess_ctl(state, SPEEX_PREPROCESS_GET_NOISE_SUPPRESS, &suppress_db);
  speex_preprocess_state_destroy(state);
  return {hop, HISS_SPEEXDSP_VERSION,
          "noise suppression " + std::to_string(suppress_db) + " dB, its default",
          [=] { return std::make_unique<SpeexStream>(hop, sample_rate_hz); }};
}

}  // namespace
}  // namespace hiss::peers

int main(int argc, char** argv) {
  return hiss::peers::runDriver(argc, argv, "speexdsp, hop by hop", hiss::peers::makeSpeex);
}
