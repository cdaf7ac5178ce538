// SPDX-License-Identifier: Apache-2.0
#include "dsp/real_fft.h"

#include <kiss_fftr.h>

#include <new>
#include <stdexcept>
#include <string>

namespace hiss {
namespace {

static_assert(sizeof(kiss_fft_cpx) == sizeof(std::complex<float>));

// kissfft's generic butterfly, used for prime factors above 5 and for the transform of one complex
// point (n = 2), takes scratch from malloc.
bool hasOnlySmallFactors(int n) {
  for (const int factor : {2, 3, 5}) {
    while (n % factor == 0) n /= factor;
  }
  return n == 1;
}

struct Free {
  void operator()(kiss_fftr_cfg cfg) const noexcept { kiss_fftr_free(cfg); }
};
using Config = std::unique_ptr<kiss_fftr_state, Free>;

Config makeConfig(int n, bool inverse) {
  Config config(kiss_fftr_alloc(n, inverse ? 1 : 0, nullptr, nullptr));
  if (!config) throw std::bad_alloc();
  return config;
}

}  // namespace

struct RealFft::Plan {
  Config forward;
  Config inverse;
};

RealFft::RealFft(int n) : n_(n) {
  if (n < 4 || n % 2 != 0 || !hasOnlySmallFactors(n / 2)) {
    throw std::invalid_argument(
        "FFT size: expected an even number from 4 whose half has only the prime factors 2, 3 and "
        "5, "
        "found " +
        std::to_string(n));
  }
  plan_ = std::make_unique<Plan>(Plan{makeConfig(n, false), makeConfig(n, true)});
}

RealFft::~RealFft() = default;
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;

void RealFft::forward(const float* in, std::complex<float>* out) noexcept HISS_NONBLOCKING {
  HISS_TRUSTED_BEGIN
  // std::complex<float> has the layout of float[2] ([complex.numbers]), as kiss_fft_cpx has.
  kiss_fftr(plan_->forward.get(), in, reinterpret_cast<kiss_fft_cpx*>(out));
  HISS_TRUSTED_END
}

void RealFft::inverse(const std::complex<float>* in, float* out) noexcept HISS_NONBLOCKING {
  HISS_TRUSTED_BEGIN
  kiss_fftri(plan_->inverse.get(), reinterpret_cast<const kiss_fft_cpx*>(in), out);
  HISS_TRUSTED_END
  const float scale = 1.0F / static_cast<float>(n_);
  for (int i = 0; i < n_; ++i) out[i] *= scale;
}

}  // namespace hiss
