// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace hiss {

// Name of the model that is used when none is asked for.
inline constexpr std::string_view kDefaultModelName = "base";

// A model file that was found; `name` is the file's name without ".safetensors".
struct ModelEntry {
  std::string name;
  std::filesystem::path path;
};

// What a model is for, as its file says in `hiss.task`.
inline constexpr std::string_view kDenoiseTask = "denoise";
inline constexpr std::string_view kForecasterTask = "forecaster";
inline constexpr std::string_view kSequenceTask = "sequence";

// What the file at `path` says it is for; empty if it cannot be read. [main-thread]
[[nodiscard]] std::string modelTask(const std::filesystem::path& path);

// Finds model files by name in a list of directories. A directory that does not exist is passed
// over; of two files with the same name the one in the earlier directory wins. Files are not
// opened unless it is said.
class ModelRegistry {
 public:
  // Looks in defaultSearchPath(). [main-thread]
  ModelRegistry() : ModelRegistry(defaultSearchPath()) {}
  explicit ModelRegistry(std::vector<std::filesystem::path> directories);

  // In this order:
  //   1. $HISS_MODEL_DIR
  //   2. $XDG_DATA_HOME/hiss/models, or ~/.local/share/hiss/models if it is not set
  //   3. hiss/models in each directory of $XDG_DATA_DIRS, or of /usr/local/share:/usr/share
  //   4. ../share/hiss/models beside the running program, then the directory of `cmake --install`
  //   5. models/weights of the source tree this library was built from
  // Reads the environment, so not while another thread changes it. [main-thread]
  [[nodiscard]] static std::vector<std::filesystem::path> defaultSearchPath();

  [[nodiscard]] const std::vector<std::filesystem::path>& directories() const {
    return directories_;
  }

  // All models, sorted by name. [main-thread]
  [[nodiscard]] std::vector<ModelEntry> list() const;
  // Those for `task`, and those whose files cannot be read: what is wrong with them shows when they
  // are used. Opens all files. [main-thread]
  [[nodiscard]] std::vector<ModelEntry> list(std::string_view task) const;

  // The file of the model called `name`. A name with a '/' or ending in ".safetensors" is taken
  // as the path of a file and handed back as it is. Throws ModelError, which says what is available
  // and where it looked, if there is no such model. [main-thread]
  [[nodiscard]] std::filesystem::path find(std::string_view name) const;

 private:
  std::vector<std::filesystem::path> directories_;
};

}  // namespace hiss
