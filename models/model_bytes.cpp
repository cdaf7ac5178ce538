// SPDX-License-Identifier: Apache-2.0
#include "models/model_bytes.h"

#include <fstream>
#include <string>
#include <system_error>

#include "models/model_error.h"

namespace hiss {

std::vector<std::byte> readModelBytes(const std::filesystem::path& path, std::uint64_t most) {
  const std::string origin = path.string();
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (status.type() == std::filesystem::file_type::not_found) {
    throw ModelError(origin, "file", "a model file", "no such file");
  }
  if (std::filesystem::is_directory(status)) {
    throw ModelError(origin, "file", "a model file", "a directory");
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw ModelError(origin, "file", "a regular file", error ? error.message() : "something else");
  }
  const std::uint64_t size = std::filesystem::file_size(path, error);
  if (error) throw ModelError(origin, "file size", "a size", error.message());
  if (size > most) {
    throw ModelError(origin, "file size", "at most " + std::to_string(most) + " bytes",
                     std::to_string(size));
  }
  std::ifstream stream(path, std::ios::binary);
  if (!stream) throw ModelError(origin, "file", "a readable file", "no permission to read it");
  std::vector<std::byte> bytes(static_cast<std::size_t>(size));
  stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (stream.gcount() != static_cast<std::streamsize>(size)) {
    throw ModelError(origin, "file", std::to_string(size) + " bytes",
                     std::to_string(stream.gcount()) + " (read error)");
  }
  return bytes;
}

}  // namespace hiss
