// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/peers/hop_driver.h"

#include <sched.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <thread>
#include <utility>

#include "app/engine/byte_file.h"
#include "app/engine/sound_file_io.h"
#include "dsp/realtime.h"

namespace hiss::peers {
namespace {

constexpr int kWarmUpHops = 100;
constexpr double kTailSeconds = 0.1;
// The kernel stops a process at real-time priority for some 50 ms once it has run for a second
// without a pause, so it rests before that.
constexpr std::chrono::milliseconds kBusy{400};
constexpr std::chrono::milliseconds kRest{50};

struct Sound {
  int sample_rate_hz = 0;
  std::vector<float> samples;
};

Sound readMono(const std::string& path) {
  SoundFileReader reader(path);
  if (reader.spec().channels != 1) {
    throw std::runtime_error(path + ": expected 1 channel, found " +
                             std::to_string(reader.spec().channels));
  }
  Sound sound{reader.spec().sample_rate_hz, {}};
  std::array<float, 4096> block{};
  const std::array<float*, 1> planar{block.data()};
  while (const int n = reader.read(planar.data(), static_cast<int>(block.size()))) {
    sound.samples.insert(sound.samples.end(), block.begin(), block.begin() + n);
  }
  return sound;
}

void writeMono(const std::string& path, const SoundSpec& input, const Sound& sound) {
  std::filesystem::remove(path);
  ByteFile file = ByteFile::createNew(path);
  if (!file.isOpen()) throw std::runtime_error(path + ": cannot be created");
  SoundFileWriter writer(file, path, resolveOutput(input, {"wav", "float"}, path));
  const std::array<const float*, 1> planar{sound.samples.data()};
  writer.write(planar.data(), static_cast<int>(sound.samples.size()));
  writer.close();
}

// Pads `samples` with silence: the tail, then up to a whole number of hops.
void padTo(std::vector<float>& samples, int hop, int sample_rate_hz) {
  const auto step = static_cast<std::size_t>(hop);
  const std::size_t needed =
      samples.size() + static_cast<std::size_t>(kTailSeconds * sample_rate_hz);
  samples.resize((needed + step - 1) / step * step);
}

// Replaces `samples` by what `stream` makes of them; the time of each hop in microseconds.
std::vector<double> timeHops(HopProcessor& stream, std::vector<float>& samples, int hop) {
  using Clock = std::chrono::steady_clock;
  const auto step = static_cast<std::size_t>(hop);
  std::vector<float> out(step);
  std::vector<double> times_us;
  times_us.reserve(samples.size() / step);
  Clock::time_point rested;  // long ago: rests before the first hop
  for (std::size_t at = 0; at < samples.size(); at += step) {
    if (Clock::now() - rested > kBusy) {
      std::this_thread::sleep_for(kRest);
      rested = Clock::now();
    }
    const Clock::time_point start = Clock::now();
    stream.process(samples.data() + at, out.data());
    times_us.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
    std::copy(out.begin(), out.end(), samples.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return times_us;
}

void warmUp(const HopDenoiser& denoiser, const Sound& sound) {
  std::vector<float> start = sound.samples;
  start.resize(static_cast<std::size_t>(denoiser.hop_samples) * kWarmUpHops);
  timeHops(*denoiser.make_stream(), start, denoiser.hop_samples);
}

// Runs the process under SCHED_FIFO, as audio programs do; 0 where that is not allowed.
int takePriority(int priority) {
  sched_param parameters{};
  parameters.sched_priority = priority;
  return priority > 0 && sched_setscheduler(0, SCHED_FIFO, &parameters) == 0 ? priority : 0;
}

void runFiles(const std::vector<std::string>& files, const std::string& times_path, int priority,
              const MakeDenoiser& make_denoiser) {
  if (files.empty() || files.size() % 2 != 0) {
    throw std::runtime_error("expected pairs of INPUT and OUTPUT, found " +
                             std::to_string(files.size()) + " names");
  }
  HopDenoiser denoiser;
  int rate = 0;
  nlohmann::json report;
  report["times_us"] = nlohmann::json::array();
  for (std::size_t i = 0; i < files.size(); i += 2) {
    const SoundSpec spec = SoundFileReader(files[i]).spec();
    Sound sound = readMono(files[i]);
    if (rate == 0) {
      rate = sound.sample_rate_hz;
      denoiser = make_denoiser(rate);
      warmUp(denoiser, sound);
      report["priority"] = takePriority(priority);
    }
    if (sound.sample_rate_hz != rate) throw std::runtime_error(files[i] + ": another rate");
    padTo(sound.samples, denoiser.hop_samples, rate);
    const std::unique_ptr<HopProcessor> stream = denoiser.make_stream();
    report["times_us"].push_back(timeHops(*stream, sound.samples, denoiser.hop_samples));
    writeMono(files[i + 1], spec, sound);
  }
  report["rate_hz"] = rate;
  report["hop_samples"] = denoiser.hop_samples;
  report["version"] = denoiser.version;
  report["detail"] = denoiser.detail;
  std::ofstream file(times_path);
  file << report.dump() << '\n';
  if (!file.flush()) throw std::runtime_error(times_path + ": cannot be written");
}

}  // namespace

int runDriver(int argc, char** argv, const std::string& description,
              const MakeDenoiser& make_denoiser, const std::vector<TextOption>& options) {
  CLI::App app(description);
  std::string times_path;
  std::vector<std::string> files;
  int priority = 0;
  app.add_option("--times", times_path, "report to write, JSON")->required();
  app.add_option("--priority", priority, "SCHED_FIFO priority while timing, 0: none");
  app.add_option("files", files, "INPUT OUTPUT pairs")->required();
  for (const TextOption& option : options) {
    app.add_option("--" + option.name, *option.value, option.help)->required();
  }
  try {
    app.parse(argc, argv);
    const ScopedFlushDenormals flush;
    runFiles(files, times_path, priority, make_denoiser);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  return 0;
}

}  // namespace hiss::peers
