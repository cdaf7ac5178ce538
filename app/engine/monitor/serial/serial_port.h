// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace hiss {

enum class SerialParity : std::uint8_t { kNone, kEven, kOdd };
enum class SerialFlow : std::uint8_t { kNone, kRtsCts, kXonXoff };

struct SerialSettings {
  std::string path;  // of the device, or a link to it
  int baud = 115200;
  int bits = 8;
  SerialParity parity = SerialParity::kNone;
  int stop_bits = 1;
  SerialFlow flow = SerialFlow::kNone;
};

// One serial port, open for reading, for this program alone. Not thread-safe.
class SerialPort {
 public:
  // Throws Failure(kInput) that says what is missing: the device, a right, a setting. A
  // pseudo-terminal, which has no baud rate, is taken as it is.
  explicit SerialPort(const SerialSettings& settings);
  ~SerialPort();
  SerialPort(const SerialPort&) = delete;
  SerialPort& operator=(const SerialPort&) = delete;

  // Readable when bytes have come.
  [[nodiscard]] int descriptor() const;
  // The number of bytes; 0: none now; -1: the device is gone, and errno says more.
  int read(std::span<char> bytes) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Why a device does not open, for people: what of `path` and of an errno value follows, such as the
// group to join.
std::string serialAdvice(const std::string& path, int error_number);

}  // namespace hiss
