// SPDX-License-Identifier: Apache-2.0
#include "dsp/real_fft.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <numbers>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "dsp/aligned_buffer.h"

// The iterations of the next loop do not depend on each other: no array overlaps another. (Clang
// finds out by itself, and warns where it is told so and cannot use it.)
#if defined(__GNUC__) && !defined(__clang__)
#define HISS_INDEPENDENT _Pragma("GCC ivdep")
#else
#define HISS_INDEPENDENT
#endif

namespace hiss {
namespace {

// Values that one pass of a loop takes at a time, for the compiler to make vectors of.
constexpr int kBlock = 4;

struct Complex {
  float re;
  float im;
};

Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
Complex operator*(Complex a, Complex b) {
  return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re};
}
Complex operator*(float a, Complex b) { return {a * b.re, a * b.im}; }
// -j a
Complex turned(Complex a) { return {a.im, -a.re}; }

// Transforms of kRadix points in place, X[k] = sum_i x[i] exp(-2 pi j k i / kRadix).
template <int kRadix>
void transform(Complex (&x)[kRadix]) {
  if constexpr (kRadix == 2) {
    const Complex sum = x[0] + x[1];
    x[1] = x[0] - x[1];
    x[0] = sum;
  } else if constexpr (kRadix == 3) {
    constexpr float kSin = 0.866025404F;
    const Complex sum = x[1] + x[2];
    const Complex side = kSin * turned(x[1] - x[2]);
    const Complex middle = x[0] - 0.5F * sum;
    x[0] = x[0] + sum;
    x[1] = middle + side;
    x[2] = middle - side;
  } else if constexpr (kRadix == 4) {
    const Complex even_sum = x[0] + x[2];
    const Complex even_difference = x[0] - x[2];
    const Complex odd_sum = x[1] + x[3];
    const Complex odd_difference = turned(x[1] - x[3]);
    x[0] = even_sum + odd_sum;
    x[1] = even_difference + odd_difference;
    x[2] = even_sum - odd_sum;
    x[3] = even_difference - odd_difference;
  } else if constexpr (kRadix == 5) {
    constexpr float kCos1 = 0.309016994F;
    constexpr float kCos2 = -0.809016994F;
    constexpr float kSin1 = 0.951056516F;
    constexpr float kSin2 = 0.587785252F;
    const Complex sum_1 = x[1] + x[4];
    const Complex sum_2 = x[2] + x[3];
    const Complex side_1 = turned(x[1] - x[4]);
    const Complex side_2 = turned(x[2] - x[3]);
    const Complex middle_1 = x[0] + kCos1 * sum_1 + kCos2 * sum_2;
    const Complex middle_2 = x[0] + kCos2 * sum_1 + kCos1 * sum_2;
    const Complex tilt_1 = kSin1 * side_1 + kSin2 * side_2;
    const Complex tilt_2 = kSin2 * side_1 - kSin1 * side_2;
    x[0] = x[0] + sum_1 + sum_2;
    x[1] = middle_1 + tilt_1;
    x[2] = middle_2 + tilt_2;
    x[3] = middle_2 - tilt_2;
    x[4] = middle_1 - tilt_1;
  } else {
    static_assert(kRadix == 7);
    constexpr float kCos1 = 0.623489802F;
    constexpr float kCos2 = -0.222520934F;
    constexpr float kCos3 = -0.900968868F;
    constexpr float kSin1 = 0.781831482F;
    constexpr float kSin2 = 0.974927912F;
    constexpr float kSin3 = 0.433883739F;
    const Complex sum_1 = x[1] + x[6];
    const Complex sum_2 = x[2] + x[5];
    const Complex sum_3 = x[3] + x[4];
    const Complex side_1 = turned(x[1] - x[6]);
    const Complex side_2 = turned(x[2] - x[5]);
    const Complex side_3 = turned(x[3] - x[4]);
    const Complex middle_1 = x[0] + kCos1 * sum_1 + kCos2 * sum_2 + kCos3 * sum_3;
    const Complex middle_2 = x[0] + kCos2 * sum_1 + kCos3 * sum_2 + kCos1 * sum_3;
    const Complex middle_3 = x[0] + kCos3 * sum_1 + kCos1 * sum_2 + kCos2 * sum_3;
    const Complex tilt_1 = kSin1 * side_1 + kSin2 * side_2 + kSin3 * side_3;
    const Complex tilt_2 = kSin2 * side_1 - kSin3 * side_2 - kSin1 * side_3;
    const Complex tilt_3 = kSin3 * side_1 - kSin1 * side_2 + kSin2 * side_3;
    x[0] = x[0] + sum_1 + sum_2 + sum_3;
    x[1] = middle_1 + tilt_1;
    x[2] = middle_2 + tilt_2;
    x[3] = middle_3 + tilt_3;
    x[4] = middle_3 - tilt_3;
    x[5] = middle_2 - tilt_2;
    x[6] = middle_1 - tilt_1;
  }
}

// One step of Stockham's transform, which needs no reordering: of the sequences of `length` points
// that lie `stride` apart, to kRadix times as many of length / kRadix. Real and imaginary parts lie
// apart, so that neighbours form vectors.
struct Stage {
  int radix = 0;
  int length = 0;
  int stride = 0;
  const float* twiddle = nullptr;  // [radix - 1, 2, length / radix], cos and -sin
};

struct Planes {
  float* re;
  float* im;
};

template <int kRadix>
void runStage(const Stage& stage, const Planes& x, const Planes& y) {
  const int parts = stage.length / kRadix;
  const std::ptrdiff_t stride = stage.stride;
  const std::ptrdiff_t apart = stride * parts;
  const float* const twiddle = stage.twiddle;
  const float* const x_re = x.re;
  const float* const x_im = x.im;
  float* const y_re = y.re;
  float* const y_im = y.im;
  const auto point = [=](std::ptrdiff_t from, std::ptrdiff_t to, int p) {
    Complex a[kRadix];
    for (int k = 0; k < kRadix; ++k) a[k] = {x_re[from + apart * k], x_im[from + apart * k]};
    transform<kRadix>(a);
    for (int k = 1; k < kRadix; ++k) {
      const float* const w = twiddle + std::ptrdiff_t{2} * (k - 1) * parts + p;
      a[k] = a[k] * Complex{w[0], w[parts]};
    }
    for (int k = 0; k < kRadix; ++k) {
      y_re[to + stride * k] = a[k].re;
      y_im[to + stride * k] = a[k].im;
    }
  };
  if (stride == 1) {
    HISS_INDEPENDENT
    for (int p = 0; p < parts; ++p) point(p, std::ptrdiff_t{kRadix} * p, p);
    return;
  }
  for (int p = 0; p < parts; ++p) {
    const std::ptrdiff_t from = stride * p;
    const std::ptrdiff_t to = stride * kRadix * p;
    std::ptrdiff_t q = 0;
    for (; q + kBlock <= stride; q += kBlock) {
      HISS_INDEPENDENT
      for (int i = 0; i < kBlock; ++i) point(from + q + i, to + q + i, p);
    }
    for (; q < stride; ++q) point(from + q, to + q, p);
  }
}

// 4 as often as possible, and first: the strides of what follows are then whole blocks.
std::vector<int> factorsOf(int n) {
  std::vector<int> factors;
  for (const int factor : {4, 2, 3, 5, 7}) {
    for (; n % factor == 0; n /= factor) factors.push_back(factor);
  }
  if (n != 1) factors.clear();
  return factors;
}

}  // namespace

// The n real samples are transformed as n/2 complex ones: even samples real, odd ones imaginary.
struct RealFft::Plan {
  explicit Plan(int n, const std::vector<int>& factors) : half(n / 2) {
    const auto points = static_cast<std::size_t>(half);
    work.resize(4 * points);
    post.resize(2 * points);
    for (int k = 0; k < half; ++k) {
      const double angle = 2.0 * std::numbers::pi * k / n;
      post[static_cast<std::size_t>(k)] = static_cast<float>(std::cos(angle));
      post[points + static_cast<std::size_t>(k)] = static_cast<float>(-std::sin(angle));
    }
    std::size_t total = 0;
    int length = half;
    for (const int radix : factors) {
      total += 2 * static_cast<std::size_t>((radix - 1) * (length / radix));
      length /= radix;
    }
    twiddles.resize(total);
    float* to = twiddles.data();
    length = half;
    int stride = 1;
    for (const int radix : factors) {
      stages.push_back({radix, length, stride, to});
      const int parts = length / radix;
      for (int k = 1; k < radix; ++k, to += std::ptrdiff_t{2} * parts) {
        for (int p = 0; p < parts; ++p) {
          const double angle = 2.0 * std::numbers::pi * (static_cast<double>(k) * p) / length;
          to[p] = static_cast<float>(std::cos(angle));
          to[parts + p] = static_cast<float>(-std::sin(angle));
        }
      }
      length = parts;
      stride *= radix;
    }
  }

  [[nodiscard]] Planes first() noexcept { return {work.data(), work.data() + half}; }
  [[nodiscard]] Planes second() noexcept {
    return {work.data() + std::ptrdiff_t{2} * half, work.data() + std::ptrdiff_t{3} * half};
  }

  // Transforms first(); returns the one of the two that then holds the result.
  Planes run() noexcept {
    Planes from = first();
    Planes to = second();
    for (const Stage& stage : stages) {
      switch (stage.radix) {
        case 2:
          runStage<2>(stage, from, to);
          break;
        case 3:
          runStage<3>(stage, from, to);
          break;
        case 4:
          runStage<4>(stage, from, to);
          break;
        case 5:
          runStage<5>(stage, from, to);
          break;
        default:
          runStage<7>(stage, from, to);
      }
      std::swap(from, to);
    }
    return from;
  }

  int half;
  AlignedBuffer<float> work;      // [2, 2, half]: two sets of real and imaginary parts
  AlignedBuffer<float> twiddles;  // of all stages
  AlignedBuffer<float> post;      // [2, half]: cos and -sin of 2 pi k / n
  std::vector<Stage> stages;
};

RealFft::RealFft(int n) : n_(n) {
  const std::vector<int> factors = n >= 4 && n % 2 == 0 ? factorsOf(n / 2) : std::vector<int>();
  if (factors.empty()) {
    throw std::invalid_argument(
        "FFT size: expected an even number from 4 whose half has only the prime factors 2, 3, 5 "
        "and 7, found " +
        std::to_string(n));
  }
  plan_ = std::make_unique<Plan>(n, factors);
}

RealFft::~RealFft() = default;
RealFft::RealFft(RealFft&&) noexcept = default;
RealFft& RealFft::operator=(RealFft&&) noexcept = default;

// X[k] = E[k] + w^k O[k], with the spectra E of the even and O of the odd samples taken out of
// Z = E + j O by symmetry: E[k] = (Z[k] + Z*[m - k]) / 2, O[k] = (Z[k] - Z*[m - k]) / 2j.
void RealFft::forward(const float* in, std::complex<float>* out) noexcept HISS_NONBLOCKING {
  Plan& plan = *plan_;
  const int m = plan.half;
  const Planes z = plan.first();
  for (int i = 0; i < m; ++i) {
    z.re[i] = in[2 * i];
    z.im[i] = in[2 * i + 1];
  }
  const Planes Z = plan.run();
  const float* const w_re = plan.post.data();
  const float* const w_im = w_re + m;
  auto* const X = reinterpret_cast<float*>(out);  // layout of float[2], [complex.numbers]
  X[0] = Z.re[0] + Z.im[0];
  X[1] = 0.0F;
  X[2 * m] = Z.re[0] - Z.im[0];
  X[2 * m + 1] = 0.0F;
  HISS_INDEPENDENT
  for (int k = 1; k < m; ++k) {
    const float even_re = 0.5F * (Z.re[k] + Z.re[m - k]);
    const float even_im = 0.5F * (Z.im[k] - Z.im[m - k]);
    const float odd_re = 0.5F * (Z.im[k] + Z.im[m - k]);
    const float odd_im = 0.5F * (Z.re[m - k] - Z.re[k]);
    X[2 * k] = even_re + (w_re[k] * odd_re - w_im[k] * odd_im);
    X[2 * k + 1] = even_im + (w_re[k] * odd_im + w_im[k] * odd_re);
  }
}

// The way back: Z[k] = E[k] + j O[k]. The inverse transform is the forward one with real and
// imaginary parts exchanged.
void RealFft::inverse(const std::complex<float>* in, float* out) noexcept HISS_NONBLOCKING {
  Plan& plan = *plan_;
  const int m = plan.half;
  const Planes z = plan.first();
  const float scale = 1.0F / static_cast<float>(n_);
  const float* const w_re = plan.post.data();
  const float* const w_im = w_re + m;
  const auto* const X = reinterpret_cast<const float*>(in);
  z.im[0] = scale * (X[0] + X[2 * m]);
  z.re[0] = scale * (X[0] - X[2 * m]);
  HISS_INDEPENDENT
  for (int k = 1; k < m; ++k) {
    const float even_re = X[2 * k] + X[2 * (m - k)];
    const float even_im = X[2 * k + 1] - X[2 * (m - k) + 1];
    const float difference_re = X[2 * k] - X[2 * (m - k)];
    const float difference_im = X[2 * k + 1] + X[2 * (m - k) + 1];
    // Times the conjugate of w^k.
    const float odd_re = w_re[k] * difference_re + w_im[k] * difference_im;
    const float odd_im = w_re[k] * difference_im - w_im[k] * difference_re;
    z.im[k] = scale * (even_re - odd_im);
    z.re[k] = scale * (even_im + odd_re);
  }
  const Planes samples = plan.run();
  for (int i = 0; i < m; ++i) {
    out[2 * i] = samples.im[i];
    out[2 * i + 1] = samples.re[i];
  }
}

}  // namespace hiss
