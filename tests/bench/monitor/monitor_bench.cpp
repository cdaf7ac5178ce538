// SPDX-License-Identifier: Apache-2.0
//
// What hiss monitor costs, with rows made in the process, so that no source is measured.
//
//   monitor_bench load --seconds 60             1,000 streams at 1 Hz and 100 at 100 Hz, in real
//   time monitor_bench replay --streams 1000 --rows 86400   as fast as it goes: rows/s, memory by
//   time
//
// Prints a table. CPU is that of the whole process, of one core.
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "app/engine/monitor/monitor.h"
#include "models/model_registry.h"
#include "models/sensor_forecaster.h"

namespace hiss {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kBegin = 1'800'000'000 * kSecond;
constexpr int kReports = 12;

struct Options {
  bool is_load = false;
  std::string detector = "mamba";
  std::string sink;  // empty: alerts to a file that goes with the program
  std::string state;
  double save_every_s = 60.0;
  double seconds = 60.0;
  int slow_streams = 1000;
  int fast_streams = 100;
  int streams = 1000;
  std::int64_t rows = 86400;
  int channels = 1;
};

double cpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(usage.ru_utime) + of(usage.ru_stime);
}

double residentMiB() {
  std::ifstream file("/proc/self/statm");
  double pages = 0.0;
  file >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

// A rhythm with noise, other for each stream; cheap, for it is measured too.
class Signal {
 public:
  double next(int stream, std::int64_t row) {
    noise_ = noise_ * 6364136223846793005ULL + 1442695040888963407ULL;
    const double uniform = static_cast<double>(noise_ >> 40) / double(1 << 24);
    return 20.0 + stream + std::sin(0.01 * static_cast<double>(row + 37 * stream)) + 0.2 * uniform;
  }

 private:
  std::uint64_t noise_ = 1;
};

class MadeSource final : public Source {
 public:
  explicit MadeSource(const Options& options) : options_(options) {
    const int streams =
        options.is_load ? options.slow_streams + options.fast_streams : options.streams;
    for (int s = 0; s < streams; ++s) names_.push_back(fmt::format("plant/unit{}", s));
    for (int c = 0; c < options.channels; ++c) fields_.push_back({fmt::format("value{}", c), 0.0});
  }
  ~MadeSource() override { stop(); }

  void start(SourceHost& host, std::uint64_t) override {
    thread_ = std::thread([this, &host] {
      if (options_.is_load) {
        deliverLive(host);
      } else {
        deliverReplay(host);
      }
      host.finish();
    });
  }
  void stop() noexcept override {
    stopping_ = true;
    if (thread_.joinable()) thread_.join();
  }
  bool isLive() const noexcept override { return options_.is_load; }
  bool isDurable() const noexcept override { return false; }
  SourceStatus status() const override {
    SourceStatus status;
    status.connected = true;
    return status;
  }

 private:
  bool push(SourceHost& host, int stream, std::int64_t row, std::int64_t stamp_ns) {
    Observation made;
    made.stream = names_[static_cast<std::size_t>(stream)];
    made.stamp_ns = stamp_ns;
    made.fields = fields_;
    for (Field& field : made.fields) field.value = signal_.next(stream, row);
    made.arrived_ns = Clock::now().time_since_epoch() / 1ns;
    return host.push(std::move(made));
  }

  // Each 10 ms a row of all fast streams, and of a hundredth of the slow ones.
  void deliverLive(SourceHost& host) {
    const Clock::time_point begin = Clock::now();
    for (std::int64_t step = 0; !stopping_; ++step) {
      const Clock::time_point due = begin + step * 10ms;
      if (std::chrono::duration<double>(due - begin).count() >= options_.seconds) return;
      std::this_thread::sleep_until(due);
      const std::int64_t stamp = kBegin + step * (kSecond / 100);
      for (int s = 0; s < options_.fast_streams; ++s) {
        if (!push(host, options_.slow_streams + s, step, stamp)) return;
      }
      for (int s = static_cast<int>(step % 100); s < options_.slow_streams; s += 100) {
        if (!push(host, s, step / 100, stamp)) return;
      }
    }
  }

  void deliverReplay(SourceHost& host) {
    for (std::int64_t row = 0; row < options_.rows; ++row) {
      for (int s = 0; s < options_.streams; ++s) {
        if (!push(host, s, row, kBegin + row * kSecond)) return;
      }
    }
  }

  const Options& options_;
  std::vector<std::string> names_;
  std::vector<Field> fields_;
  Signal signal_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

void report(const Monitor& monitor, Clock::time_point begin) {
  const MonitorStatus status = monitor.status();
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  fmt::print("{:8.1f} {:12} {:10.0f} {:9.2f} {:8.1f} {:8.2f} {:8.2f} {:8.2f} {:6} {:9.1f}\n",
             seconds, status.rows, static_cast<double>(status.rows) / seconds,
             status.rows > 0 ? 1e6 * status.model_seconds / static_cast<double>(status.rows) : 0.0,
             100.0 * cpuSeconds() / seconds, 1e3 * status.latency_p50_seconds,
             1e3 * status.latency_p99_seconds, residentMiB(), status.alerts,
             static_cast<double>(status.state_bytes) / 1e6);
  std::fflush(stdout);
}

void measure(const Options& options) {
  MonitorLog log(LogLevel::kWarning);
  MonitorConfig config;
  config.detector = options.detector;
  config.sources = {makeEndpoint("made:", "the benchmark")};
  const std::string usual =
      "jsonl:" + (std::filesystem::temp_directory_path() / "hiss-monitor-bench.jsonl").string();
  config.sinks = {makeEndpoint(options.sink.empty() ? usual : options.sink, "the benchmark")};
  config.state_folder = options.state;
  config.save_every_seconds = options.save_every_s;
  std::shared_ptr<const SensorForecaster> forecaster;
  if (options.detector == "mamba") {
    forecaster = SensorForecaster::load(ModelRegistry().list(kForecasterTask).at(0).path);
  }
  Monitor::Makers makers;
  makers.source = [&](const Endpoint&, MonitorLog&) -> std::unique_ptr<Source> {
    return std::make_unique<MadeSource>(options);
  };
  Monitor monitor(
      config, [&] { return makeDetector(options.detector, forecaster); }, log, makers);
  fmt::print("{:>8} {:>12} {:>10} {:>9} {:>8} {:>8} {:>8} {:>8} {:>6} {:>9}\n", "s", "rows",
             "rows/s", "model us", "CPU %", "p50 ms", "p99 ms", "RSS MiB", "alerts", "state MB");
  const Clock::time_point begin = Clock::now();
  std::atomic<bool> done{false};
  std::thread watcher([&] {
    const double all = static_cast<double>(options.rows) * options.streams;
    double next = 1.0;
    while (!done) {
      std::this_thread::sleep_for(100ms);
      const double share =
          options.is_load
              ? std::chrono::duration<double>(Clock::now() - begin).count() / options.seconds
              : static_cast<double>(monitor.status().rows) / all;
      if (share * kReports < next) continue;
      report(monitor, begin);
      next = std::floor(share * kReports) + 1.0;
    }
  });
  monitor.run();
  done = true;
  watcher.join();
  report(monitor, begin);
  std::filesystem::remove(usual.substr(usual.find(':') + 1));
}

}  // namespace
}  // namespace hiss

int main(int argc, char** argv) {
  hiss::Options options;
  CLI::App app("What hiss monitor costs");
  app.require_subcommand(1);
  CLI::App* const load = app.add_subcommand("load", "in real time");
  load->add_option("--seconds", options.seconds)->capture_default_str();
  load->add_option("--slow", options.slow_streams, "streams at 1 Hz")->capture_default_str();
  load->add_option("--fast", options.fast_streams, "streams at 100 Hz")->capture_default_str();
  CLI::App* const replay = app.add_subcommand("replay", "as fast as it goes");
  replay->add_option("--streams", options.streams)->capture_default_str();
  replay->add_option("--rows", options.rows, "of each stream, a second apart")
      ->capture_default_str();
  for (CLI::App* const command : {load, replay}) {
    command->add_option("--detector", options.detector)->capture_default_str();
    command->add_option("--channels", options.channels)->capture_default_str();
    command->add_option("--sink", options.sink);
    command->add_option("--state", options.state);
    command->add_option("--save-every", options.save_every_s)->capture_default_str();
  }
  CLI11_PARSE(app, argc, argv);
  options.is_load = load->parsed();
  hiss::measure(options);
  return 0;
}
