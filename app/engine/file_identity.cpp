// SPDX-License-Identifier: Apache-2.0
#include "app/engine/file_identity.h"

#include <sys/stat.h>
#include <unistd.h>

#include "app/engine/failure.h"

namespace hiss {

std::optional<FileIdentity> fileIdentity(const std::filesystem::path& path, StandardStream stream) {
  struct stat status {};
  const int descriptor = stream == StandardStream::kInput ? STDIN_FILENO : STDOUT_FILENO;
  const int result = path == "-" ? ::fstat(descriptor, &status) : ::stat(path.c_str(), &status);
  if (result != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino};
}

void requireDifferentFiles(const std::filesystem::path& input,
                           const std::filesystem::path& output) {
  const std::optional<FileIdentity> identity = fileIdentity(output, StandardStream::kOutput);
  if (!identity || identity != fileIdentity(input, StandardStream::kInput)) return;
  throw Failure(FailureKind::kOutput, output.string(), "an output apart from the input",
                "the same file as " + input.string());
}

}  // namespace hiss
