// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "app/engine/atomic_output.h"
#include "app/engine/live/live_worker.h"
#include "app/engine/sound_file_io.h"
#include "dsp/spsc_ring.h"

namespace hiss {

// Writes what a live session hears or makes to a sound file, which appears under its name when it
// is complete. The worker only puts samples into a ring; `pump` writes them.
class LiveRecorder final : public LiveTap {
 public:
  // The format follows the name's extension: WAV and what else can hold floats as floats. Throws
  // Failure(kOutput). [main-thread]
  LiveRecorder(const std::filesystem::path& path, int sample_rate_hz, int channels,
               AtomicOutput::Existing existing);

  void take(const float* const* rows, int n) noexcept HISS_NONBLOCKING override;
  // Writes what is there, then silence. Throws Failure(kOutput).
  void takeSilence(std::int64_t samples) override;

  // Writes what is there; call it at least once a second. Throws Failure(kOutput). [main-thread]
  void pump();
  // Completes the file and gives it its name; nothing takes sound any more. After a Failure of
  // `pump`, as on a full disk, with what was written before. Throws Failure(kOutput). [main-thread]
  void finish();

  // Samples that found no room, because the disk was too slow. [thread-safe]
  [[nodiscard]] std::uint64_t lostSamples() const { return lost_.load(); }

 private:
  void write(int n);

  std::size_t channels_;
  AtomicOutput output_;
  SoundFileWriter writer_;
  SpscRing<float> ring_;
  std::vector<float> mixed_;    // [kMostBlock][channels], of the worker
  std::vector<float> popped_;   // [kPumpBlock][channels], of the writer
  std::vector<float> samples_;  // [channels][kPumpBlock]
  std::vector<float*> rows_;
  std::atomic<std::uint64_t> lost_{0};
  bool failed_ = false;
};

}  // namespace hiss
