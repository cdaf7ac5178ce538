// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <optional>
#include <vector>

#include "app/cli/commands.h"
#include "app/cli/console.h"
#include "app/engine/aligned_stream.h"
#include "app/engine/atomic_output.h"
#include "app/engine/denoise_job.h"
#include "app/engine/file_identity.h"
#include "app/engine/spectrogram_plot.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

class PlotCommand {
 public:
  explicit PlotCommand(const PlotOptions& options) : options_(options), console_(false) {}

  ExitCode run() {
    requireDifferentFiles(options_.input, options_.output);
    if (!options_.after.empty()) requireDifferentFiles(options_.after, options_.output);
    SoundFileReader before(openInput(), displayName(), options_.allow_truncated);
    requireProcessable(before);
    SpectrogramTrack track_before(before.spec().sample_rate_hz, before.spec().channels);
    std::string title_after;
    std::optional<SpectrogramTrack> track_after;
    if (options_.after.empty()) {
      LoadedModel model = loadModel(options_.model);
      title_after = "after: " + title(displayName()) + ", model " + model.name;
      track_after.emplace(before.spec().sample_rate_hz, before.spec().channels);
      denoise(before, *model.denoiser, track_before, *track_after);
    } else {
      title_after = "after: " + title(options_.after);
      readAll(before, track_before);
      SoundFileReader after(options_.after, options_.allow_truncated);
      requireProcessable(after);
      track_after.emplace(after.spec().sample_rate_hz, after.spec().channels);
      readAll(after, *track_after);
    }
    console_.clearProgress();
    track_before.finish();
    track_after->finish();
    draw({{"before: " + title(displayName()), &track_before}, {title_after, &*track_after}});
    return ExitCode::kOk;
  }

 private:
  bool fromStandardInput() const { return options_.input == kStandardStream; }

  std::string displayName() const {
    return fromStandardInput() ? "standard input" : options_.input;
  }

  static std::string title(const fs::path& path) { return path.filename().string(); }

  ByteFile openInput() const {
    return fromStandardInput() ? ByteFile::openStandardInput()
                               : ByteFile::openForReading(options_.input);
  }

  bool progress(const SoundFileReader& reader, std::int64_t done) {
    console_.progress(reader.name(), done, reader.spec().samples);
    return true;
  }

  void denoise(SoundFileReader& reader, Denoiser& denoiser, SpectrogramTrack& track_before,
               SpectrogramTrack& track_after) {
    AlignedStreamHooks hooks;
    hooks.on_input = [&](const float* const* planar, int n) { track_before.add(planar, n); };
    hooks.on_output = [&](const float* const* planar, int n) { track_after.add(planar, n); };
    hooks.on_progress = [&](std::int64_t done, std::int64_t) { return progress(reader, done); };
    runAligned(reader, denoiser, hooks);
  }

  void readAll(SoundFileReader& reader, SpectrogramTrack& track) {
    const int channels = reader.spec().channels;
    std::vector<float> samples(static_cast<std::size_t>(channels) * kFileBlockSamples);
    std::vector<float*> planar;
    planar.reserve(static_cast<std::size_t>(channels));
    for (int c = 0; c < channels; ++c) {
      planar.push_back(samples.data() + static_cast<std::ptrdiff_t>(c) * kFileBlockSamples);
    }
    while (const int n = reader.read(planar.data(), kFileBlockSamples)) {
      track.add(planar.data(), n);
      progress(reader, reader.position());
    }
  }

  void draw(const std::vector<SpectrogramPane>& panes) const {
    const auto existing =
        options_.force ? AtomicOutput::Existing::kReplace : AtomicOutput::Existing::kRefuse;
    AtomicOutput output = options_.output == kStandardStream
                              ? AtomicOutput::toStandardOutput()
                              : AtomicOutput(options_.output, existing);
    drawSpectrograms(panes, {options_.width_px, options_.height_px}, output.file(), output.name());
    output.commit();
  }

  const PlotOptions& options_;
  Console console_;
};

}  // namespace

ExitCode runPlot(const PlotOptions& options) { return PlotCommand(options).run(); }

}  // namespace hiss
