// SPDX-License-Identifier: Apache-2.0
// The noise suppression of webrtc-audio-processing, hop by hop (hop_driver.h says how).
#include <webrtc/modules/audio_processing/include/audio_processing.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "tests/bench/peers/hop_driver.h"

namespace hiss::peers {
namespace {

constexpr int kHopMs = 10;  // the only one it takes

class WebrtcStream final : public HopProcessor {
 public:
  explicit WebrtcStream(int sample_rate_hz)
      : config_(sample_rate_hz, 1), processing_(webrtc::AudioProcessing::Create()) {
    check(processing_->noise_suppression()->set_level(webrtc::NoiseSuppression::kHigh));
    check(processing_->noise_suppression()->Enable(true));
    const webrtc::ProcessingConfig streams = {{config_, config_, config_, config_}};
    check(processing_->Initialize(streams));
  }

  void process(const float* in, float* out) override {
    check(processing_->ProcessStream(&in, config_, config_, &out));
  }

 private:
  static void check(int status) {
    if (status != webrtc::AudioProcessing::kNoError) {
      throw std::runtime_error("webrtc-audio-processing: error " + std::to_string(status));
    }
  }

  webrtc::StreamConfig config_;
  std::unique_ptr<webrtc::AudioProcessing> processing_;
};

HopDenoiser makeWebrtc(int sample_rate_hz) {
  return {sample_rate_hz * kHopMs / 1000, HISS_WEBRTC_VERSION,
          "noise suppression kHigh, all else off",
          [=] { return std::make_unique<WebrtcStream>(sample_rate_hz); }};
}

}  // namespace
}  // namespace hiss::peers

int main(int argc, char** argv) {
  return hiss::peers::runDriver(argc, argv, "webrtc-audio-processing, hop by hop",
                                hiss::peers::makeWebrtc);
}
