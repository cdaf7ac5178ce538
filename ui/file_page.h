// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <limits>

#include "ui/spectrogram_data.h"

namespace hiss {

// What the window is told and asks for; plain values, so that neither side knows the other.

// A model to choose from.
struct ModelChoice {
  QString name;
  QString path;
};

// A recording that was opened.
struct RecordingInfo {
  QString path;
  QString format;  // "flac, pcm16"
  int sample_rate_hz = 0;
  int channels = 0;
  SpectrogramData spectrogram;
};

// The wish to denoise the open recording.
struct DenoiseRequest {
  QString model_path;
  float attenuation_limit_db = std::numeric_limits<float>::infinity();
};

// How denoising ended. Levels are RMS and sample peak in dBFS over all channels; silence is -inf.
struct DenoiseResult {
  SpectrogramData spectrogram;
  double input_rms_dbfs = 0.0;
  double input_peak_dbfs = 0.0;
  double output_rms_dbfs = 0.0;
  double output_peak_dbfs = 0.0;
  QString model;
  float attenuation_limit_db = std::numeric_limits<float>::infinity();
  QString simd;             // name of the kernel set
  double rtf = 0.0;         // processor time / duration, one core
  double latency_ms = 0.0;  // of the model in a live stream; not in the file
  double seconds = 0.0;     // duration
};

}  // namespace hiss
