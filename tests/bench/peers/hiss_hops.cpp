// SPDX-License-Identifier: Apache-2.0
// Hiss with a shipped model, hop by hop (hop_driver.h says how). HISS_SIMD chooses the kernels.
#include <memory>
#include <string>

#include "models/denoiser.h"
#include "models/model_registry.h"
#include "ssm/simd/dispatch.h"
#include "tests/bench/peers/hop_driver.h"

namespace hiss::peers {
namespace {

class HissStream final : public HopProcessor {
 public:
  HissStream(const std::shared_ptr<const DenoiserModel>& model, const StreamSpec& spec)
      : denoiser_(model), hop_(spec.max_block) {
    denoiser_.prepare(spec);
  }

  void process(const float* in, float* out) override { denoiser_.process(&in, &out, hop_); }

 private:
  Denoiser denoiser_;
  int hop_;
};

HopDenoiser makeHiss(const std::string& model_name, int sample_rate_hz) {
  const auto model = DenoiserModel::load(ModelRegistry().find(model_name));
  const DenoiserConfig& config = model->config();
  const int hop =
      static_cast<int>(static_cast<long>(config.hop) * sample_rate_hz / config.sample_rate);
  const StreamSpec spec{sample_rate_hz, 1, hop};
  Denoiser probe(model);
  probe.prepare(spec);
  return {hop, model->card().name,
          std::string("kernels ") + defaultKernels().name + ", latencySamples() " +
              std::to_string(probe.latencySamples()),
          [=] { return std::make_unique<HissStream>(model, spec); }};
}

}  // namespace
}  // namespace hiss::peers

int main(int argc, char** argv) {
  std::string model;
  return hiss::peers::runDriver(
      argc, argv, "Hiss, hop by hop",
      [&](int sample_rate_hz) { return hiss::peers::makeHiss(model, sample_rate_hz); },
      {{"model", "name or file of the model", &model}});
}
