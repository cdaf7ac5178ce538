// SPDX-License-Identifier: Apache-2.0
#include "app/engine/bench_machine.h"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>

#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr double kUsualL1Bytes = 32.0 * 1024;
constexpr double kUsualL2Bytes = 1024.0 * 1024;
constexpr double kUsualL3Bytes = 32.0 * 1024 * 1024;

std::string firstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return oneLine(line);
}

std::string cpuModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("model name")) continue;
    const std::size_t begin = line.find_first_not_of(" \t", line.find(':') + 1);
    if (begin != std::string::npos) return oneLine(line.substr(begin));
  }
  return "unknown processor";
}

std::string systemName() {
  utsname name{};
  if (::uname(&name) != 0) return "unknown system";
  return fmt::format("{} {} {}", name.sysname, name.release, name.machine);
}

std::string compilerName() {
#if defined(__clang__)
  return "Clang " __clang_version__;
#elif defined(__GNUC__)
  return "GCC " __VERSION__;
#else
  return "unknown compiler";
#endif
}

// Some virtual machines and containers do not tell; then what is usual.
double cacheBytes(int name, double usual) {
  const long bytes = ::sysconf(name);
  return bytes > 0 ? static_cast<double>(bytes) : usual;
}

CacheSizes cacheSizes() {
#if defined(_SC_LEVEL1_DCACHE_SIZE)
  return {cacheBytes(_SC_LEVEL1_DCACHE_SIZE, kUsualL1Bytes),
          cacheBytes(_SC_LEVEL2_CACHE_SIZE, kUsualL2Bytes),
          cacheBytes(_SC_LEVEL3_CACHE_SIZE, kUsualL3Bytes)};
#else
  return {kUsualL1Bytes, kUsualL2Bytes, kUsualL3Bytes};
#endif
}

}  // namespace

PinnedCore::PinnedCore(std::optional<int> core) : core_(core.value_or(::sched_getcpu())) {
  if (core_ < 0 || core_ >= CPU_SETSIZE) {
    problem_ = core_ < 0 ? "the system does not tell the core" : "there is no such core";
    return;
  }
  cpu_set_t wanted;
  CPU_ZERO(&wanted);
  CPU_SET(static_cast<unsigned>(core_), &wanted);
  pinned_ = ::sched_getaffinity(0, sizeof(former_), &former_) == 0 &&
            ::sched_setaffinity(0, sizeof(wanted), &wanted) == 0;
  if (!pinned_) problem_ = errnoText(errno);
}

PinnedCore::~PinnedCore() {
  if (pinned_) ::sched_setaffinity(0, sizeof(former_), &former_);
}

long preemptions() noexcept {
#if defined(RUSAGE_THREAD)
  rusage usage{};
  return ::getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nivcsw : 0;
#else
  return 0;
#endif
}

BenchMachine describeMachine(const PinnedCore& pin) {
  BenchMachine machine;
  machine.cpu = cpuModel();
  machine.system = systemName();
  machine.compiler = compilerName();
  machine.core = pin.core();
  machine.pinned = pin.problem().empty();
  machine.governor = firstLine(
      fmt::format("/sys/devices/system/cpu/cpu{}/cpufreq/scaling_governor", machine.core));
  machine.caches = cacheSizes();
  if (::getloadavg(machine.load_average.data(), 3) != 3) machine.load_average = {};
  return machine;
}

}  // namespace hiss
