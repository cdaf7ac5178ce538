// SPDX-License-Identifier: Apache-2.0
#include "app/engine/batch_commit.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <set>
#include <system_error>
#include <thread>
#include <vector>

#include "app/engine/blocked_signals.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

// A file system writes what is asked for at the same time as one; more than this gains no more.
constexpr std::size_t kMostSyncsAtATime = 8;

void fail(FileOutcome& outcome, const Failure& failure) {
  outcome.failure = failure;
  outcome.report.reset();
  outcome.noise.reset();
  outcome.picture_png.clear();
  outcome.unnamed.reset();
}

// Calls `action` with 0 to count - 1, in several threads; it must not throw.
template <typename Action>
void inParallel(std::size_t count, const Action& action) {
  std::atomic<std::size_t> next{0};
  const auto serve = [&] {
    for (std::size_t i = next++; i < count; i = next++) action(i);
  };
  std::vector<std::thread> threads;
  try {
    const ScopedBlockedSignals blocked;
    while (threads.size() + 1 < std::min(count, kMostSyncsAtATime)) threads.emplace_back(serve);
  } catch (const std::system_error&) {
    // With fewer then.
  }
  serve();
  for (std::thread& thread : threads) thread.join();
}

template <typename Action>
void attempt(FileOutcome& outcome, const Action& action) {
  try {
    action();
  } catch (const Failure& failure) {
    fail(outcome, failure);
  } catch (const std::exception& error) {
    fail(outcome, Failure(FailureKind::kInternal, outcome.entry.output.string(),
                          "no internal error", error.what()));
  }
}

void addLines(const std::vector<FileOutcome*>& outcomes, Journal& journal) {
  std::vector<JournalLine> lines;
  for (FileOutcome* outcome : outcomes) {
    const std::optional<FileStamp> output = fileStamp(outcome->unnamed->file().descriptor());
    if (outcome->input_stamp && output) {
      lines.push_back({&outcome->entry, *outcome->input_stamp, *output});
    }
  }
  try {
    journal.add(lines);
  } catch (const Failure& failure) {
    for (FileOutcome* outcome : outcomes) fail(*outcome, failure);
  }
}

}  // namespace

void commitTogether(std::span<FileOutcome* const> outcomes, Journal* journal) {
  std::vector<FileOutcome*> waiting;
  const auto drop_failed = [&] {
    std::erase_if(waiting, [](const FileOutcome* outcome) { return !outcome->unnamed; });
  };
  waiting.assign(outcomes.begin(), outcomes.end());
  drop_failed();
  inParallel(waiting.size(),
             [&](std::size_t i) { attempt(*waiting[i], [&] { waiting[i]->unnamed->seal(); }); });
  drop_failed();
  if (journal != nullptr) addLines(waiting, *journal);
  drop_failed();
  std::set<fs::path> folders;
  for (FileOutcome* outcome : waiting) {
    attempt(*outcome, [&] { folders.insert(outcome->unnamed->giveName()); });
  }
  const std::vector<fs::path> changed(folders.begin(), folders.end());
  inParallel(changed.size(), [&](std::size_t i) { syncFolder(changed[i]); });
  for (FileOutcome* outcome : waiting) outcome->unnamed.reset();
}

}  // namespace hiss
