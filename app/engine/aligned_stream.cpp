// SPDX-License-Identifier: Apache-2.0
#include "app/engine/aligned_stream.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <stdexcept>

#include "app/engine/failure.h"
#include "app/engine/planar_block.h"
#include "models/denoiser.h"

namespace hiss {
namespace {

double threadCpuSeconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

class AlignedRun {
 public:
  AlignedRun(SoundFileReader& reader, StreamProcessor& processor, const AlignedStreamHooks& hooks)
      : reader_(reader),
        processor_(processor),
        hooks_(hooks),
        in_(reader.spec().channels),
        out_(reader.spec().channels),
        to_skip_(processor.latencySamples()) {
    totals_.latency_samples = to_skip_;
  }

  AlignedStreamTotals run() {
    for (;;) {
      const int n = reader_.read(in_.planar(), kFileBlockSamples);
      if (n == 0) break;
      totals_.samples += n;
      if (hooks_.on_input) hooks_.on_input(in_.planar(), n);
      process(n);
      reportProgress();
    }
    in_.clear();
    // Of a short file the end would cost more than the rest if it were a whole block.
    while (emitted_ < totals_.samples) {
      const std::int64_t missing = totals_.samples - emitted_ + to_skip_;
      process(static_cast<int>(std::min<std::int64_t>(missing, kFileBlockSamples)));
    }
    return totals_;
  }

 private:
  void process(int n) {
    const double begin = threadCpuSeconds();
    processor_.process(in_.planar(), out_.planar(), n);
    totals_.process_cpu_seconds += threadCpuSeconds() - begin;
    const int skipped = std::min(to_skip_, n);
    to_skip_ -= skipped;
    const auto kept =
        static_cast<int>(std::min<std::int64_t>(n - skipped, totals_.samples - emitted_));
    if (kept > 0 && hooks_.on_output) hooks_.on_output(out_.from(skipped).data(), kept);
    emitted_ += kept;
  }

  void reportProgress() const {
    if (!hooks_.on_progress || hooks_.on_progress(totals_.samples, reader_.spec().samples)) return;
    throw Failure(FailureKind::kCancelled, reader_.name(), "to reach the end", "a request to stop");
  }

  SoundFileReader& reader_;
  StreamProcessor& processor_;
  const AlignedStreamHooks& hooks_;
  PlanarBlock in_;
  PlanarBlock out_;
  int to_skip_;
  std::int64_t emitted_ = 0;
  AlignedStreamTotals totals_;
};

}  // namespace

void requireProcessable(const SoundFileReader& reader) {
  const SoundSpec& spec = reader.spec();
  if (spec.sample_rate_hz < Denoiser::kMinRateHz || spec.sample_rate_hz > Denoiser::kMaxRateHz) {
    throw Failure(
        FailureKind::kInput, reader.name(),
        fmt::format("a sample rate of {} to {} Hz", Denoiser::kMinRateHz, Denoiser::kMaxRateHz),
        fmt::format("{} Hz", spec.sample_rate_hz));
  }
  if (spec.channels < 1 || spec.channels > Denoiser::kMaxChannels) {
    throw Failure(FailureKind::kInput, reader.name(),
                  fmt::format("1 to {} channels", Denoiser::kMaxChannels),
                  fmt::format("{}", spec.channels));
  }
}

AlignedStreamTotals runAligned(SoundFileReader& reader, StreamProcessor& processor,
                               const AlignedStreamHooks& hooks) {
  requireProcessable(reader);
  const StreamSpec spec{reader.spec().sample_rate_hz, reader.spec().channels, kFileBlockSamples};
  try {
    processor.prepare(spec);
  } catch (const std::invalid_argument& error) {
    throw Failure(FailureKind::kInput, reader.name(), "a stream that the model takes",
                  error.what());
  }
  return AlignedRun(reader, processor, hooks).run();
}

}  // namespace hiss
