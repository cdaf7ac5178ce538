// SPDX-License-Identifier: Apache-2.0
#include "app/gui/files/file_search.h"

#include <system_error>
#include <utility>

#include "app/engine/batch_plan.h"
#include "app/engine/sound_file_io.h"
#include "app/gui/files/file_notice.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

qint64 countFiles(const fs::path& folder, const std::atomic<bool>& stop) {
  qint64 files = 0;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator at(folder, options, error), end;
       !error && at != end && !stop; at.increment(error)) {
    if (at->is_regular_file(error)) ++files;
  }
  return files;
}

}  // namespace

void FileSearch::search(const QStringList& roots, const QString& output_folder) {
  ++busy_;
  queue_.post([this, roots, output_folder] {
    for (const QString& root : roots) {
      if (!stop_) searchOne(root, output_folder);
    }
    --busy_;
  });
}

void FileSearch::searchOne(const QString& root, const QString& output_folder) {
  Found found;
  found.root = root;
  std::error_code ignored;
  found.is_folder = fs::is_directory(toPath(root), ignored);
  try {
    BatchRequest request;
    request.inputs = {toPath(root).string()};
    if (found.is_folder) request.output = toPath(output_folder).string();
    for (const BatchEntry& entry : planBatch(request).entries) {
      if (entry.input != request.inputs.front() || !found.is_folder) {
        found.files << toQString(entry.input);
      } else if (entry.failure) {
        found.trouble = QString::fromUtf8(entry.failure->what());
      }
    }
  } catch (const std::exception&) {
    found.trouble = QString::fromUtf8(currentFailure(toPath(root).string()).what());
  }
  if (found.is_folder && found.files.isEmpty()) found.others = countFiles(toPath(root), stop_);
  const QStringList files = found.files;
  {
    const std::lock_guard lock(mutex_);
    news_.found.push_back(std::move(found));
  }
  measure(files);
}

void FileSearch::measure(const QStringList& files) {
  for (const QString& file : files) {
    if (stop_) return;
    try {
      const SoundFileReader reader(toPath(file), true);
      const SoundSpec& spec = reader.spec();
      if (spec.samples < 0) continue;
      const std::lock_guard lock(mutex_);
      news_.lengths.push_back({file, static_cast<double>(spec.samples) / spec.sample_rate_hz});
    } catch (const std::exception&) {
      // Told when it is its turn.
    }
  }
}

FileSearch::News FileSearch::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

}  // namespace hiss
