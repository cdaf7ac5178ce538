// SPDX-License-Identifier: Apache-2.0
#include "ssm/conv1d.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace hiss {
namespace {

void checkSizes(const char* what, std::size_t weights, std::size_t biases, int c_out, int c_in,
                int kernel, int stride, int padding) {
  if (c_out < 1 || c_in < 1 || kernel < 1 || stride < 1 || padding < 0) {
    throw std::invalid_argument(std::string(what) + ": sizes must be positive");
  }
  const auto outputs = static_cast<std::size_t>(c_out);
  const std::size_t expected =
      outputs * static_cast<std::size_t>(c_in) * static_cast<std::size_t>(kernel);
  if (weights != expected || (biases != 0 && biases != outputs)) {
    throw std::invalid_argument(std::string(what) + ": found " + std::to_string(weights) +
                                " weights and " + std::to_string(biases) + " biases, expected " +
                                std::to_string(expected) + " and " + std::to_string(outputs) +
                                " or 0");
  }
}

}  // namespace

Conv1d::Conv1d(std::span<const float> weight, std::span<const float> bias, int c_out, int c_in,
               int kernel, int stride, int padding, const Kernels& kernels)
    : kernels_(&kernels), c_in_(c_in), kernel_(kernel), stride_(stride), padding_(padding) {
  checkSizes("Conv1d", weight.size(), bias.size(), c_out, c_in, kernel, stride, padding);
  // [c_out, c_in, kernel] -> [c_out, kernel, c_in], the order in which channels-last data lie.
  std::vector<float> reordered(weight.size());
  for (int o = 0; o < c_out; ++o) {
    for (int i = 0; i < c_in; ++i) {
      for (int k = 0; k < kernel; ++k) {
        reordered[static_cast<std::size_t>((o * kernel + k) * c_in + i)] =
            weight[static_cast<std::size_t>((o * c_in + i) * kernel + k)];
      }
    }
  }
  linear_ = Linear(reordered, bias, c_out, kernel * c_in, kernels);
  if (kernel == 3 && stride == 1) packPlanes(weight, bias, c_out);
}

// The filters of F(4, 3). All four outputs hold the second product once, so that it carries the
// bias.
void Conv1d::packPlanes(std::span<const float> weight, std::span<const float> bias, int c_out) {
  const std::size_t count = weight.size() / 3;
  std::vector<float> plane(count);
  for (std::size_t p = 0; p < planes_.size(); ++p) {
    for (std::size_t i = 0; i < count; ++i) {
      const double g0 = weight[3 * i];
      const double g1 = weight[3 * i + 1];
      const double g2 = weight[3 * i + 2];
      const double values[] = {g0 / 4,
                               -(g0 + g1 + g2) / 6,
                               -(g0 - g1 + g2) / 6,
                               (g0 + 2 * g1 + 4 * g2) / 24,
                               (g0 - 2 * g1 + 4 * g2) / 24,
                               g2};
      plane[i] = static_cast<float>(values[p]);
    }
    planes_[p] = Linear(plane, p == 1 ? bias : std::span<const float>(), c_out, c_in_, *kernels_);
  }
}

std::size_t Conv1d::scratchFloats(int f) const noexcept {
  if (kernel_ != 3 || stride_ != 1) return 0;
  return planes_.size() * static_cast<std::size_t>(outLength(f) / 4) *
         static_cast<std::size_t>(c_in_ + linear_.outputs());
}

void Conv1d::forward(const float* x_padded, float* y, int f) const noexcept HISS_NONBLOCKING {
  linear_.forward(x_padded, y, outLength(f), stride_ * c_in_, linear_.outputs());
}

void Conv1d::forward(const float* x_padded, float* y, int f,
                     float* scratch) const noexcept HISS_NONBLOCKING {
  if (kernel_ != 3 || stride_ != 1) {
    forward(x_padded, y, f);
    return;
  }
  const int length = outLength(f);
  const int tiles = length / 4;
  const int c_out = linear_.outputs();
  if (tiles > 0) {
    float* m = scratch + static_cast<std::ptrdiff_t>(planes_.size()) * tiles * c_in_;
    kernels_->winogradIn(x_padded, scratch, tiles, c_in_);
    for (std::size_t p = 0; p < planes_.size(); ++p) {
      const auto plane = static_cast<std::ptrdiff_t>(p) * tiles;
      planes_[p].forward(scratch + plane * c_in_, m + plane * c_out, tiles);
    }
    kernels_->winogradOut(m, y, tiles, c_out);
  }
  const std::ptrdiff_t done = std::ptrdiff_t{4} * tiles;
  if (done == length) return;
  linear_.forward(x_padded + done * c_in_, y + done * c_out, length - 4 * tiles, c_in_, c_out);
}

ConvTranspose1d::ConvTranspose1d(std::span<const float> weight, std::span<const float> bias,
                                 int c_in, int c_out, int kernel, int stride, int padding,
                                 const Kernels& kernels)
    : kernels_(&kernels), c_out_(c_out), kernel_(kernel), stride_(stride), padding_(padding) {
  checkSizes("ConvTranspose1d", weight.size(), bias.size(), c_out, c_in, kernel, stride, padding);
  // [c_in, c_out, kernel] -> [kernel, c_out, c_in].
  std::vector<float> reordered(weight.size());
  for (int i = 0; i < c_in; ++i) {
    for (int o = 0; o < c_out; ++o) {
      for (int k = 0; k < kernel; ++k) {
        reordered[static_cast<std::size_t>((k * c_out + o) * c_in + i)] =
            weight[static_cast<std::size_t>((i * c_out + o) * kernel + k)];
      }
    }
  }
  halved_ = kernel == 2 * stride && padding <= stride;
  if (halved_) {
    std::vector<float> repeated;
    for (int k = 0; k < stride && !bias.empty(); ++k) {
      repeated.insert(repeated.end(), bias.begin(), bias.end());
    }
    const std::span<const float> all(reordered);
    const std::size_t half = reordered.size() / 2;
    halves_[0] = Linear(all.first(half), repeated, stride * c_out, c_in, kernels);
    halves_[1] = Linear(all.last(half), {}, stride * c_out, c_in, kernels);
  } else {
    linear_ = Linear(reordered, {}, kernel * c_out, c_in, kernels);
  }
  bias_.resize(static_cast<std::size_t>(c_out));
  std::copy(bias.begin(), bias.end(), bias_.data());
}

void ConvTranspose1d::forward(const float* x, float* y, int f,
                              float* scratch) const noexcept HISS_NONBLOCKING {
  if (halved_) {
    forwardHalves(x, y, f, scratch);
    return;
  }
  linear_.forward(x, scratch, f);
  const int f_out = outLength(f);
  for (int o = 0; o < f_out; ++o) std::copy_n(bias_.data(), c_out_, y + o * c_out_);
  // The taps of a position lie side by side, in the scratch as in the output.
  const int width = kernel_ * c_out_;
  const int total = f_out * c_out_;
  for (int i = 0; i < f; ++i) {
    const float* taps = scratch + i * width;
    const int first = (i * stride_ - padding_) * c_out_;
    if (first >= 0 && first + width <= total) {
      kernels_->add(y + first, taps, y + first, width);
      continue;
    }
    for (int j = std::max(0, -first); j < std::min(width, total - first); ++j) {
      y[first + j] += taps[j];
    }
  }
}

// Without padding the output would be [f + 1, stride, c_out]: the first halves of all positions,
// and the second ones a row later.
void ConvTranspose1d::forwardHalves(const float* x, float* y, int f,
                                    float* scratch) const noexcept HISS_NONBLOCKING {
  const std::ptrdiff_t width = std::ptrdiff_t{stride_} * c_out_;
  const std::ptrdiff_t cut = std::ptrdiff_t{padding_} * c_out_;  // at both ends
  const float* first = scratch;
  const float* second = scratch + f * width;
  halves_[0].forward(x, scratch, f);
  halves_[1].forward(x, scratch + f * width, f);
  std::copy(first + cut, first + width, y);
  kernels_->add(first + width, second, y + width - cut, static_cast<int>((f - 1) * width));
  const float* last = second + (f - 1) * width;
  float* end = y + f * width - cut;
  for (std::ptrdiff_t j = 0; j < width - cut; ++j) end[j] = last[j] + bias_[j % c_out_];
}

}  // namespace hiss
