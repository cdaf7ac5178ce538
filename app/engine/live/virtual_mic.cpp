// SPDX-License-Identifier: Apache-2.0
#include "app/engine/live/virtual_mic.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sstream>
#include <vector>

#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr const char* kOwner = "hiss.pid=";  // a property of our modules: who made them
constexpr int kModules = 2;                  // that make a microphone
constexpr int kNotFound = 127;

struct Answer {
  int status = 0;
  std::string text;
};

// Runs pactl without a shell and returns what it wrote, errors too.
Answer pactl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "pactl");
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {kNotFound, errnoText(errno)};
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
  pid_t child = 0;
  const int error = ::posix_spawnp(&child, "pactl", &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  Answer answer;
  std::array<char, 4096> piece{};
  while (error == 0) {
    const ssize_t n = ::read(ends[0], piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    answer.text.append(piece.data(), static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  if (error != 0) return {kNotFound, errnoText(error)};
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  answer.status = WIFEXITED(status) ? WEXITSTATUS(status) : kNotFound;
  while (!answer.text.empty() && answer.text.back() == '\n') answer.text.pop_back();
  return answer;
}

std::string required(const std::vector<std::string>& arguments) {
  const Answer answer = pactl(arguments);
  if (answer.status == 0) return answer.text;
  if (answer.status == kNotFound) {
    throw Failure(FailureKind::kOutput, "--virtual-mic",
                  "pactl, of the package pulseaudio-utils, for PulseAudio and PipeWire alike",
                  answer.text);
  }
  throw Failure(FailureKind::kOutput, "--virtual-mic", "a sound server that makes a microphone",
                answer.text);
}

void unload(const std::string& module) noexcept {
  try {
    if (!module.empty()) pactl({"unload-module", module});
  } catch (const std::exception&) {
    // Nothing is left to do; the next program removes it.
  }
}

// Who made the module of this line of pactl's list; 0: not we.
pid_t ownerOf(const std::string& line) {
  const std::size_t at = line.find(kOwner);
  return at == std::string::npos ? 0 : ::atoi(line.c_str() + at + std::string(kOwner).size());
}

int ownModules() {
  std::istringstream lines(required({"list", "short", "modules"}));
  int count = 0;
  for (std::string line; std::getline(lines, line);) count += ownerOf(line) == ::getpid() ? 1 : 0;
  return count;
}

// Removes what programs that are no more have left, and what is left of our own, newest first.
void removeLeftOvers() {
  std::istringstream lines(required({"list", "short", "modules"}));
  std::vector<std::string> stale;
  for (std::string line; std::getline(lines, line);) {
    const pid_t owner = ownerOf(line);
    if (owner == 0) continue;
    if (owner > 0 && owner != ::getpid() && (::kill(owner, 0) == 0 || errno == EPERM)) {
      throw Failure(FailureKind::kOutput, "--virtual-mic", "one program that makes the microphone",
                    fmt::format("another, process {}", owner));
    }
    stale.insert(stale.begin(), line.substr(0, line.find('\t')));
  }
  for (const std::string& module : stale) unload(module);
}

}  // namespace

VirtualMic::VirtualMic() {
  removeLeftOvers();
  make();
  // No other thread runs yet: the session that starts them is made after this and ends before it.
  ::setenv("PULSE_SINK", kSink, 1);  // NOLINT(concurrency-mt-unsafe)
}

bool VirtualMic::restore() noexcept {
  try {
    if (ownModules() == kModules) return true;
    removeLeftOvers();
    make();
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

void VirtualMic::make() {
  const std::string owner = fmt::format("{}{}", kOwner, ::getpid());
  sink_module_ =
      required({"load-module", "module-null-sink", fmt::format("sink_name={}", kSink),
                fmt::format("sink_properties='device.description=\"Hiss output\" {}'", owner)});
  try {
    source_module_ = required(
        {"load-module", "module-remap-source", fmt::format("master={}.monitor", kSink),
         fmt::format("source_name={}", kSource),
         fmt::format("source_properties='device.description=\"Hiss microphone\" {}'", owner)});
  } catch (const Failure&) {
    unload(sink_module_);
    throw;
  }
}

VirtualMic::~VirtualMic() {
  unload(source_module_);
  unload(sink_module_);
  ::unsetenv("PULSE_SINK");  // NOLINT(concurrency-mt-unsafe): as above
}

}  // namespace hiss
