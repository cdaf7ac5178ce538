// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/secret.h"

#include <cerrno>
#include <cstddef>
#include <cstdlib>
#include <fstream>
#include <optional>

#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr std::size_t kMostBytes = std::size_t{64} << 10;

std::string firstLine(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Failure(FailureKind::kInput, path, "a file with a password", errnoText(errno));
  std::string bytes(kMostBytes + 1, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (bytes.size() > kMostBytes) {
    throw Failure(FailureKind::kInput, path, "a file with a password", "more than 64 KiB");
  }
  std::string line = bytes.substr(0, bytes.find('\n'));
  if (!line.empty() && line.back() == '\r') line.pop_back();
  if (line.empty()) throw Failure(FailureKind::kInput, path, "a password", "an empty first line");
  return line;
}

}  // namespace

Credentials takeCredentials(OptionReader& options, const Uri& uri) {
  Credentials found;
  found.user = options.text("user", uri.user);
  const std::optional<std::string> file = options.text("password_file");
  const std::optional<std::string> variable = options.text("password_env");
  if (file && variable) options.fail("password_env", "password_file or password_env", "both");
  if (file) {
    found.password = firstLine(*file);
  } else if (variable) {
    const char* const value = std::getenv(variable->c_str());  // NOLINT(concurrency-mt-unsafe)
    if (value == nullptr || *value == '\0') {
      options.fail("password_env", "the name of an environment variable that is set", *variable);
    }
    found.password = value;
  } else {
    found.password = uri.password;
  }
  return found;
}

}  // namespace hiss
