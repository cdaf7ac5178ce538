// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include "app/engine/monitor/source.h"

namespace hiss {

// serial:/dev/ttyUSB0?baud=9600...: lines that a device sends, each a row; the stream is called as
// the device, "ttyUSB0", unless the lines name it.
//
// Options: baud (115200), bits (8), parity (none, even, odd), stop (1, 2), flow (none, rtscts,
// xonxoff), retry (5s: the longest pause between attempts to open it) and those of messages
// (decodeSettings).
//
// A device that is not there, or goes, is opened again under its path when it comes; what came of a
// line before it went is dropped. If bytes come the moment it is opened, the first line lacks its
// beginning and is passed over. Bytes that are no row are counted, never fatal.
//
// Throws Failure(kUsage).
std::unique_ptr<Source> makeSerialSource(const Endpoint& endpoint, MonitorLog& log);

}  // namespace hiss
