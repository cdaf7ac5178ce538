// SPDX-License-Identifier: Apache-2.0
// RNNoise from a shared library given by its path, hop by hop (hop_driver.h says how). 48 kHz.
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/bench/peers/hop_driver.h"
#include "tests/bench/peers/shared_library.h"

namespace hiss::peers {
namespace {

constexpr int kRateHz = 48000;
constexpr float kFullScale = 32768.0F;  // it works on the values of 16-bit samples

struct DenoiseState;

// The public functions of rnnoise.h.
struct RnNoise {
  explicit RnNoise(const std::string& path)
      : library(path),
        create(library.function<DenoiseState*(void*)>("rnnoise_create")),
        destroy(library.function<void(DenoiseState*)>("rnnoise_destroy")),
        process(
            library.function<float(DenoiseState*, float*, const float*)>("rnnoise_process_frame")),
        hop(library.function<int()>("rnnoise_get_frame_size")()) {}

  SharedLibrary library;
  DenoiseState* (*create)(void*);
  void (*destroy)(DenoiseState*);
  float (*process)(DenoiseState*, float*, const float*);
  int hop;
};

class RnNoiseStream final : public HopProcessor {
 public:
  explicit RnNoiseStream(std::shared_ptr<const RnNoise> library)
      : library_(std::move(library)),
        state_(library_->create(nullptr)),
        scaled_(static_cast<std::size_t>(library_->hop)) {
    if (state_ == nullptr) throw std::runtime_error("rnnoise_create failed");
  }
  ~RnNoiseStream() override { library_->destroy(state_); }

  void process(const float* in, float* out) override {
    for (std::size_t i = 0; i < scaled_.size(); ++i) scaled_[i] = in[i] * kFullScale;
    library_->process(state_, out, scaled_.data());
    for (std::size_t i = 0; i < scaled_.size(); ++i) out[i] /= kFullScale;
  }

 private:
  std::shared_ptr<const RnNoise> library_;
  DenoiseState* state_;
  std::vector<float> scaled_;
};

HopDenoiser makeRnNoise(const std::string& path, int sample_rate_hz) {
  if (sample_rate_hz != kRateHz) throw std::runtime_error("RNNoise runs at 48 kHz only");
  const auto library = std::make_shared<const RnNoise>(path);
  return {library->hop, "", "built-in weights",
          [=] { return std::make_unique<RnNoiseStream>(library); }};
}

}  // namespace
}  // namespace hiss::peers

int main(int argc, char** argv) {
  std::string path;
  return hiss::peers::runDriver(
      argc, argv, "RNNoise, hop by hop",
      [&](int sample_rate_hz) { return hiss::peers::makeRnNoise(path, sample_rate_hz); },
      {{"library", "librnnoise.so", &path}});
}
