// SPDX-License-Identifier: Apache-2.0
#include "app/engine/declared_length.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string_view>

namespace hiss {
namespace {

// More chunks than this before the sound is not a recording.
constexpr int kMaxChunks = 4096;

// Reads integers of either byte order at absolute offsets; `ok` turns false past the end.
class HeaderReader {
 public:
  explicit HeaderReader(ByteFile& file) : file_(file), size_(file.size()) {}

  bool ok() const { return ok_; }
  std::int64_t size() const { return size_; }

  std::string_view tag(std::int64_t offset, int n = 4) {
    bytes(offset, n);
    return {reinterpret_cast<const char*>(buffer_.data()), static_cast<std::size_t>(n)};
  }

  std::uint64_t integer(std::int64_t offset, int n, bool big_endian) {
    bytes(offset, n);
    std::uint64_t value = 0;
    for (int i = 0; i < n; ++i) {
      const int at = big_endian ? i : n - 1 - i;
      value = value << 8 | std::to_integer<std::uint64_t>(buffer_[at]);
    }
    return ok_ ? value : 0;
  }

 private:
  void bytes(std::int64_t offset, int n) {
    buffer_.fill(std::byte{0});
    ok_ = ok_ && offset >= 0 && offset + n <= size_ && file_.seek(offset, SEEK_SET) == offset &&
          file_.read({buffer_.data(), static_cast<std::size_t>(n)}) == static_cast<std::size_t>(n);
  }

  ByteFile& file_;
  std::int64_t size_;
  std::array<std::byte, 16> buffer_{};
  bool ok_ = true;
};

// The lengths that sox, ffmpeg, arecord and others write when they cannot seek back.
bool isPlaceholder(std::uint64_t length) {
  return length == 0 || (length >= 0x7FFFF000U && length <= 0x80000000U) ||
         (length >= 0xFFFFF000U && length <= 0xFFFFFFFFU);
}

std::optional<DeclaredLength> lengthAt(const HeaderReader& in, std::int64_t begin,
                                       std::uint64_t promised) {
  if (promised > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  const std::int64_t present = std::max<std::int64_t>(0, in.size() - begin);
  const auto wanted = static_cast<std::int64_t>(promised);
  return DeclaredLength{wanted, std::min(present, wanted)};
}

// RIFF family and IFF: tag, 32-bit size, content padded to even length.
std::optional<DeclaredLength> chunkedLength(HeaderReader& in, bool big_endian, bool is_rf64,
                                            std::string_view data_tag) {
  std::uint64_t length_64 = 0;
  std::int64_t at = 12;
  for (int i = 0; i < kMaxChunks; ++i) {
    const bool is_data = in.tag(at) == data_tag;
    const bool is_ds64 = is_rf64 && in.tag(at) == "ds64";
    std::uint64_t length = in.integer(at + 4, 4, big_endian);
    if (!in.ok()) return std::nullopt;
    if (is_ds64) length_64 = in.integer(at + 16, 8, false);
    if (is_data) {
      if (is_rf64 && length == 0xFFFFFFFFU) return lengthAt(in, at + 8, length_64);
      if (isPlaceholder(length)) return std::nullopt;
      return lengthAt(in, at + 8, length);
    }
    at += 8 + static_cast<std::int64_t>(length + (length & 1));
  }
  return std::nullopt;
}

// Wave64: 16-byte GUIDs that begin with the RIFF tag, 64-bit sizes that count the 24-byte header,
// content padded to 8 bytes.
std::optional<DeclaredLength> wave64Length(HeaderReader& in) {
  std::int64_t at = 40;
  for (int i = 0; i < kMaxChunks; ++i) {
    const bool is_data = in.tag(at) == "data";
    const std::uint64_t length = in.integer(at + 16, 8, false);
    if (!in.ok() || length < 24 || length > static_cast<std::uint64_t>(INT64_MAX) / 2) {
      return std::nullopt;
    }
    if (is_data) return lengthAt(in, at + 24, length - 24);
    at += static_cast<std::int64_t>((length + 7) & ~std::uint64_t{7});
  }
  return std::nullopt;
}

std::optional<DeclaredLength> cafLength(HeaderReader& in) {
  std::int64_t at = 8;
  for (int i = 0; i < kMaxChunks; ++i) {
    const bool is_data = in.tag(at) == "data";
    const std::uint64_t length = in.integer(at + 4, 8, true);
    if (!in.ok() || length > static_cast<std::uint64_t>(INT64_MAX) / 2) return std::nullopt;
    if (is_data) return lengthAt(in, at + 12, length);
    at += 12 + static_cast<std::int64_t>(length);
  }
  return std::nullopt;
}

std::optional<DeclaredLength> findLength(HeaderReader& in) {
  const std::string magic(in.tag(0));
  if (!in.ok()) return std::nullopt;
  if (magic == "RIFF" || magic == "RIFX") return chunkedLength(in, magic == "RIFX", false, "data");
  if (magic == "RF64" || magic == "BW64") return chunkedLength(in, false, true, "data");
  if (magic == "FORM") return chunkedLength(in, true, false, "SSND");
  if (magic == "riff") return wave64Length(in);
  if (magic == "caff") return cafLength(in);
  if (magic == ".snd" || magic == "dns.") {
    const bool big_endian = magic == ".snd";
    const auto begin = static_cast<std::int64_t>(in.integer(4, 4, big_endian));
    const std::uint64_t length = in.integer(8, 4, big_endian);
    if (!in.ok() || isPlaceholder(length)) return std::nullopt;
    return lengthAt(in, begin, length);
  }
  return std::nullopt;
}

}  // namespace

std::optional<DeclaredLength> declaredLength(ByteFile& file) {
  HeaderReader in(file);
  std::optional<DeclaredLength> length = findLength(in);
  file.seek(0, SEEK_SET);
  return length;
}

}  // namespace hiss
