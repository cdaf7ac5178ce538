// SPDX-License-Identifier: Apache-2.0
#include "models/import/zip_archive.h"

#include <zip.h>

#include <utility>

#include "models/model_error.h"

namespace hiss {
namespace {

// An error of libzip for as long as something may be reported in it.
class ZipError {
 public:
  ZipError() { zip_error_init(&error_); }
  ~ZipError() { zip_error_fini(&error_); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;

  zip_error_t* get() { return &error_; }

 private:
  zip_error_t error_{};
};

// What libzip says of an error, as an error of ours ends.
std::string textOf(zip_error_t* error) { return printableText(zip_error_strerror(error)); }

zip_t* openArchive(std::span<const std::byte> bytes, const std::string& origin) {
  ZipError error;
  zip_source_t* const source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, error.get());
  zip_t* const archive =
      source == nullptr ? nullptr
                        : zip_open_from_source(source, ZIP_RDONLY | ZIP_CHECKCONS, error.get());
  if (archive == nullptr) {
    zip_source_free(source);  // which the archive owns otherwise
    throw ModelError(origin, "archive", "a zip archive, as PyTorch writes since 1.6",
                     textOf(error.get()));
  }
  return archive;
}

}  // namespace

void ZipArchive::Discard::operator()(zip* archive) const noexcept { zip_discard(archive); }

ZipArchive::ZipArchive(std::span<const std::byte> bytes, std::string origin)
    : origin_(std::move(origin)), archive_(openArchive(bytes, origin_)) {
  std::uint64_t room = kMostExpansion * bytes.size();
  const auto count = static_cast<std::uint64_t>(zip_get_num_entries(archive_.get(), 0));
  for (std::uint64_t i = 0; i < count; ++i) addEntry(i, room);
}

void ZipArchive::addEntry(std::uint64_t index, std::uint64_t& room) {
  zip_stat_t stat;
  zip_stat_init(&stat);
  constexpr zip_uint64_t kNeeded =
      ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;
  if (zip_stat_index(archive_.get(), index, ZIP_FL_ENC_RAW, &stat) != 0 ||
      (stat.valid & kNeeded) != kNeeded) {
    throw ModelError(origin_, "archive", "an entry with a name and a size",
                     "none at place " + std::to_string(index));
  }
  const std::string field = printableText(stat.name);
  if (stat.encryption_method != ZIP_EM_NONE) {
    throw ModelError(origin_, field, "a file without encryption", "an encrypted one");
  }
  if (stat.comp_method != ZIP_CM_STORE && stat.comp_method != ZIP_CM_DEFLATE) {
    throw ModelError(origin_, field, "a file that is stored or deflated",
                     "compression method " + std::to_string(stat.comp_method));
  }
  if (stat.size > room) {
    throw ModelError(
        origin_, field,
        "files of at most " + std::to_string(kMostExpansion) + " times the archive's bytes",
        std::to_string(stat.size) + " bytes where " + std::to_string(room) + " are left");
  }
  room -= stat.size;
  entries_.emplace(stat.name, Entry{index, stat.size});
}

std::vector<std::byte> ZipArchive::read(std::string_view name) {
  const std::string field = printableText(name);
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    throw ModelError(origin_, field, "a file in the archive", "none");
  }
  const Entry& entry = found->second;
  const std::unique_ptr<zip_file_t, decltype(&zip_fclose)> file(
      zip_fopen_index(archive_.get(), entry.index, 0), &zip_fclose);
  if (file == nullptr) {
    throw ModelError(origin_, field, "data within the archive",
                     textOf(zip_get_error(archive_.get())));
  }
  std::vector<std::byte> data(static_cast<std::size_t>(entry.size));
  const zip_int64_t taken = zip_fread(file.get(), data.data(), data.size());
  // The checksum is looked at when the end is reached.
  std::byte beyond{};
  const zip_int64_t rest = taken < 0 ? taken : zip_fread(file.get(), &beyond, 1);
  if (rest < 0) {
    throw ModelError(origin_, field, "data of its checksum",
                     textOf(zip_file_get_error(file.get())));
  }
  if (rest > 0 || static_cast<std::uint64_t>(taken) != entry.size) {
    throw ModelError(origin_, field, std::to_string(entry.size) + " bytes of data",
                     rest > 0 ? "more" : "fewer (truncated file?)");
  }
  return data;
}

}  // namespace hiss
