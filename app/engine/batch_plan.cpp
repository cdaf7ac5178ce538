// SPDX-License-Identifier: Apache-2.0
#include "app/engine/batch_plan.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <numeric>
#include <system_error>
#include <tuple>
#include <utility>

#include "app/engine/file_identity.h"
#include "app/engine/file_pattern.h"
#include "app/engine/sound_file_io.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStandard = "-";
constexpr const char* kDenoisedSuffix = ".denoised";
constexpr const char* kRemovedSuffix = ".removed";
constexpr const char* kScoresSuffix = ".scores";
constexpr const char* kScoresExtension = ".csv";
constexpr std::array kTableExtensions = {".csv", ".tsv", ".tab", ".CSV", ".TSV", ".TAB"};

class Planner {
 public:
  explicit Planner(const BatchRequest& request) : request_(request) {}

  BatchPlan plan() {
    checkRequest();
    for (const std::string& input : request_.inputs) {
      if (isFolder(input)) {
        addFolder(input);
      } else if (isPattern(input)) {
        addMatches(input);
      } else {
        add(input, fs::path(input).filename());
      }
    }
    return finish();
  }

  BatchPlan planFiles(const std::vector<fs::path>& files) {
    checkRequest();
    const fs::path root = request_.inputs.front();
    for (const fs::path& file : files) {
      if (isWanted(file) && !isBelowOutput(file)) add(file, file.lexically_relative(root));
    }
    return finish();
  }

 private:
  BatchPlan finish() {
    checkOutputs();
    takeShard();
    BatchPlan plan;
    plan.entries = std::move(entries_);
    if (output_is_folder_) plan.output_folder = request_.output;
    plan.is_batch = several_;
    return plan;
  }

  static bool isFolder(const std::string& input) {
    std::error_code ignored;
    return input != kStandard && fs::is_directory(input, ignored);
  }

  // A file may be called so, and is meant then.
  static bool isPattern(const std::string& input) {
    std::error_code ignored;
    return FilePattern::isPattern(input) && !fs::exists(fs::symlink_status(input, ignored));
  }

  void checkRequest() {
    std::error_code ignored;
    const std::string& output = request_.output;
    several_ = request_.inputs.size() > 1 ||
               std::any_of(request_.inputs.begin(), request_.inputs.end(),
                           [](const std::string& in) { return isFolder(in) || isPattern(in); });
    if (output.empty() || output == kStandard) {
      if (output == kStandard && several_) {
        throw Failure(FailureKind::kUsage, "-o -", "a single input file", "several");
      }
      return;
    }
    output_is_folder_ = several_ || output.back() == '/' || fs::is_directory(output, ignored);
    if (several_ && fs::exists(output, ignored) && !fs::is_directory(output, ignored)) {
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
    relatives_.push_back(input);
  }

  // `relative`: where the output lies in an output folder.
  void add(const fs::path& input, const fs::path& relative) {
    entries_.push_back(
        {input, outputOf(input, request_.flat ? relative.filename() : relative), std::nullopt});
    relatives_.push_back(relative);
  }

  bool makesScores() const { return request_.kind != BatchKind::kSounds; }

  // Of a folder or a pattern without any.
  std::string wantedFiles() const {
    return request_.kind == BatchKind::kTableScores ? "tables (.csv, .tsv, .tab)" : "sound files";
  }

  std::string extensionFor(const fs::path& name) const {
    if (makesScores()) return kScoresExtension;
    return request_.container.empty() ? name.extension().string() : extensionOf(request_.container);
  }

  fs::path outputOf(const fs::path& input, const fs::path& relative) const {
    if (request_.output.empty() && input == kStandard) return kStandard;
    if (!request_.output.empty() && !output_is_folder_) return request_.output;
    fs::path name = input.filename();
    const std::string extension = extensionFor(name);
    if (request_.output.empty()) {
      const char* const suffix = makesScores()      ? kScoresSuffix
                                 : request_.removed ? kRemovedSuffix
                                                    : kDenoisedSuffix;
      return input.parent_path() / (name.stem().string() + suffix + extension);
    }
    return (request_.output / relative).replace_extension(extension);
  }

  void addMatches(const std::string& text) {
    const FilePattern pattern(text);
    const std::size_t before = entries_.size();
    walk(pattern.base(), pattern.base(), true, [&](const fs::path& relative) {
      // A folder that matches gives what it holds.
      if (pattern.matches(relative)) return true;
      fs::path folder = relative.parent_path();
      if (!request_.recursive) return pattern.matches(folder);
      while (!folder.empty() && !pattern.matches(folder)) folder = folder.parent_path();
      return !folder.empty();
    });
    if (entries_.size() == before) {
      fail(text, Failure(FailureKind::kInput, text, "a pattern that " + wantedFiles() + " match",
                         "none"));
    }
  }

  void addFolder(const fs::path& root) {
    const std::size_t before = entries_.size();
    walk(root, root, request_.recursive, [](const fs::path&) { return true; });
    if (entries_.size() == before) {
      fail(root, Failure(FailureKind::kInput, root.string(),
                         "a folder with " + wantedFiles() + " in it", "none"));
    }
  }

  // Adds what is wanted below `folder`; `wanted` is asked with paths relative to `root`.
  void walk(const fs::path& root, const fs::path& folder, bool recursive,
            const std::function<bool(const fs::path& relative)>& wanted) {
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
        if (recursive && !entry.is_symlink(error) && !isOutputFolder(path)) {
          walk(root, path, recursive, wanted);
        }
      } else if (isWanted(path)) {
        const fs::path relative = path.lexically_relative(root);
        // Of the pattern "*.wav" the name is "a.wav", not "./a.wav".
        if (wanted(relative)) add(root == "." ? relative : path, relative);
      }
    }
  }

  bool hasWantedExtension(const fs::path& path) const {
    if (request_.kind != BatchKind::kTableScores) return hasSoundExtension(path);
    const std::string extension = path.extension().string();
    return std::find(kTableExtensions.begin(), kTableExtensions.end(), extension) !=
           kTableExtensions.end();
  }

  // Denoised twice is a wish that one may have, scores of scores are none.
  bool mayMeetOwnOutputs() const {
    return request_.output.empty() || request_.kind == BatchKind::kTableScores;
  }

  bool isOwnOutput(const fs::path& path) const {
    const fs::path suffix = path.stem().extension();
    if (makesScores()) return suffix == kScoresSuffix;
    return suffix == kDenoisedSuffix || suffix == kRemovedSuffix;
  }

  bool isWanted(const fs::path& path) const {
    std::error_code error;
    return hasWantedExtension(path) && !fs::is_other(fs::status(path, error)) &&
           !(mayMeetOwnOutputs() && isOwnOutput(path));
  }

  bool isBelowOutput(const fs::path& file) const {
    if (!output_is_folder_) return false;
    fs::path folder = file.parent_path();
    while (!folder.empty() && !isOutputFolder(folder) && folder != folder.parent_path()) {
      folder = folder.parent_path();
    }
    return !folder.empty() && isOutputFolder(folder) && !isOutputFolder(request_.inputs.front());
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

  void takeShard() {
    const auto count = static_cast<std::size_t>(request_.shard.count);
    if (count <= 1) return;
    std::vector<std::size_t> order(entries_.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
      return std::tie(relatives_[a], entries_[a].input) <
             std::tie(relatives_[b], entries_[b].input);
    });
    std::vector<BatchEntry> own;
    for (std::size_t i = static_cast<std::size_t>(request_.shard.index) - 1; i < order.size();
         i += count) {
      own.push_back(std::move(entries_[order[i]]));
    }
    entries_ = std::move(own);
  }

  const BatchRequest& request_;
  bool several_ = false;
  bool output_is_folder_ = false;
  std::vector<BatchEntry> entries_;
  std::vector<fs::path> relatives_;  // of the entries: where they lie in an output folder
};

}  // namespace

BatchPlan planBatch(const BatchRequest& request) { return Planner(request).plan(); }

BatchPlan planArrivals(const BatchRequest& request, const std::vector<fs::path>& files) {
  return Planner(request).planFiles(files);
}

}  // namespace hiss
