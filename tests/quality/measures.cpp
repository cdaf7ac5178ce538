// SPDX-License-Identifier: Apache-2.0
#include "tests/quality/measures.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <iterator>
#include <numbers>

#include "dsp/real_fft.h"

namespace hiss {
namespace {

constexpr double kActivityMarginDb = 15.9;  // ITU-T P.56
constexpr int kFramesPerSecond = 100;
constexpr std::ptrdiff_t kPauseFrames = 6;
constexpr std::ptrdiff_t kWordFrames = 10;

std::size_t tenMilliseconds(int rate) { return static_cast<std::size_t>(rate / kFramesPerSecond); }

}  // namespace

double powerDb(double power) { return power > 1e-20 ? 10.0 * std::log10(power) : kSilenceDb; }

double meanPower(std::span<const float> x) {
  double sum = 0.0;
  for (const float v : x) sum += double{v} * double{v};
  return x.empty() ? 0.0 : sum / static_cast<double>(x.size());
}

std::vector<double> frameLevels(std::span<const float> x, std::size_t frame) {
  std::vector<double> levels;
  for (std::size_t i = 0; i + frame <= x.size(); i += frame) {
    levels.push_back(powerDb(meanPower(x.subspan(i, frame))));
  }
  return levels;
}

double activeLevelDb(std::span<const float> x, int rate) {
  const std::size_t frame = tenMilliseconds(rate);
  std::vector<double> powers;
  for (std::size_t i = 0; i + frame <= x.size(); i += frame) {
    powers.push_back(meanPower(x.subspan(i, frame)));
  }
  // From below: each round drops frames, so the level rises until it holds.
  double level = powerDb(mean(powers));
  for (;;) {
    const double threshold = std::pow(10.0, (level - kActivityMarginDb) / 10.0);
    double sum = 0.0;
    double count = 0.0;
    for (const double power : powers) {
      if (power < threshold) continue;
      sum += power;
      count += 1.0;
    }
    const double next = count > 0.0 ? powerDb(sum / count) : kSilenceDb;
    if (next <= level + 1e-9) return level;
    level = next;
  }
}

std::vector<bool> activeFrames(std::span<const float> x, int rate) {
  const double threshold = activeLevelDb(x, rate) - kActivityMarginDb;
  std::vector<bool> active;
  for (const double level : frameLevels(x, tenMilliseconds(rate))) {
    active.push_back(level > kSilenceDb && level >= threshold);
  }
  return active;
}

std::vector<std::size_t> wordStarts(std::span<const float> x, int rate) {
  const std::vector<bool> active = activeFrames(x, rate);
  std::vector<std::size_t> starts;
  for (auto at = active.begin() + std::min<std::ptrdiff_t>(kPauseFrames, std::ssize(active));
       active.end() - at >= kWordFrames; ++at) {
    if (!*at || std::count(at - kPauseFrames, at, true) > 0) continue;
    if (std::count(at, at + kWordFrames, true) >= kWordFrames / 2) {
      starts.push_back(static_cast<std::size_t>(at - active.begin()) * tenMilliseconds(rate));
    }
  }
  return starts;
}

double siSdrDb(std::span<const float> reference, std::span<const float> estimate) {
  double cross = 0.0;
  double energy = 0.0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    cross += double{reference[i]} * double{estimate[i]};
    energy += double{reference[i]} * double{reference[i]};
  }
  const double scale = cross / (energy + 1e-300);
  double target = 0.0;
  double distortion = 0.0;
  for (std::size_t i = 0; i < reference.size(); ++i) {
    const double wanted = scale * double{reference[i]};
    target += wanted * wanted;
    distortion += (estimate[i] - wanted) * (estimate[i] - wanted);
  }
  return 10.0 * std::log10((target + 1e-300) / (distortion + 1e-300));
}

std::vector<std::vector<double>> powerSpectra(std::span<const float> x, int window) {
  RealFft fft(window);
  const auto length = static_cast<std::size_t>(window);
  std::vector<float> windowed(length);
  std::vector<std::complex<float>> spectrum(static_cast<std::size_t>(fft.bins()));
  std::vector<std::vector<double>> frames;
  for (std::size_t begin = 0; begin + length <= x.size(); begin += length / 2) {
    for (std::size_t i = 0; i < length; ++i) {
      const double phase = 2.0 * std::numbers::pi * static_cast<double>(i) / window;
      windowed[i] = x[begin + i] * static_cast<float>(0.5 - 0.5 * std::cos(phase));
    }
    fft.forward(windowed.data(), spectrum.data());
    std::vector<double>& power = frames.emplace_back();
    for (const std::complex<float>& bin : spectrum) power.push_back(double{std::norm(bin)});
  }
  return frames;
}

std::vector<std::vector<double>> bandPowers(std::span<const float> x, int rate, int window,
                                            const std::vector<double>& edges_hz) {
  std::vector<std::vector<double>> frames = powerSpectra(x, window);
  for (std::vector<double>& frame : frames) {
    std::vector<double> bands(edges_hz.size() - 1);
    for (std::size_t k = 0; k < frame.size(); ++k) {
      const double hz = static_cast<double>(k) * rate / window;
      const auto edge = std::upper_bound(edges_hz.begin(), edges_hz.end(), hz);
      if (edge != edges_hz.begin() && edge != edges_hz.end()) {
        bands[static_cast<std::size_t>(edge - edges_hz.begin()) - 1] += frame[k];
      }
    }
    frame = bands;
  }
  return frames;
}

std::vector<double> thirdOctaveEdges(double highest_hz) {
  std::vector<double> edges;
  // The band of number b has its centre at 10^(b / 10) Hz; number 18 is the one at 63 Hz.
  for (int b = 18;; ++b) {
    const double edge = std::pow(10.0, (b - 0.5) / 10.0);
    if (edge > highest_hz) return edges;
    edges.push_back(edge);
  }
}

double logSpectralDistanceDb(std::span<const float> reference, std::span<const float> estimate,
                             int rate) {
  const int window = 2 * static_cast<int>(tenMilliseconds(rate));  // so that a hop is 10 ms
  const std::vector<bool> active = activeFrames(reference, rate);
  const auto wanted = powerSpectra(reference, window);
  const auto found = powerSpectra(estimate, window);
  const auto first = static_cast<std::size_t>(100 * window / rate);
  std::vector<double> distances;
  for (std::size_t t = 0; t < wanted.size(); ++t) {
    if (!active[t]) continue;
    const double floor = 1e-5 * *std::max_element(wanted[t].begin(), wanted[t].end());
    double sum = 0.0;
    for (std::size_t k = first; k < wanted[t].size(); ++k) {
      const double db =
          10.0 * std::log10(std::max(wanted[t][k], floor) / std::max(found[t][k], floor));
      sum += db * db;
    }
    distances.push_back(std::sqrt(sum / static_cast<double>(wanted[t].size() - first)));
  }
  return mean(distances);
}

double mean(std::span<const double> values) {
  double sum = 0.0;
  for (const double v : values) sum += v;
  return values.empty() ? 0.0 : sum / static_cast<double>(values.size());
}

double standardDeviation(std::span<const double> values) {
  const double centre = mean(values);
  double sum = 0.0;
  for (const double v : values) sum += (v - centre) * (v - centre);
  return values.empty() ? 0.0 : std::sqrt(sum / static_cast<double>(values.size()));
}

double kurtosis(std::span<const double> values) {
  const double centre = mean(values);
  double second = 0.0;
  double fourth = 0.0;
  for (const double v : values) {
    const double square = (v - centre) * (v - centre);
    second += square;
    fourth += square * square;
  }
  return static_cast<double>(values.size()) * fourth / (second * second + 1e-300);
}

}  // namespace hiss
