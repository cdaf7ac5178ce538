// SPDX-License-Identifier: Apache-2.0
// DeepFilterNet through its C interface, hop by hop (hop_driver.h says how). 48 kHz.
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/peers/hop_driver.h"
#include "tests/bench/peers/shared_library.h"

namespace hiss::peers {
namespace {

constexpr int kRateHz = 48000;
constexpr float kNoLimitDb = 100.0F;  // its own value for "no attenuation limit"

struct DfState;

// Functions of libDF/src/capi.rs.
struct DeepFilter {
  DeepFilter(const std::string& path, std::string model_path)
      : library(path),
        create(library.function<DfState*(const char*, float, const char*)>("df_create")),
        destroy(library.function<void(DfState*)>("df_free")),
        hop(library.function<std::size_t(DfState*)>("df_get_frame_length")),
        process(library.function<float(DfState*, float*, float*)>("df_process_frame")),
        model(std::move(model_path)) {}

  SharedLibrary library;
  DfState* (*create)(const char*, float, const char*);
  void (*destroy)(DfState*);
  std::size_t (*hop)(DfState*);
  float (*process)(DfState*, float*, float*);
  std::string model;
};

class DeepFilterStream final : public HopProcessor {
 public:
  explicit DeepFilterStream(std::shared_ptr<const DeepFilter> library)
      : library_(std::move(library)),
        state_(library_->create(library_->model.c_str(), kNoLimitDb, nullptr)) {
    if (state_ == nullptr) throw std::runtime_error("df_create failed");
    in_.resize(library_->hop(state_));
  }
  ~DeepFilterStream() override { library_->destroy(state_); }

  [[nodiscard]] int hop() const { return static_cast<int>(in_.size()); }

  void process(const float* in, float* out) override {
    in_.assign(in, in + in_.size());
    library_->process(state_, in_.data(), out);
  }

 private:
  std::shared_ptr<const DeepFilter> library_;
  DfState* state_;
  std::vector<float> in_;
};

HopDenoiser makeDeepFilter(const std::string& path, const std::string& model, int sample_rate_hz) {
  if (sample_rate_hz != kRateHz) throw std::runtime_error("DeepFilterNet runs at 48 kHz only");
  const auto library = std::make_shared<const DeepFilter>(path, model);
  return {DeepFilterStream(library).hop(), "", "no attenuation limit, no post-filter",
          [=] { return std::make_unique<DeepFilterStream>(library); }};
}

}  // namespace
}  // namespace hiss::peers

int main(int argc, char** argv) {
  std::string library;
  std::string model;
  return hiss::peers::runDriver(
      argc, argv, "DeepFilterNet, hop by hop",
      [&](int sample_rate_hz) {
        return hiss::peers::makeDeepFilter(library, model, sample_rate_hz);
      },
      {{"library", "libdeepfilter.so", &library}, {"model", "its model, .tar.gz", &model}});
}
