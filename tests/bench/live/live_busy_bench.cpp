// SPDX-License-Identifier: Apache-2.0
//
// The live path in real time, on a device that calls like a sound card, while other processes take
// all of every core they can get:
//
//   live_busy_bench --seconds 600
//
// It ends with 1 if a call took longer than its block lasts, or a gap was heard that the machine
// had not made: one that waking the device's own thread too late does not explain.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "app/engine/live/live_session.h"
#include "models/denoiser.h"
#include "models/model_registry.h"
#include "tests/app/live/paced_device.h"
#include "tests/bench/recordings.h"

namespace hiss {
namespace {

struct Options {
  std::string model{kDefaultModelName};
  double seconds = 600.0;
  int block = 128;
  int rate_hz = 48000;
  int burners = static_cast<int>(std::thread::hardware_concurrency());
  std::string latency = "balanced";
};

// Processes of usual priority that do nothing but compute.
class Burners {
 public:
  explicit Burners(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t child = ::fork();
      if (child == 0) burn();
      if (child > 0) children_.push_back(child);
    }
  }
  ~Burners() {
    for (const pid_t child : children_) {
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    }
  }
  Burners(const Burners&) = delete;
  Burners& operator=(const Burners&) = delete;

 private:
  [[noreturn]] static void burn() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    volatile double x = 1.0;
    for (;;) x = x * 1.0000001 + 1e-9;
  }
  std::vector<pid_t> children_;
};

// Seconds that the host took from this (virtual) machine, over all cores.
double stolenSeconds() {
  std::ifstream stat("/proc/stat");
  std::string name;
  double fields[8] = {};
  stat >> name;
  for (double& field : fields) stat >> field;
  return fields[7] / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

void printTimes(const char* what, const PacedDevice::Times& times) {
  std::printf("%-28s p50 %5.0f  p99 %5.0f  p99.9 %5.0f  p99.99 %5.0f  max %7.0f us\n", what,
              times.quantileUs(0.5), times.quantileUs(0.99), times.quantileUs(0.999),
              times.quantileUs(0.9999), times.mostUs());
}

int run(const Options& options) {
  const Burners burners(options.burners);
  const Recordings recordings;
  PacedDevice::Config device_config;
  device_config.rate_hz = options.rate_hz;
  device_config.block = options.block;
  device_config.source = [sound = recordings.at(0, 0, 1)](std::uint64_t index) {
    return sound[index % 160000];
  };
  PacedDevice device(device_config);
  Denoiser denoiser(DenoiserModel::load(ModelRegistry().find(options.model)));
  LiveConfig config;
  config.worker.latency = options.latency == "low"    ? LiveLatency::kLow
                          : options.latency == "safe" ? LiveLatency::kSafe
                                                      : LiveLatency::kBalanced;
  LiveSession session(device, denoiser, config);
  session.open();
  const double stolen_s = stolenSeconds();
  session.start();
  const double begin_s = device.now();
  LiveStats stats;
  double most_latency_s = 0.0;
  while (device.now() - begin_s < options.seconds) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    if (const auto line = session.supervise()) std::printf("%s\n", line->c_str());
    if (session.latestStats(stats) && stats.time_s - begin_s > 5.0) {
      most_latency_s = std::max(most_latency_s, stats.latency.total());
    }
  }
  const int priority_error = session.priorityError();
  session.close();
  const PacedDevice::Counts& counts = device.counts();
  std::printf("%s, %.0f s at %d Hz, blocks of %d (%.2f ms), %d spinning processes on %u cores\n",
              options.model.c_str(), options.seconds, options.rate_hz, options.block,
              1e3 * options.block / options.rate_hz, options.burners,
              std::thread::hardware_concurrency());
  std::printf("real-time priority           device %s, worker %s\n",
              counts.priority_error == 0 ? "yes" : "no", priority_error == 0 ? "yes" : "no");
  printTimes("the device's thread woken", counts.lateness);
  printTimes("in the callback", counts.call);
  std::printf("calls %llu, overruns of the callback %llu, blocks the machine missed %llu\n",
              static_cast<unsigned long long>(counts.call.total()),
              static_cast<unsigned long long>(counts.overruns),
              static_cast<unsigned long long>(counts.missed_by_machine));
  std::printf("xruns: input ring %llu, output ring %llu, worker late %llu, output ring full %llu\n",
              static_cast<unsigned long long>(stats.faults.input_overflows),
              static_cast<unsigned long long>(stats.faults.output_underflows),
              static_cast<unsigned long long>(stats.worker_late),
              static_cast<unsigned long long>(stats.output_overflows));
  std::printf("model for 10 ms of sound     p50 %.3f  p99 %.3f  max %.3f ms\n",
              1e3 * stats.model_p50_s, 1e3 * stats.model_p99_s, 1e3 * stats.model_max_s);
  std::printf("latency %.2f ms in the end, at most %.2f ms, of which the model's window %.2f ms\n",
              1e3 * stats.latency.total(), 1e3 * most_latency_s, 1e3 * stats.latency.model);
  std::printf("taken by the host: %.1f s of %.0f\n", stolenSeconds() - stolen_s,
              options.seconds * std::thread::hardware_concurrency());
  const bool gaps = stats.faults.input_overflows + stats.faults.output_underflows > 0;
  return counts.overruns > 0 || (gaps && counts.missed_by_machine == 0) ? 1 : 0;
}

}  // namespace
}  // namespace hiss

int main(int argc, char** argv) {
  hiss::Options options;
  CLI::App app("The live path on a busy machine, in real time.");
  app.add_option("--model", options.model, "name or file of the model");
  app.add_option("--seconds", options.seconds, "how long")->check(CLI::PositiveNumber);
  app.add_option("--block", options.block, "samples of a call")->check(CLI::Range(16, 8192));
  app.add_option("--rate", options.rate_hz, "sample rate")->check(CLI::Range(8000, 192000));
  app.add_option("--burners", options.burners, "spinning processes")->check(CLI::Range(0, 1024));
  app.add_option("--latency", options.latency)->check(CLI::IsMember({"low", "balanced", "safe"}));
  CLI11_PARSE(app, argc, argv);
  try {
    return hiss::run(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 2;
  }
}
