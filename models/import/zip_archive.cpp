// SPDX-License-Identifier: Apache-2.0
#include "models/import/zip_archive.h"

#include <algorithm>
#include <array>
#include <utility>

#include "models/little_endian.h"
#include "models/model_error.h"

namespace hiss {
namespace {

// Names as in PKWARE's APPNOTE, section 4.3: signatures and fixed lengths.
constexpr std::uint32_t kLocalHeader = 0x04034b50;
constexpr std::uint32_t kDirectoryEntry = 0x02014b50;
constexpr std::uint32_t kEndOfDirectory = 0x06054b50;
constexpr std::uint64_t kLocalHeaderBytes = 30;
constexpr std::uint64_t kDirectoryEntryBytes = 46;
constexpr std::uint64_t kEndBytes = 22;
constexpr std::uint64_t kMaxComment = 0xffff;

constexpr std::array<std::uint32_t, 256> makeCrcTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < table.size(); ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1U) ^ ((crc & 1U) != 0 ? 0xedb88320U : 0U);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kCrcTable = makeCrcTable();

std::uint32_t crc32Of(std::span<const std::byte> bytes) {
  std::uint32_t crc = 0xffffffffU;
  for (const std::byte byte : bytes) {
    crc = kCrcTable[(crc ^ static_cast<std::uint32_t>(byte)) & 0xffU] ^ (crc >> 8U);
  }
  return ~crc;
}

// Offset of the record that ends the directory, or of the end of the file.
std::uint64_t findEnd(std::span<const std::byte> bytes) {
  if (bytes.size() < kEndBytes) return bytes.size();
  const std::uint64_t last = bytes.size() - kEndBytes;
  const std::uint64_t first = last > kMaxComment ? last - kMaxComment : 0;
  for (std::uint64_t at = last + 1; at-- > first;) {
    const std::byte* const record = bytes.data() + at;
    if (readLittleEndian(record, 4) == kEndOfDirectory &&
        at + kEndBytes + readLittleEndian(record + 20, 2) == bytes.size()) {
      return at;
    }
  }
  return bytes.size();
}

std::string_view textAt(std::span<const std::byte> bytes, std::uint64_t at, std::uint64_t count) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, static_cast<std::size_t>(count)};
}

}  // namespace

ZipArchive::ZipArchive(std::span<const std::byte> bytes, std::string origin)
    : bytes_(bytes), origin_(std::move(origin)) {
  const std::uint64_t end = findEnd(bytes_);
  if (end == bytes_.size()) {
    throw ModelError(origin_, "archive", "a zip archive, as PyTorch writes since 1.6",
                     "no zip directory (truncated, or another kind of file)");
  }
  const std::byte* const record = bytes_.data() + end;
  const std::uint64_t count = readLittleEndian(record + 10, 2);
  const std::uint64_t size = readLittleEndian(record + 12, 4);
  directory_ = readLittleEndian(record + 16, 4);
  if (readLittleEndian(record + 4, 4) != 0 || readLittleEndian(record + 8, 2) != count) {
    throw ModelError(origin_, "archive", "one of one part", "a part of several");
  }
  // The marks of a zip64 archive (files of 4 GiB, or 65535 of them) fail here as well.
  if (directory_ > end || size > end - directory_) {
    throw ModelError(origin_, "archive", "a directory within the file",
                     std::to_string(size) + " bytes from byte " + std::to_string(directory_));
  }
  std::uint64_t at = directory_;
  for (std::uint64_t i = 0; i < count; ++i) addEntry(at, directory_ + size);
}

void ZipArchive::addEntry(std::uint64_t& at, std::uint64_t end) {
  if (end - at < kDirectoryEntryBytes ||
      readLittleEndian(bytes_.data() + at, 4) != kDirectoryEntry) {
    throw ModelError(origin_, "archive", "a directory entry at byte " + std::to_string(at), "none");
  }
  const std::byte* const record = bytes_.data() + at;
  const std::uint64_t name_bytes = readLittleEndian(record + 28, 2);
  const std::uint64_t rest =
      name_bytes + readLittleEndian(record + 30, 2) + readLittleEndian(record + 32, 2);
  if (rest > end - at - kDirectoryEntryBytes) {
    throw ModelError(origin_, "archive", "a directory entry at byte " + std::to_string(at),
                     "one that is cut short");
  }
  std::string name(textAt(bytes_, at + kDirectoryEntryBytes, name_bytes));
  if ((readLittleEndian(record + 8, 2) & 1U) != 0) {
    throw ModelError(origin_, printableText(name), "a file without encryption", "an encrypted one");
  }
  if (const std::uint64_t method = readLittleEndian(record + 10, 2); method != 0) {
    throw ModelError(origin_, printableText(name), "a file without compression",
                     "compression method " + std::to_string(method));
  }
  Entry entry;
  entry.crc = static_cast<std::uint32_t>(readLittleEndian(record + 16, 4));
  entry.size = readLittleEndian(record + 20, 4);
  entry.local_header = readLittleEndian(record + 42, 4);
  if (readLittleEndian(record + 24, 4) != entry.size) {
    throw ModelError(
        origin_, printableText(name), "two equal sizes",
        std::to_string(entry.size) + " and " + std::to_string(readLittleEndian(record + 24, 4)));
  }
  at += kDirectoryEntryBytes + rest;
  if (!entries_.emplace(name, entry).second) {
    throw ModelError(origin_, printableText(name), "each name once", "the name twice");
  }
}

std::span<const std::byte> ZipArchive::read(std::string_view name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    throw ModelError(origin_, printableText(name), "a file in the archive", "none");
  }
  const Entry& entry = found->second;
  const std::uint64_t header = entry.local_header;
  if (header > directory_ || directory_ - header < kLocalHeaderBytes ||
      readLittleEndian(bytes_.data() + header, 4) != kLocalHeader) {
    throw ModelError(origin_, printableText(name), "a header at byte " + std::to_string(header),
                     "none");
  }
  const std::uint64_t name_bytes = readLittleEndian(bytes_.data() + header + 26, 2);
  const std::uint64_t first =
      header + kLocalHeaderBytes + name_bytes + readLittleEndian(bytes_.data() + header + 28, 2);
  if (first > directory_ || directory_ - first < entry.size) {
    throw ModelError(origin_, printableText(name), std::to_string(entry.size) + " bytes of data",
                     "fewer (truncated file?)");
  }
  if (textAt(bytes_, header + kLocalHeaderBytes, name_bytes) != name) {
    throw ModelError(origin_, printableText(name), "the same name in front of the data", "another");
  }
  const auto data =
      bytes_.subspan(static_cast<std::size_t>(first), static_cast<std::size_t>(entry.size));
  if (crc32Of(data) != entry.crc) {
    throw ModelError(origin_, printableText(name), "data of its checksum", "damaged data");
  }
  return data;
}

}  // namespace hiss
