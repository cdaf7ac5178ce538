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
    : c_in_(c_in), kernel_(kernel), stride_(stride), padding_(padding) {
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
}

void Conv1d::forward(const float* x_padded, float* y, int f) const noexcept HISS_NONBLOCKING {
  linear_.forward(x_padded, y, outLength(f), stride_ * c_in_, linear_.outputs());
}

ConvTranspose1d::ConvTranspose1d(std::span<const float> weight, std::span<const float> bias,
                                 int c_in, int c_out, int kernel, int stride, int padding,
                                 const Kernels& kernels)
    : c_out_(c_out), kernel_(kernel), stride_(stride), padding_(padding) {
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
  linear_ = Linear(reordered, {}, kernel * c_out, c_in, kernels);
  bias_.resize(static_cast<std::size_t>(c_out));
  std::copy(bias.begin(), bias.end(), bias_.data());
}

void ConvTranspose1d::forward(const float* x, float* y, int f,
                              float* scratch) const noexcept HISS_NONBLOCKING {
  linear_.forward(x, scratch, f);
  const int f_out = outLength(f);
  for (int o = 0; o < f_out; ++o) std::copy_n(bias_.data(), c_out_, y + o * c_out_);
  for (int i = 0; i < f; ++i) {
    const float* taps = scratch + i * kernel_ * c_out_;
    const int first = i * stride_ - padding_;
    const int k_begin = std::max(0, -first);
    const int k_end = std::min(kernel_, f_out - first);
    for (int k = k_begin; k < k_end; ++k) {
      for (int c = 0; c < c_out_; ++c) y[(first + k) * c_out_ + c] += taps[k * c_out_ + c];
    }
  }
}

}  // namespace hiss
