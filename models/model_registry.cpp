// SPDX-License-Identifier: Apache-2.0
#include "models/model_registry.h"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <system_error>
#include <utility>

#include "models/model_error.h"
#include "models/safetensors.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".safetensors";

// Value of an environment variable; empty if it is not set.
std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): contract of the caller
  return value == nullptr ? std::string() : std::string(value);
}

void add(std::vector<fs::path>& directories, const fs::path& directory) {
  if (directory.empty()) return;
  const fs::path clean = directory.lexically_normal();
  if (std::find(directories.begin(), directories.end(), clean) == directories.end()) {
    directories.push_back(clean);
  }
}

void addDataDirectory(std::vector<fs::path>& directories, const fs::path& base) {
  // The XDG specification has relative paths ignored.
  if (base.is_absolute()) add(directories, base / "hiss" / "models");
}

std::string joined(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) {
    if (!text.empty()) text += ", ";
    text += item;
  }
  return text.empty() ? "none" : text;
}

}  // namespace

std::string modelTask(const std::filesystem::path& path) {
  try {
    return SafetensorsFile::read(path).metadata("hiss.task");
  } catch (const ModelError&) {
    return {};
  }
}

ModelRegistry::ModelRegistry(std::vector<std::filesystem::path> directories)
    : directories_(std::move(directories)) {}

std::vector<std::filesystem::path> ModelRegistry::defaultSearchPath() {
  std::vector<fs::path> directories;
  add(directories, environment("HISS_MODEL_DIR"));

  if (const std::string home = environment("XDG_DATA_HOME"); !home.empty()) {
    addDataDirectory(directories, home);
  } else if (const std::string user = environment("HOME"); !user.empty()) {
    addDataDirectory(directories, fs::path(user) / ".local" / "share");
  }

  std::string shared = environment("XDG_DATA_DIRS");
  if (shared.empty()) shared = "/usr/local/share:/usr/share";
  for (std::size_t begin = 0; begin <= shared.size();) {
    const std::size_t end = std::min(shared.find(':', begin), shared.size());
    addDataDirectory(directories, shared.substr(begin, end - begin));
    begin = end + 1;
  }

  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) addDataDirectory(directories, program.parent_path().parent_path() / "share");
  add(directories, HISS_INSTALLED_MODEL_DIR);
  add(directories, HISS_SOURCE_MODEL_DIR);
  return directories;
}

std::vector<ModelEntry> ModelRegistry::list() const {
  std::map<std::string, fs::path> found;
  for (const fs::path& directory : directories_) {
    std::error_code error;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
      const fs::path& path = entry->path();
      std::error_code ignored;
      if (path.extension() == kExtension && entry->is_regular_file(ignored)) {
        found.emplace(path.stem().string(), path);
      }
    }
  }
  std::vector<ModelEntry> entries;
  entries.reserve(found.size());
  for (auto& [name, path] : found) entries.push_back({name, path});
  return entries;
}

std::vector<ModelEntry> ModelRegistry::list(std::string_view task) const {
  std::vector<ModelEntry> entries = list();
  std::erase_if(entries, [&](const ModelEntry& entry) {
    const std::string own = modelTask(entry.path);
    return !own.empty() && own != task;
  });
  return entries;
}

std::filesystem::path ModelRegistry::find(std::string_view name) const {
  if (name.find('/') != std::string_view::npos || name.ends_with(kExtension)) {
    return fs::path(name);
  }
  std::vector<std::string> names;
  for (const ModelEntry& entry : list()) {
    if (entry.name == name) return entry.path;
    names.push_back(printableText(entry.name));
  }
  std::vector<std::string> places;
  places.reserve(directories_.size());
  for (const fs::path& directory : directories_) places.push_back(directory.string());
  throw ModelError("model \"" + printableText(name) + "\"", "name",
                   "one of the models available (" + joined(names) + ")",
                   "no such file in " + joined(places));
}

}  // namespace hiss
