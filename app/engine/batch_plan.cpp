// SPDX-License-Identifier: Apache-2.0
#include "app/engine/batch_plan.h"

#include <algorithm>
#include <map>
#include <system_error>

#include "app/engine/file_identity.h"
#include "app/engine/sound_file_io.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStandard = "-";
constexpr const char* kDenoisedSuffix = ".denoised";
constexpr const char* kRemovedSuffix = ".removed";

bool isOwnOutput(const fs::path& path) {
  const fs::path suffix = path.stem().extension();
  return suffix == kDenoisedSuffix || suffix == kRemovedSuffix;
}

class Planner {
 public:
  explicit Planner(const BatchRequest& request) : request_(request) {}

  std::vector<BatchEntry> plan() {
    checkRequest();
    for (const std::string& input : request_.inputs) {
      std::error_code ignored;
      if (input != kStandard && fs::is_directory(input, ignored)) {
        addFolder(input);
      } else {
        add(input, fs::path(input).filename());
      }
    }
    checkOutputs();
    return std::move(entries_);
  }

 private:
  void checkRequest() {
    std::error_code ignored;
    const std::string& output = request_.output;
    const bool any_folder =
        std::any_of(request_.inputs.begin(), request_.inputs.end(), [&](const std::string& input) {
          return input != kStandard && fs::is_directory(input, ignored);
        });
    const bool several = request_.inputs.size() > 1 || any_folder;
    if (output.empty() || output == kStandard) {
      if (output == kStandard && several) {
        throw Failure(FailureKind::kUsage, "-o -", "a single input file", "several");
      }
      return;
    }
    output_is_folder_ = several || output.back() == '/' || fs::is_directory(output, ignored);
    if (several && fs::exists(output, ignored) && !fs::is_directory(output, ignored)) {
      throw Failure(FailureKind::kUsage, output, "a folder for the outputs of several inputs",
                    "a file");
    }
    if (output_is_folder_ &&
        std::count(request_.inputs.begin(), request_.inputs.end(), kStandard)) {
      throw Failure(FailureKind::kUsage, output, "a file name for the output of standard input",
                    "a folder");
    }
  }

  void fail(const fs::path& input, const Failure& failure) {
    entries_.push_back({input, {}, failure});
  }

  // `relative`: where the output lies in an output folder.
  void add(const fs::path& input, const fs::path& relative) {
    entries_.push_back({input, outputOf(input, relative), std::nullopt});
  }

  fs::path outputOf(const fs::path& input, const fs::path& relative) const {
    if (request_.output.empty() && input == kStandard) return kStandard;
    if (!request_.output.empty() && !output_is_folder_) return request_.output;
    fs::path name = input.filename();
    const std::string extension =
        request_.container.empty() ? name.extension().string() : extensionOf(request_.container);
    if (request_.output.empty()) {
      const char* const suffix = request_.removed ? kRemovedSuffix : kDenoisedSuffix;
      return input.parent_path() / (name.stem().string() + suffix + extension);
    }
    return (request_.output / relative).replace_extension(extension);
  }

  void addFolder(const fs::path& root) {
    const std::size_t before = entries_.size();
    walk(root, root);
    if (entries_.size() == before) {
      fail(root,
           Failure(FailureKind::kInput, root.string(), "a folder with sound files in it", "none"));
    }
  }

  void walk(const fs::path& root, const fs::path& folder) {
    std::error_code error;
    std::vector<fs::directory_entry> found;
    for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
      found.push_back(*at);
    }
    if (error) {
      fail(folder,
           Failure(FailureKind::kInput, folder.string(), "a readable folder", error.message()));
      return;
    }
    std::sort(found.begin(), found.end());
    for (const fs::directory_entry& entry : found) {
      const fs::path& path = entry.path();
      if (path.filename().native().front() == '.') continue;
      if (entry.is_directory(error)) {
        if (!entry.is_symlink(error) && !isOutputFolder(path)) walk(root, path);
      } else if (hasSoundExtension(path) && !entry.is_other(error) &&
                 !(request_.output.empty() && isOwnOutput(path))) {
        add(path, path.lexically_relative(root));
      }
    }
  }

  bool isOutputFolder(const fs::path& path) const {
    std::error_code ignored;
    return output_is_folder_ && fs::equivalent(path, request_.output, ignored);
  }

  void checkOutputs() {
    std::map<FileIdentity, fs::path> inputs;
    for (const BatchEntry& entry : entries_) {
      if (entry.failure) continue;
      const auto identity = fileIdentity(entry.input, StandardStream::kInput);
      if (identity) inputs.emplace(*identity, entry.input);
    }
    std::map<fs::path, fs::path> taken;
    for (BatchEntry& entry : entries_) {
      if (entry.failure) continue;
      const auto identity = fileIdentity(entry.output, StandardStream::kOutput);
      const auto same = identity ? inputs.find(*identity) : inputs.end();
      const auto [first, is_new] = taken.emplace(entry.output.lexically_normal(), entry.input);
      if (same != inputs.end()) {
        entry.failure.emplace(FailureKind::kOutput, entry.output.string(),
                              "an output apart from the inputs",
                              "the same file as " + same->second.string());
      } else if (!is_new && entry.output != kStandard) {
        entry.failure.emplace(FailureKind::kOutput, entry.output.string(),
                              "an output for one input only",
                              first->second.string() + " and " + entry.input.string());
      }
    }
  }

  const BatchRequest& request_;
  bool output_is_folder_ = false;
  std::vector<BatchEntry> entries_;
};

}  // namespace

std::vector<BatchEntry> planBatch(const BatchRequest& request) { return Planner(request).plan(); }

}  // namespace hiss
