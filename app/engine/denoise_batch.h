// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "app/engine/batch_decision.h"
#include "app/engine/batch_run.h"
#include "app/engine/sound_file_io.h"
#include "models/denoiser.h"

namespace hiss {

// How a batch is denoised. What the bits of its outputs depend on, besides the inputs, is also
// what the journal compares.
struct DenoiseBatchSettings {
  std::shared_ptr<const DenoiserModel> model;
  float attenuation_limit_db = std::numeric_limits<float>::infinity();
  float mix = 1.0F;
  ChannelLink channels = ChannelLink::kAuto;
  SoundFormatWish format;
  bool removed = false;  // written is what is taken out instead of what is left
  bool allow_truncated = false;
  bool dither = true;

  ExistingOutput existing = ExistingOutput::kRefuse;
  Shard shard;
  int jobs = 1;           // files at a time, each in a thread with a processor of its own
  bool measures = false;  // outcomes have noise figures
  bool pictures = false;  // and pictures
};

// Who follows a batch; each may be empty.
struct DenoiseBatchHooks {
  // As those of BatchRun. A file that was given up has no outcome.
  std::function<void(FileOutcome outcome)> on_outcome;
  std::function<void()> on_tick;
  // Each outcome as soon as its output has its name, in whatever order; may take its picture.
  // In the thread of run().
  std::function<void(FileOutcome& outcome)> on_done;
  // Asked before a file and between its blocks; false: it is given up. [thread-safe]
  std::function<bool(const BatchEntry& entry)> is_wanted;
};

// A file in work.
struct FileProgress {
  std::filesystem::path input;
  std::int64_t done = 0;    // samples of a channel
  std::int64_t total = -1;  // -1: not known
};

// Denoises the entries of a plan: decides what becomes of each, works on several at a time,
// measures, and gives outputs their names together, with a journal in the output folder. Unless
// said otherwise one thread uses it, that of run().
class DenoiseBatch {
 public:
  // Reads the journal of the plan's output folder if outputs are taken as done by it. Throws
  // Failure(kInput) if the model's file cannot be read any more.
  DenoiseBatch(DenoiseBatchSettings settings, const BatchPlan& plan);

  // What run() would do with an entry.
  [[nodiscard]] FileOutcome predict(const BatchEntry& entry) const;

  // Does all entries; may be called again with others. Returns when the last worker has ended.
  void run(const std::vector<BatchEntry>& entries, const DenoiseBatchHooks& hooks);

  // Files in work are given up within a block of samples, no other is begun. For good.
  // [thread-safe]
  void cancel() noexcept;
  [[nodiscard]] bool isCancelled() const noexcept { return cancel_; }
  // While paused no file is begun, and those in work wait between two blocks. [thread-safe]
  void setPaused(bool paused);

  // The files in work, those begun first at the front. [thread-safe]
  [[nodiscard]] std::vector<FileProgress> running() const;
  // Of the model that works on the first of them; null: there is none. [thread-safe]
  [[nodiscard]] std::shared_ptr<StateTap> stateTap() const;

 private:
  struct Running {
    FileProgress progress;
    std::shared_ptr<StateTap> tap;
  };
  class RunningFile;

  FileWork makeWork(const DenoiseBatchHooks& hooks);
  FileOutcome attempt(const BatchEntry& entry, Denoiser& denoiser, const DenoiseBatchHooks& hooks);
  void denoise(FileOutcome& outcome, bool replace, Denoiser& denoiser,
               const DenoiseBatchHooks& hooks);
  // false: the file is to be given up.
  bool mayGoOn(const BatchEntry& entry, const DenoiseBatchHooks& hooks);
  [[nodiscard]] const Journal* journal() const { return journal_ ? &*journal_ : nullptr; }

  const DenoiseBatchSettings settings_;
  std::optional<Journal> journal_;
  std::vector<std::unique_ptr<Denoiser>> denoisers_;
  std::size_t workers_ = 0;  // of them in use
  std::atomic<bool> cancel_{false};
  mutable std::mutex mutex_;
  std::condition_variable go_on_;
  bool paused_ = false;
  std::list<Running> running_;
};

}  // namespace hiss
