// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

// What the C++ drivers of the comparison with other denoisers share: they read sound files, feed
// them to a denoiser hop by hop as a live program would, time each call and write sound and times.
//
//   DRIVER [options] --times TIMES.json [--priority N] (INPUT OUTPUT.wav)...
//
// The Python drivers beside this file take the same arguments and write the same report.
namespace hiss::peers {

// One stream of a denoiser. Not thread-safe.
class HopProcessor {
 public:
  HopProcessor() = default;
  HopProcessor(const HopProcessor&) = delete;
  HopProcessor& operator=(const HopProcessor&) = delete;
  virtual ~HopProcessor() = default;

  // Takes and gives one hop, full scale 1. This call is what is timed.
  virtual void process(const float* in, float* out) = 0;
};

// A denoiser at one sample rate.
struct HopDenoiser {
  int hop_samples = 0;
  std::string version;  // of the library or the model that runs
  std::string detail;   // settings and code path, for the notes under the table
  // A stream in its first state; called outside the timed part.
  std::function<std::unique_ptr<HopProcessor>()> make_stream;
};

// Makes the denoiser for the rate of the input files; throws std::exception if it cannot run.
using MakeDenoiser = std::function<HopDenoiser(int sample_rate_hz)>;

// The option `--NAME`, a text that the driver needs.
struct TextOption {
  std::string name;
  std::string help;
  std::string* value;
};

// The whole driver: parses the arguments, warms up, runs every file in a new stream with denormals
// flushed, writes outputs (float WAV, padded so that a delay of 100 ms cuts nothing) and times.
// Returns the exit status; errors are one line on the standard error stream.
int runDriver(int argc, char** argv, const std::string& description,
              const MakeDenoiser& make_denoiser, const std::vector<TextOption>& options = {});

}  // namespace hiss::peers
