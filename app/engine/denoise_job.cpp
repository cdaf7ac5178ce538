// SPDX-License-Identifier: Apache-2.0
#include "app/engine/denoise_job.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/file_identity.h"

namespace hiss {
namespace {

// Values of an output after which the disk is set to work, while the model works too.
constexpr std::int64_t kWriteOutValues = 1 << 20;

class LevelSum {
 public:
  void add(const float* const* planar, int channels, int n) {
    for (int c = 0; c < channels; ++c) {
      for (int i = 0; i < n; ++i) {
        const double x = planar[c][i];
        peak_ = std::max(peak_, std::abs(x));
        power_ += x * x;
      }
    }
    values_ += static_cast<std::int64_t>(channels) * n;
  }

  SignalLevels levels() const {
    const double mean = values_ > 0 ? power_ / static_cast<double>(values_) : 0.0;
    return {20.0 * std::log10(peak_), 10.0 * std::log10(mean)};
  }

  bool isFinite() const { return std::isfinite(power_); }

 private:
  double peak_ = 0.0;
  double power_ = 0.0;
  std::int64_t values_ = 0;
};

ByteFile openInput(const DenoiseJob& job) {
  if (job.input == kStandardStream) return ByteFile::openStandardInput();
  return ByteFile::openForReading(job.input);
}

AtomicOutput openOutput(const DenoiseJob& job) {
  if (job.output == kStandardStream) return AtomicOutput::toStandardOutput();
  return {job.output, job.replace_existing ? AtomicOutput::Existing::kReplace
                                           : AtomicOutput::Existing::kRefuse};
}

}  // namespace

DenoiseReport denoiseFile(const DenoiseJob& job, StreamProcessor& processor,
                          const ProgressFunction& on_progress) {
  DenoiseHooks hooks;
  hooks.on_progress = on_progress;
  return denoiseFile(job, processor, hooks);
}

DenoiseReport denoiseFile(const DenoiseJob& job, StreamProcessor& processor,
                          const DenoiseHooks& hooks) {
  requireDifferentFiles(job.input, job.output);
  SoundFileReader reader(openInput(job),
                         job.input == kStandardStream ? "standard input" : job.input.string(),
                         job.allow_truncated);
  requireProcessable(reader);
  DenoiseReport report;
  report.input_spec = reader.spec();
  report.output_spec = resolveOutput(reader.spec(), job.format, job.output);

  // The writer keeps its address.
  auto output = std::make_unique<AtomicOutput>(openOutput(job));
  SoundFileWriter writer(output->file(), output->name(), report.output_spec, &reader);
  if (job.dither) writer.ditherFrom(reader.spec());
  const int channels = reader.spec().channels;
  LevelSum levels_in;
  LevelSum levels_out;
  int unwritten = 0;  // samples of a channel that the disk may not have begun to take
  if (hooks.on_start) hooks.on_start(reader.spec());
  AlignedStreamHooks stream;
  stream.on_input = [&](const float* const* planar, int n) {
    levels_in.add(planar, channels, n);
    if (hooks.on_input) hooks.on_input(planar, n);
  };
  stream.on_output = [&](const float* const* planar, int n) {
    levels_out.add(planar, channels, n);
    writer.write(planar, n);
    if (static_cast<std::int64_t>(channels) * (unwritten += n) >= kWriteOutValues) {
      output->file().startWriting();
      unwritten = 0;
    }
    if (hooks.on_output) hooks.on_output(planar, n);
  };
  stream.on_progress = hooks.on_progress;
  const AlignedStreamTotals totals = runAligned(reader, processor, stream);
  if (!levels_out.isFinite()) {
    throw Failure(FailureKind::kInternal, reader.name(), "finite output of the model",
                  "NaN or Inf");
  }
  writer.close();
  if (hooks.on_written && output->isFile()) {
    hooks.on_written(std::move(output));
  } else {
    output->commit();
  }

  report.samples = totals.samples;
  report.seconds = static_cast<double>(totals.samples) / reader.spec().sample_rate_hz;
  report.latency_samples = totals.latency_samples;
  report.process_cpu_seconds = totals.process_cpu_seconds;
  report.rtf = totals.process_cpu_seconds / report.seconds;
  report.input_levels = levels_in.levels();
  report.output_levels = levels_out.levels();
  report.clipped_values = writer.clippedValues();
  report.input_spec.samples = report.output_spec.samples = totals.samples;
  return report;
}

}  // namespace hiss
