// SPDX-License-Identifier: Apache-2.0
#include "app/cli/console.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <span>

namespace hiss {
namespace {

constexpr int kBarCells = 30;
constexpr std::size_t kNameColumns = 36;
constexpr std::chrono::milliseconds kRedraw{100};

// The last part of a name, not cut inside a UTF-8 character.
std::string shortened(const std::string& name) {
  if (name.size() <= kNameColumns) return name;
  std::size_t begin = name.size() - kNameColumns + 3;
  while (begin < name.size() && (static_cast<unsigned char>(name[begin]) & 0xC0) == 0x80) ++begin;
  return "..." + name.substr(begin);
}

}  // namespace

Console::Console(bool quiet)
    : stream_(ByteFile::adopt(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3))),
      has_bar_(!quiet && ::isatty(STDERR_FILENO) == 1) {}

void Console::put(const std::string& text) {
  if (stream_.isOpen()) stream_.write(std::as_bytes(std::span(text)));
}

void Console::error(const std::string& text) {
  clearProgress();
  put("hiss: " + oneLine(text) + "\n");
}

void Console::progress(const std::string& name, std::int64_t done, std::int64_t total) {
  if (!has_bar_) return;
  const auto now = std::chrono::steady_clock::now();
  if (bar_shown_ && now - last_drawn_ < kRedraw) return;
  last_drawn_ = now;
  bar_shown_ = true;
  const std::string label = shortened(oneLine(name));
  if (total <= 0) {
    put(fmt::format("\r\x1b[K{}  {} samples", label, done));
    return;
  }
  const double part = std::clamp(static_cast<double>(done) / static_cast<double>(total), 0.0, 1.0);
  const auto cells = static_cast<std::size_t>(part * kBarCells);
  put(fmt::format("\r\x1b[K{}  [{}{}] {:3.0f} %", label, std::string(cells, '#'),
                  std::string(kBarCells - cells, '.'), 100.0 * part));
}

void Console::clearProgress() {
  if (!bar_shown_) return;
  put("\r\x1b[K");
  bar_shown_ = false;
}

}  // namespace hiss
