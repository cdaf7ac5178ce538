// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <deque>

namespace hiss {

// What a file lost, and how good it may be by what can be told without a clean reference. Levels in
// dBFS over all channels; what was silent reads -inf, and what cannot be told (no window that is
// not silent) NaN.
struct NoiseFigures {
  double pause_input_dbfs = 0.0;  // in the pauses, see NoiseMeter
  double pause_output_dbfs = 0.0;
  double removed_in_pauses_db = 0.0;
  double removed_overall_db = 0.0;
  double removed_in_speech_db = 0.0;  // the loudest windows: near 0 unless speech was hurt
  double input_snr_db = 0.0;          // loudest windows, less the pauses' noise, over the pauses
  double output_snr_db = 0.0;
  std::int64_t full_scale_values = 0;  // of the input, at most one 16-bit step below full scale
};

// Measures a recording before and after in fixed memory, without a clean reference. Pauses are the
// quietest fifth (kPauseShare) of the windows of 20 ms of the input that are not digital silence,
// told apart to 1 dB; speech is the loudest fifth of them. Not thread-safe.
class NoiseMeter {
 public:
  static constexpr double kPauseShare = 0.2;
  static constexpr double kSpeechShare = 0.2;

  NoiseMeter(int sample_rate_hz, int channels);

  // planar [channels][n]; sample n of one belongs to sample n of the other. The output may lag.
  void addInput(const float* const* planar, int n);
  void addOutput(const float* const* planar, int n);

  [[nodiscard]] NoiseFigures figures() const;

 private:
  static constexpr int kSteps = 121;  // of 1 dB: -120 dBFS and less to 0 and more

  struct Window {
    double power = 0.0;  // sum of squares
    int samples = 0;
  };
  struct Step {
    std::int64_t windows = 0;
    double input = 0.0;  // sums of squares
    double output = 0.0;
  };

  void finish(double output);
  // At least `share` of all windows, from the quietest or the loudest on.
  [[nodiscard]] Step quietest(double share) const;
  [[nodiscard]] Step loudest(double share) const;
  [[nodiscard]] std::int64_t windows() const;
  [[nodiscard]] double meanDb(double power, std::int64_t windows) const;

  int channels_;
  int window_samples_;
  Window input_;
  Window output_;
  std::deque<double> pending_;  // windows of input whose output is to come
  std::array<Step, kSteps> steps_{};
  double total_input_ = 0.0;
  double total_output_ = 0.0;
  std::int64_t full_scale_values_ = 0;
};

}  // namespace hiss
