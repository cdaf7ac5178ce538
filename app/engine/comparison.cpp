// SPDX-License-Identifier: Apache-2.0
#include "app/engine/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "app/engine/failure.h"
#include "app/engine/planar_block.h"
#include "dsp/level_meter.h"

namespace hiss {
namespace {

constexpr double kWindowSeconds = 0.02;
constexpr double kPauseBelowLoudest = 1e-4;  // -40 dB, as power
constexpr double kMaxSiSdrDb = 120.0;

double powerToDb(double power) {
  return power > 0.0 ? std::max(10.0 * std::log10(power), double{kFloorDb}) : kFloorDb;
}

double siSdrDb(double ss, double xx, double xs) {
  const double part = ss > 0.0 ? xs * xs / ss : 0.0;
  const double rest = xx - part;
  if (part <= 0.0) {
    return -kMaxSiSdrDb;
  }
  const double limit = std::pow(10.0, kMaxSiSdrDb / 10.0);
  return std::clamp(10.0 * std::log10(part / std::max(rest, part / limit)), -kMaxSiSdrDb,
                    kMaxSiSdrDb);
}

}  // namespace

ReferenceMeter::ReferenceMeter(int sample_rate_hz, int channels)
    : channels_(channels),
      window_(std::max(1, static_cast<int>(std::lround(kWindowSeconds * sample_rate_hz)))) {}

void ReferenceMeter::add(const float* const* reference, const float* const* file, int n) {
  for (int done = 0; done < n;) {
    const int count = std::min(n - done, window_ - open_.samples);
    for (int c = 0; c < channels_; ++c) {
      for (int i = done; i < done + count; ++i) {
        const double s_i = reference[c][i];
        const double x_i = file[c][i];
        open_.reference += s_i * s_i;
        open_.file += x_i * x_i;
        xs_ += s_i * x_i;
      }
    }
    open_.samples += count;
    done += count;
    if (open_.samples == window_) windows_.push_back(std::exchange(open_, {}));
  }
}

SoundComparison ReferenceMeter::result() const {
  std::vector<Window> windows = windows_;
  if (open_.samples > 0) windows.push_back(open_);
  double ss = 0.0;
  double xx = 0.0;
  double values = 0.0;
  double loudest = 0.0;
  for (Window& w : windows) {
    ss += w.reference;
    xx += w.file;
    const double count = static_cast<double>(w.samples) * channels_;
    values += count;
    w.reference /= count;
    w.file /= count;
    loudest = std::max(loudest, w.reference);
  }
  double pause_power = 0.0;
  int pauses = 0;
  for (const Window& w : windows) {
    if (w.reference <= loudest * kPauseBelowLoudest) {
      pause_power += w.file;
      ++pauses;
    }
  }
  SoundComparison result;
  result.level_db = powerToDb(values > 0.0 ? xx / values : 0.0);
  result.pause_level_db =
      pauses > 0 ? powerToDb(pause_power / pauses) : std::numeric_limits<double>::quiet_NaN();
  result.si_sdr_db = siSdrDb(ss, xx, xs_);
  return result;
}

void requireSameShape(const SoundFileReader& reference, const SoundFileReader& file) {
  const SoundSpec& expected = reference.spec();
  const SoundSpec& found = file.spec();
  if (expected.sample_rate_hz != found.sample_rate_hz || expected.channels != found.channels) {
    throw Failure(FailureKind::kInput, file.name(),
                  fmt::format("{} Hz with {} channel(s) as in {}", expected.sample_rate_hz,
                              expected.channels, reference.name()),
                  fmt::format("{} Hz with {} channel(s)", found.sample_rate_hz, found.channels));
  }
}

SoundComparison compareSounds(const std::filesystem::path& reference,
                              const std::filesystem::path& file) {
  SoundFileReader reference_reader(reference);
  SoundFileReader file_reader(file);
  requireSameShape(reference_reader, file_reader);

  const SoundSpec& spec = reference_reader.spec();
  ReferenceMeter meter(spec.sample_rate_hz, spec.channels);
  PlanarBlock s(spec.channels);
  PlanarBlock x(spec.channels);
  for (;;) {
    const int n = s.fill(reference_reader, kFileBlockSamples);
    if (x.fill(file_reader, kFileBlockSamples) != n) {
      throw Failure(FailureKind::kInput, file_reader.name(),
                    fmt::format("the length of {}", reference_reader.name()),
                    fmt::format("{} samples where it has {}", file_reader.position(),
                                reference_reader.position()));
    }
    if (n == 0) break;
    meter.add(s.planar(), x.planar(), n);
  }
  return meter.result();
}

}  // namespace hiss
