// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <string>
#include <variant>
#include <vector>

#include "app/engine/batch_plan.h"
#include "app/engine/live/live_worker.h"
#include "app/engine/sound_file_io.h"
#include "models/channel_link.h"

namespace hiss {

// Model and strength, the same for every command that denoises.
struct ModelOptions {
  std::string model;
  float attenuation_limit_db = std::numeric_limits<float>::infinity();
  float mix = 1.0F;
  ChannelLink channels = ChannelLink::kAuto;
};

struct DenoiseOptions {
  ModelOptions model;
  std::vector<std::string> inputs;
  std::string output;  // empty: beside the input
  SoundFormatWish format;
  bool removed = false;  // write what is taken out instead of what is left
  bool json = false;
  bool force = false;
  bool resume = false;
  std::string overwrite;  // never, older, always; empty: an output that exists is refused
  bool recursive = true;
  bool mirror = false;  // what `flat` is not; the default
  bool flat = false;
  bool dither = true;
  bool dry_run = false;
  std::string report;  // empty: none
  Shard shard;
  std::string watch;  // a folder; empty: `inputs` are done once
  bool allow_truncated = false;
  bool quiet = false;
  int jobs = 1;
};

struct InfoOptions {
  std::string model;  // empty: all that are found
  bool json = false;
};

struct ModelsOptions {
  bool json = false;
};

struct PlotOptions {
  ModelOptions model;
  std::string input;
  std::string output;
  std::string after;  // empty: `input` denoised
  int width_px = 0;
  int height_px = 0;
  bool force = false;
  bool allow_truncated = false;
};

// Files against a clean reference or, with `models`, models over one input.
struct CompareOptions {
  std::string input;  // the reference; with models what they run over
  std::vector<std::string> files;
  std::vector<std::string> models;
  std::string reference;  // clean sound for the models' outputs; empty: none
  std::string plot;       // empty: no picture
  std::string csv;        // empty: no traces
  int block = 0;          // 0: what suits each model
  bool json = false;
  bool force = false;
};

struct ImportOptions {
  std::string input;
  std::string output;
  std::string config;         // empty: none
  std::string kind = "auto";  // or a name of an ImportKind
  bool force = false;
};

struct BenchOptions {
  std::string model;
  std::string input;  // empty: a recording of the source tree, or a generated sound
  std::string simd = "all";
  std::string plot;  // empty: no picture
  double seconds = 20.0;
  int core = -1;  // -1: the one the program runs on
  int streams = 0;
  bool stacks = false;
  bool all = false;
  bool json = false;
  bool force = false;
};

struct LiveOptions {
  ModelOptions model;
  std::string input;  // empty: the system's default
  std::string output;
  int rate_hz = 0;  // 0: the input's default
  int input_channels = 0;
  int output_channels = 0;
  int block = 0;  // 0: what suits the device
  LiveLatency latency = LiveLatency::kBalanced;
  std::string record_in;
  std::string record_out;
  bool virtual_mic = false;
  bool force = false;
  float duration_s = 0.0F;  // 0: until it is ended
  bool json_stats = false;
  bool quiet = false;
};

struct DevicesOptions {
  bool json = false;
};

struct DetectOptions {
  std::vector<std::string> inputs;
  std::string output;  // empty: beside the input
  std::string detector;
  std::string model;  // of the detector "mamba"; empty: the one that is found
  std::string time;   // column; empty: it is found out, "none": there is none
  std::vector<std::string> columns;
  double false_alarms = 0.0;  // 0: what suits the input
  double alarm_p = 0.0;       // 0: what `false_alarms` makes of it
  int hold_rows = 0;
  int cool_down_rows = 0;
  std::string state;  // empty: none is kept
  std::string plot;   // empty: no picture
  bool audio = false;
  bool recursive = true;
  bool json = false;
  bool force = false;
  bool allow_truncated = false;
  bool quiet = false;
};

struct MonitorOptions {
  std::vector<std::string> sources;
  std::vector<std::string> sinks;
  std::string config;  // empty: none
  bool check_config = false;
  std::string detector;       // empty: what the configuration says
  std::string model;          // of the detector "mamba"; empty: the one that is found
  std::string state;          // empty: what the configuration says
  double save_every_s = 0.0;  // 0: the same
  double false_alarms = 0.0;  // a week; 0: the same
  std::string control;        // empty: the same
  std::string log_level;      // empty: the same
  bool journal = false;
  bool quiet = false;
};

struct CtlOptions {
  std::string control;  // path of the socket
  std::string command;  // of the monitor
  std::string glob;
  std::string id;
  std::string label;
  std::vector<std::string> note;  // its words
  int most = 0;                   // 0: what the command gives
  std::string duration;
  bool csv = false;
  bool json = false;
};

// Text for standard output instead of a command: --help, --version.
struct PrintText {
  std::string text;
};

using Command = std::variant<PrintText, DenoiseOptions, ModelsOptions, InfoOptions, PlotOptions,
                             CompareOptions, ImportOptions, BenchOptions, LiveOptions,
                             DevicesOptions, DetectOptions, MonitorOptions, CtlOptions>;

// Throws Failure(kUsage) with a text of one line.
Command parseCommandLine(int argc, const char* const* argv);

}  // namespace hiss
