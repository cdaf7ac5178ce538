// SPDX-License-Identifier: Apache-2.0
#include "models/model_error.h"

#include <cstddef>
#include <utility>

namespace hiss {

std::string printableText(std::string_view text) {
  constexpr std::size_t kMaxLength = 80;
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    if (out.size() >= kMaxLength) {
      out += "...";
      break;
    }
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f) {
      out += c;
    } else {
      out += "\\x";
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

std::string quotedText(std::string_view text) {
  std::string out = "\"";
  out += printableText(text);
  out += '"';
  return out;
}

std::string shapeText(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t extent : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(extent);
  }
  return text + "]";
}

ModelError::ModelError(std::string path, std::string field, std::string expected, std::string found)
    : std::runtime_error(path + ": " + field + ": expected " + expected + ", found " + found),
      path_(std::move(path)),
      field_(std::move(field)),
      expected_(std::move(expected)),
      found_(std::move(found)) {}

}  // namespace hiss
