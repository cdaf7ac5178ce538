// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace hiss {

// A program that a test starts and that ends with this. Not thread-safe.
class ChildProgram {
 public:
  ChildProgram() = default;
  // Its output goes to `log`. `arguments` begin with the program's path.
  ChildProgram(const std::vector<std::string>& arguments, const std::filesystem::path& log);
  ChildProgram(ChildProgram&& other) noexcept;
  ChildProgram& operator=(ChildProgram&& other) noexcept;
  ~ChildProgram();

  // Sends a signal and waits for the end.
  void end(int signal);
  [[nodiscard]] bool isRunning();

 private:
  pid_t process_ = -1;
};

// Where a program is, also in /usr/sbin, which is not on every user's path.
std::optional<std::filesystem::path> findProgram(const std::string& name);

// Runs a program to its end; its exit status, -1 if a signal ended it.
int runProgram(const std::vector<std::string>& arguments, const std::filesystem::path& log);

// Waits until `condition` holds, at most so long; whether it does.
template <typename Condition>
bool eventually(Condition condition, double seconds = 30.0) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

}  // namespace hiss
