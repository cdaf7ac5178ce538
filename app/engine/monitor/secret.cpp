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

std::string takeSecret(OptionReader& options, const std::string& name) {
  const std::string file_key = name + "_file";
  const std::string variable_key = name + "_env";
  const std::optional<std::string> file = options.text(file_key);
  const std::optional<std::string> variable = options.text(variable_key);
  if (file && variable) options.fail(variable_key, file_key + " or " + variable_key, "both");
  if (file) return firstLine(*file);
  if (!variable) return {};
  const char* const value = std::getenv(variable->c_str());  // NOLINT(concurrency-mt-unsafe)
  if (value == nullptr || *value == '\0') {
    options.fail(variable_key, "the name of an environment variable that is set", *variable);
  }
  return value;
}

Credentials takeCredentials(OptionReader& options, const Uri& uri) {
  Credentials found;
  found.user = options.text("user", uri.user);
  found.password = takeSecret(options, "password");
  if (found.password.empty()) found.password = uri.password;
  return found;
}

}  // namespace hiss
