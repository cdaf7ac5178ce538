// SPDX-License-Identifier: Apache-2.0
#include "app/engine/monitor/serial/serial_port.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <libserialport.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <optional>
#include <string_view>

#include "app/engine/byte_file.h"
#include "app/engine/failure.h"

namespace hiss {
namespace {

constexpr std::size_t kGroupBytes = 4096;

struct FreePort {
  void operator()(sp_port* port) const {
    sp_close(port);
    sp_free_port(port);
  }
};

// Who may read the device, for somebody who may not.
std::string whoMay(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) return "it cannot be asked for its owner";
  if (status.st_gid == 0 || (status.st_mode & S_IRGRP) == 0) return "only its owner may read it";
  std::array<char, kGroupBytes> buffer = {};
  group entry = {};
  group* found = nullptr;
  ::getgrgid_r(status.st_gid, &entry, buffer.data(), buffer.size(), &found);
  const std::string name = found != nullptr ? found->gr_name : std::to_string(status.st_gid);
  return fmt::format("the group {} may read it (adduser USER {})", name, name);
}

[[noreturn]] void fail(const std::string& path, int error_number) {
  throw Failure(FailureKind::kInput, path, "a serial port that can be opened",
                serialAdvice(path, error_number));
}

sp_parity parityOf(SerialParity parity) {
  switch (parity) {
    case SerialParity::kEven:
      return SP_PARITY_EVEN;
    case SerialParity::kOdd:
      return SP_PARITY_ODD;
    case SerialParity::kNone:
      break;
  }
  return SP_PARITY_NONE;
}

sp_flowcontrol flowOf(SerialFlow flow) {
  switch (flow) {
    case SerialFlow::kRtsCts:
      return SP_FLOWCONTROL_RTSCTS;
    case SerialFlow::kXonXoff:
      return SP_FLOWCONTROL_XONXOFF;
    case SerialFlow::kNone:
      break;
  }
  return SP_FLOWCONTROL_NONE;
}

void configure(sp_port* port, const SerialSettings& settings) {
  const auto check = [&](sp_return code, const std::string& what) {
    if (code == SP_OK) return;
    const std::string why = code == SP_ERR_FAIL ? ": " + errnoText(errno) : std::string();
    throw Failure(FailureKind::kInput, settings.path, "a port that can be set to " + what,
                  "one that refuses it" + why);
  };
  check(sp_set_baudrate(port, settings.baud), fmt::format("{} baud", settings.baud));
  check(sp_set_bits(port, settings.bits), fmt::format("{} bits", settings.bits));
  check(sp_set_parity(port, parityOf(settings.parity)), "this parity");
  check(sp_set_stopbits(port, settings.stop_bits), fmt::format("{} stop bits", settings.stop_bits));
  check(sp_set_flowcontrol(port, flowOf(settings.flow)), "this flow control");
}

// libserialport knows the ports that have a driver of their own; a pseudo-terminal is none of them.
ByteFile openTerminal(const std::string& path) {
  ByteFile file =
      ByteFile::adopt(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!file.isOpen()) fail(path, errno);
  termios mode = {};
  if (::tcgetattr(file.descriptor(), &mode) != 0) fail(path, errno);
  ::cfmakeraw(&mode);
  ::tcsetattr(file.descriptor(), TCSANOW, &mode);  // some of it means nothing here
  return file;
}

}  // namespace

struct SerialPort::Impl {
  std::unique_ptr<sp_port, FreePort> port;
  ByteFile terminal;  // instead of `port`
  int descriptor = -1;
};

SerialPort::SerialPort(const SerialSettings& settings) : impl_(std::make_unique<Impl>()) {
  std::error_code error;
  const std::string device = std::filesystem::canonical(settings.path, error).string();
  if (error) fail(settings.path, error.value());
  sp_port* port = nullptr;
  if (sp_get_port_by_name(device.c_str(), &port) == SP_OK) {
    impl_->port.reset(port);
    const sp_return code = sp_open(port, SP_MODE_READ);
    // A terminal without the lines of a modem.
    if (code == SP_ERR_FAIL && (errno == ENOTTY || errno == EINVAL)) impl_->port.reset();
    if (impl_->port && code == SP_ERR_FAIL) fail(settings.path, errno);
    if (impl_->port && code != SP_OK) fail(settings.path, ENOTTY);
  }
  if (impl_->port) {
    configure(port, settings);
    sp_get_port_handle(port, &impl_->descriptor);
  } else {
    impl_->terminal = openTerminal(device);
    impl_->descriptor = impl_->terminal.descriptor();
  }
  // Two programs would get a part of the bytes each. Not all drivers can do it.
  ::ioctl(impl_->descriptor, TIOCEXCL);
}

SerialPort::~SerialPort() { ::ioctl(impl_->descriptor, TIOCNXCL); }

int SerialPort::descriptor() const { return impl_->descriptor; }

int SerialPort::read(std::span<char> bytes) const {
  const auto got = ::read(impl_->descriptor, bytes.data(), bytes.size());
  if (got >= 0) return static_cast<int>(got);
  return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

std::string serialAdvice(const std::string& path, int error_number) {
  switch (error_number) {
    case EACCES:
    case EPERM:
      return errnoText(error_number) + ": " + whoMay(path);
    case ENOENT:
    case ENODEV:
    case ENXIO:
      return "no such device (is it plugged in?)";
    case EBUSY:
      return "one that another program has";
    case ENOTTY:
      return "something that is no serial port";
    default:
      return errnoText(error_number);
  }
}

}  // namespace hiss
