// SPDX-License-Identifier: Apache-2.0
#include "app/engine/trace/npz_writer.h"

#include <unistd.h>

#include <array>
#include <bit>

#include "app/engine/failure.h"

namespace hiss {
namespace {

// Little-endian fields of a zip archive (PKWARE's APPNOTE, 4.3), one after the other.
class Fields {
 public:
  Fields& u16(std::uint64_t value) { return number(value, 2); }
  Fields& u32(std::uint64_t value) { return number(value, 4); }
  Fields& u64(std::uint64_t value) { return number(value, 8); }
  Fields& text(std::string_view text) {
    for (const char c : text) bytes_.push_back(static_cast<std::byte>(c));
    return *this;
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return bytes_; }

 private:
  Fields& number(std::uint64_t value, int size) {
    for (int i = 0; i < size; ++i) bytes_.push_back(static_cast<std::byte>(value >> (8 * i)));
    return *this;
  }
  std::vector<std::byte> bytes_;
};

constexpr std::uint64_t kIn64 = 0xffffffffU;    // the value is in the zip64 field
constexpr std::uint64_t kCountIn64 = 0xffffU;   // likewise
constexpr std::uint64_t kVersion = 45;          // the first with zip64
constexpr std::uint64_t kNoTime = 0x00210000U;  // 1 January 1980: the same bytes whenever written
constexpr std::int64_t kCrcAt = 14;             // in a local header

constexpr std::array<std::uint32_t, 256> crcTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value & 1U) != 0 ? 0xedb88320U ^ (value >> 1) : value >> 1;
    }
    table[i] = value;
  }
  return table;
}

std::uint32_t crc32(std::uint32_t crc, std::span<const std::byte> bytes) {
  static constexpr std::array<std::uint32_t, 256> kTable = crcTable();
  crc = ~crc;
  for (const std::byte byte : bytes) {
    crc = kTable[(crc ^ static_cast<std::uint32_t>(byte)) & 0xffU] ^ (crc >> 8);
  }
  return ~crc;
}

std::string npyHeader(std::string_view type, std::span<const std::uint64_t> shape) {
  constexpr std::size_t kAlignment = 64;
  constexpr std::size_t kMagicBytes = 10;
  std::string text = "{'descr': '";
  text += std::endian::native == std::endian::little ? '<' : '>';
  text.append(type).append("', 'fortran_order': False, 'shape': (");
  for (const std::uint64_t size : shape) text += std::to_string(size) + ",";
  text += "), }";
  text.append(kAlignment - (kMagicBytes + text.size() + 1) % kAlignment, ' ');
  text += '\n';
  return text;
}

}  // namespace

void NpzWriter::put(std::span<const std::byte> bytes) {
  if (output_.file().write(bytes) < bytes.size()) {
    throw Failure(FailureKind::kOutput, output_.name(), "an output that can be written",
                  errnoText(output_.file().lastError()));
  }
  written_ += bytes.size();
}

void NpzWriter::begin(std::string_view name, std::string_view type,
                      std::span<const std::uint64_t> shape) {
  members_.push_back({std::string(name) + ".npy", written_});
  const std::string& file = members_.back().name;
  Fields local;  // end() fills in the checksum and the sizes
  local.u32(0x04034b50).u16(kVersion).u16(0).u16(0).u32(kNoTime).u32(0).u32(kIn64).u32(kIn64);
  local.u16(file.size()).u16(20).text(file).u16(1).u16(16).u64(0).u64(0);
  put(local.bytes());
  const std::string header = npyHeader(type, shape);
  Fields npy;
  npy.text("\x93NUMPY").u16(1).u16(header.size()).text(header);
  write(npy.bytes());
}

void NpzWriter::write(std::span<const std::byte> piece) {
  Member& member = members_.back();
  member.crc = crc32(member.crc, piece);
  member.size += piece.size();
  put(piece);
}

void NpzWriter::end() {
  const Member& member = members_.back();
  const std::uint64_t after = written_;
  const auto at = static_cast<std::int64_t>(member.offset);
  output_.file().seek(at + kCrcAt, SEEK_SET);
  put(Fields().u32(member.crc).bytes());
  const auto sizes_at = static_cast<std::int64_t>(30 + member.name.size() + 4);
  output_.file().seek(at + sizes_at, SEEK_SET);
  put(Fields().u64(member.size).u64(member.size).bytes());
  output_.file().seek(static_cast<std::int64_t>(after), SEEK_SET);
  written_ = after;
}

void NpzWriter::finish() {
  const std::uint64_t start = written_;
  for (const Member& member : members_) {
    Fields entry;
    entry.u32(0x02014b50).u16(kVersion).u16(kVersion).u16(0).u16(0).u32(kNoTime).u32(member.crc);
    entry.u32(kIn64).u32(kIn64).u16(member.name.size()).u16(28).u16(0).u16(0).u16(0).u32(0);
    entry.u32(kIn64).text(member.name);
    entry.u16(1).u16(24).u64(member.size).u64(member.size).u64(member.offset);
    put(entry.bytes());
  }
  const std::uint64_t end = written_;
  const std::uint64_t count = members_.size();
  Fields close;
  close.u32(0x06064b50).u64(44).u16(kVersion).u16(kVersion).u32(0).u32(0).u64(count).u64(count);
  close.u64(end - start).u64(start);
  close.u32(0x07064b50).u32(0).u64(end).u32(1);
  close.u32(0x06054b50).u16(0).u16(0).u16(kCountIn64).u16(kCountIn64).u32(kIn64).u32(kIn64).u16(0);
  put(close.bytes());
}

}  // namespace hiss
