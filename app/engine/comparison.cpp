// SPDX-License-Identifier: Apache-2.0
#include "app/engine/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <vector>

#include "app/engine/failure.h"
#include "app/engine/sound_file_io.h"
#include "dsp/level_meter.h"

namespace hiss {
namespace {

constexpr double kWindowSeconds = 0.02;
constexpr double kPauseBelowLoudest = 1e-4;  // -40 dB, as power
constexpr double kMaxSiSdrDb = 120.0;

struct WindowPower {
  double reference = 0.0;
  double file = 0.0;
};

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

// One file's planar block buffer, [channels][window].
struct Block {
  Block(int channels, int window)
      : samples(static_cast<std::size_t>(channels) * static_cast<std::size_t>(window)) {
    for (int c = 0; c < channels; ++c) {
      planes.push_back(samples.data() + static_cast<std::ptrdiff_t>(c) * window);
    }
  }
  std::vector<float> samples;
  std::vector<float*> planes;
};

// Reads until `window` samples are there or the file ends.
int readWindow(SoundFileReader& reader, Block& block, int window) {
  std::vector<float*> at = block.planes;
  int filled = 0;
  while (filled < window) {
    const int got = reader.read(at.data(), window - filled);
    if (got == 0) {
      break;
    }
    filled += got;
    for (float*& plane : at) {
      plane += got;
    }
  }
  return filled;
}

}  // namespace

SoundComparison compareSounds(const std::filesystem::path& reference,
                              const std::filesystem::path& file) {
  SoundFileReader reference_reader(reference);
  SoundFileReader file_reader(file);
  requireSameShape(reference_reader, file_reader);

  const int channels = reference_reader.spec().channels;
  const int window = std::max(
      1, static_cast<int>(std::lround(kWindowSeconds * reference_reader.spec().sample_rate_hz)));
  Block s(channels, window);
  Block x(channels, window);
  std::vector<WindowPower> windows;
  double ss = 0.0;
  double xx = 0.0;
  double xs = 0.0;
  double values = 0.0;
  for (;;) {
    const int n = readWindow(reference_reader, s, window);
    const int n_file = readWindow(file_reader, x, window);
    if (n != n_file) {
      throw Failure(FailureKind::kInput, file_reader.name(),
                    fmt::format("the length of {}", reference_reader.name()),
                    fmt::format("{} samples where it has {}", file_reader.position(),
                                reference_reader.position()));
    }
    if (n == 0) {
      break;
    }
    WindowPower sum;
    for (int c = 0; c < channels; ++c) {
      for (int i = 0; i < n; ++i) {
        const double s_i = s.planes[static_cast<std::size_t>(c)][i];
        const double x_i = x.planes[static_cast<std::size_t>(c)][i];
        sum.reference += s_i * s_i;
        sum.file += x_i * x_i;
        xs += s_i * x_i;
      }
    }
    ss += sum.reference;
    xx += sum.file;
    const double count = static_cast<double>(n) * channels;
    values += count;
    windows.push_back({sum.reference / count, sum.file / count});
  }

  double loudest = 0.0;
  for (const WindowPower& w : windows) {
    loudest = std::max(loudest, w.reference);
  }
  double pause_power = 0.0;
  int pauses = 0;
  for (const WindowPower& w : windows) {
    if (w.reference <= loudest * kPauseBelowLoudest) {
      pause_power += w.file;
      ++pauses;
    }
  }
  SoundComparison result;
  result.level_db = powerToDb(xx / values);
  result.pause_level_db =
      pauses > 0 ? powerToDb(pause_power / pauses) : std::numeric_limits<double>::quiet_NaN();
  result.si_sdr_db = siSdrDb(ss, xx, xs);
  return result;
}

}  // namespace hiss
