// SPDX-License-Identifier: Apache-2.0
#include "app/engine/noise_meter.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>

namespace hiss {
namespace {

constexpr double kWindowSeconds = 0.02;
constexpr double kFullScale = 1.0 - 1.0 / 32768.0;

double ratioDb(double of, double to) {
  if (of <= 0.0) return std::numeric_limits<double>::quiet_NaN();
  return 10.0 * std::log10(of / to);
}

// Power of what is louder than the pauses over the pauses'. NaN if nothing is, or without pauses.
double snrDb(double speech, std::int64_t speech_windows, double pauses,
             std::int64_t pause_windows) {
  const double noise = pauses / static_cast<double>(pause_windows);
  const double signal = speech / static_cast<double>(speech_windows) - noise;
  return signal > 0.0 ? ratioDb(signal, noise) : std::numeric_limits<double>::quiet_NaN();
}

// The first steps that have `wanted` windows together.
template <typename Iterator>
auto gather(Iterator at, Iterator end, double wanted) {
  auto sum = typename std::iterator_traits<Iterator>::value_type{};
  for (; at != end && static_cast<double>(sum.windows) < wanted; ++at) {
    sum.windows += at->windows;
    sum.input += at->input;
    sum.output += at->output;
  }
  return sum;
}

}  // namespace

NoiseMeter::NoiseMeter(int sample_rate_hz, int channels)
    : channels_(channels),
      window_samples_(std::max(1, static_cast<int>(std::lround(kWindowSeconds * sample_rate_hz)))) {
}

void NoiseMeter::addInput(const float* const* planar, int n) {
  for (int i = 0; i < n; ++i) {
    for (int c = 0; c < channels_; ++c) {
      const double x = planar[c][i];
      input_.power += x * x;
      total_input_ += x * x;
      if (std::abs(x) >= kFullScale) ++full_scale_values_;
    }
    if (++input_.samples == window_samples_) {
      pending_.push_back(input_.power);
      input_ = {};
    }
  }
}

void NoiseMeter::addOutput(const float* const* planar, int n) {
  for (int i = 0; i < n; ++i) {
    for (int c = 0; c < channels_; ++c) {
      const double x = planar[c][i];
      output_.power += x * x;
      total_output_ += x * x;
    }
    if (++output_.samples == window_samples_) {
      finish(output_.power);
      output_ = {};
    }
  }
}

void NoiseMeter::finish(double output) {
  if (pending_.empty()) return;  // more output than input: nothing to compare with
  const double input = pending_.front();
  pending_.pop_front();
  if (input <= 0.0) return;
  const double db = meanDb(input, 1);
  const auto step = static_cast<std::size_t>(std::clamp(db + kSteps - 1.0, 0.0, kSteps - 1.0));
  ++steps_[step].windows;
  steps_[step].input += input;
  steps_[step].output += output;
}

double NoiseMeter::meanDb(double power, std::int64_t windows) const {
  const double values = static_cast<double>(windows) * window_samples_ * channels_;
  return 10.0 * std::log10(power / values);
}

std::int64_t NoiseMeter::windows() const {
  std::int64_t all = 0;
  for (const Step& step : steps_) all += step.windows;
  return all;
}

NoiseMeter::Step NoiseMeter::quietest(double share) const {
  return gather(steps_.begin(), steps_.end(), share * static_cast<double>(windows()));
}

NoiseMeter::Step NoiseMeter::loudest(double share) const {
  return gather(steps_.rbegin(), steps_.rend(), share * static_cast<double>(windows()));
}

NoiseFigures NoiseMeter::figures() const {
  const Step pauses = quietest(kPauseShare);
  const Step speech = loudest(kSpeechShare);
  NoiseFigures figures;
  figures.pause_input_dbfs = meanDb(pauses.input, pauses.windows);
  figures.pause_output_dbfs = meanDb(pauses.output, pauses.windows);
  figures.removed_in_pauses_db = ratioDb(pauses.input, pauses.output);
  figures.removed_overall_db = ratioDb(total_input_, total_output_);
  figures.removed_in_speech_db = ratioDb(speech.input, speech.output);
  figures.input_snr_db = snrDb(speech.input, speech.windows, pauses.input, pauses.windows);
  figures.output_snr_db = snrDb(speech.output, speech.windows, pauses.output, pauses.windows);
  figures.full_scale_values = full_scale_values_;
  return figures;
}

}  // namespace hiss
