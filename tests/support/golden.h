// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

namespace hiss {

// Path of a file under tests/golden.
std::filesystem::path goldenPath(std::string_view name);

// Value `index` of the reproducible stream `stream`, uniform in [-1, 1) in steps of 2^-23, so exact
// in f32. It is made with 32-bit integers only, and models/training/make_mamba_golden.py makes the
// same, so weights and inputs of golden tests need not be stored:
//
//   h = index * 0x9E3779B9 + stream * 0x85EBCA6B   (mod 2^32)
//   h ^= h >> 16;  h *= 0x7FEB352D;  h ^= h >> 15;  h *= 0x846CA68B;  h ^= h >> 16
//   value = ((h >> 8) - 2^23) / 2^23
float goldenUniform(std::uint32_t stream, std::uint32_t index) noexcept;

// `count` values offset + scale * goldenUniform(stream, i), each operation rounded to f32.
std::vector<float> goldenTensor(std::uint32_t stream, std::size_t count, float scale,
                                float offset = 0.0f);

}  // namespace hiss
