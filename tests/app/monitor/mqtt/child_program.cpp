// SPDX-License-Identifier: Apache-2.0
#include "tests/app/monitor/mqtt/child_program.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace hiss {
namespace {

constexpr mode_t kLogMode = 0644;

pid_t spawn(const std::vector<std::string>& arguments, const std::filesystem::path& log) {
  std::vector<char*> pointers;
  for (const std::string& argument : arguments) {
    pointers.push_back(const_cast<char*>(argument.c_str()));
  }
  pointers.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, kLogMode);
  ::posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
  pid_t process = -1;
  const int error =
      ::posix_spawn(&process, pointers[0], &actions, nullptr, pointers.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::runtime_error("posix_spawn " + arguments[0]);
  return process;
}

}  // namespace

ChildProgram::ChildProgram(const std::vector<std::string>& arguments,
                           const std::filesystem::path& log)
    : process_(spawn(arguments, log)) {}

ChildProgram::ChildProgram(ChildProgram&& other) noexcept
    : process_(std::exchange(other.process_, -1)) {}

ChildProgram& ChildProgram::operator=(ChildProgram&& other) noexcept {
  if (this != &other) {
    end(SIGKILL);
    process_ = std::exchange(other.process_, -1);
  }
  return *this;
}

ChildProgram::~ChildProgram() { end(SIGKILL); }

void ChildProgram::end(int signal) {
  if (process_ < 0) return;
  ::kill(process_, signal);
  ::waitpid(process_, nullptr, 0);
  process_ = -1;
}

bool ChildProgram::isRunning() {
  if (process_ < 0) return false;
  if (::waitpid(process_, nullptr, WNOHANG) == 0) return true;
  process_ = -1;
  return false;
}

std::optional<std::filesystem::path> findProgram(const std::string& name) {
  const char* const variable = std::getenv("PATH");
  std::string folders = std::string(variable != nullptr ? variable : "") + ":/usr/sbin:/usr/bin";
  while (!folders.empty()) {
    const std::size_t colon = std::min(folders.find(':'), folders.size());
    const std::filesystem::path path = std::filesystem::path(folders.substr(0, colon)) / name;
    if (::access(path.c_str(), X_OK) == 0) return path;
    folders.erase(0, colon + 1);
  }
  return std::nullopt;
}

int runProgram(const std::vector<std::string>& arguments, const std::filesystem::path& log) {
  const pid_t process = spawn(arguments, log);
  int status = 0;
  if (::waitpid(process, &status, 0) != process || !WIFEXITED(status)) return -1;
  return WEXITSTATUS(status);
}

}  // namespace hiss
